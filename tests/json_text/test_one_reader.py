"""Nothing in Interlock reads or writes JSON past `interlock.json_text`, but for what is listed here with its reason."""

import ast
from pathlib import Path

import interlock

SOURCES = Path(interlock.__file__).parent
ELSEWHERE = {
    "api/auth/fetching.py": "reads what an identity provider answers, whatever that is: a foreign protocol, and nothing of it is stored",
    "api/rest/openapi.py": "prints a document of our own with indents",
    "cli/differences.py": "prints a definition with indents, to compare it line by line",
    "cli/export.py": "prints a definition with indents, for people",
    "definition/__main__.py": "prints a document of our own with indents",
    "definition/checking.py": "shows a definition with indents, for people",
    "definition/expressions/conditions.py": "quotes text as SQL/JSON path has it",
    "definition/expressions/values.py": "shows a value inside a text, with blanks as PostgreSQL writes it",
    "definition/model/checksum.py": "writes what checksums are made of, which may never change",
    "definition/validation/expected.py": "quotes a value in a message, with blanks for people",
    "embedded/guardian.py": "runs in an interpreter of its own, which can import nothing of ours",
    "embedded/server.py": "writes the guardian's task",
    "nodes/errors_reference.py": "quotes text in generated Python",
    "nodes/action_node/sql_query/reading.py": "looks at the digits of a number before it becomes a float",
    "nodes/masking.py": "spells a secret in every way in which JSON can be written",
    "nodes/reference.py": "quotes values in a page",
}
PARSERS = {"json", "orjson", "simplejson", "ujson", "msgspec"}


def imported(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                found |= {name.name.partition(".")[0] for name in names}
            case ast.ImportFrom(module=str(module), level=0):
                found |= {module.partition(".")[0]}
            case _:
                pass
    return found


def test_only_what_is_listed_reads_or_writes_json_in_another_way() -> None:
    files = {file.relative_to(SOURCES).as_posix() for file in SOURCES.rglob("*.py") if imported(file) & PARSERS}
    assert {file for file in files if not file.startswith("json_text/")} == set(ELSEWHERE)


def test_the_connections_that_carry_values_read_and_write_with_it() -> None:
    """psycopg's own reader keeps the last of two equal keys, and its writer writes NaN and `6.022e+23`. SQL_QUERY loads each type itself."""
    setting = {file.relative_to(SOURCES).as_posix() for file in SOURCES.rglob("*.py") if "set_json_loads(" in file.read_text(encoding="utf-8")}
    assert setting == {"controlplane/connecting.py", "worker/connections.py"}
