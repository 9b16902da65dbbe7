"""The SQL of the schema as it is now: the tree under sql/, in the order in which a database can load it.

The migrations make the same database, which a test proves: whoever changes the tree adds a migration that makes the same change.
"""

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

SQL: Final = files("interlock.controlplane") / "sql"


def schema_sql() -> str:
    """Returns one script: all tables in the order of their folders, then functions, then views, then settings and rights."""
    folders = schema_folders()
    tables = [folder / "tables.sql" for folder in folders if (folder / "tables.sql").is_file()]
    others = sorted((file for folder in folders for file in _others(folder)), key=_is_view)  # views name functions, never the other way round
    parts = ["set check_function_bodies = off;", *(_titled(file) for file in (*tables, *others, SQL / "settings.sql", SQL / "rights.sql"))]
    return "\n".join(parts)


def schema_folders() -> list[Traversable]:
    """Returns the folders of the tree, in the order in which a database can load them: `folders.txt` lists them."""
    return [SQL / name for name in (SQL / "folders.txt").read_text(encoding="utf-8").split()]


def _others(folder: Traversable) -> list[Traversable]:
    return sorted((file for file in folder.iterdir() if file.name.endswith(".sql") and file.name != "tables.sql"), key=lambda file: file.name)


def _is_view(file: Traversable) -> bool:
    return "\ncreate view " in file.read_text(encoding="utf-8")


def _titled(file: Traversable) -> str:
    return file.read_text(encoding="utf-8").rstrip() + "\n"
