"""Writes the Python code of `proto/interlock/v1`: `python -m interlock.api.grpc.generate [FOLDER]`, in a checkout with the development tools."""

import re
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

PACKAGE: Final = "interlock.api.grpc.v1"
FOLDER: Final = Path(__file__).parent / "v1"
SOURCES: Final = Path(__file__).parents[4] / "proto"

_OUR_IMPORT: Final = re.compile(r"^(\s*)from interlock\.v1 import", re.MULTILINE)
_HEAD: Final = '"""Generated from proto/interlock/v1 by `python -m interlock.api.grpc.generate`."""\n'


def generated_code(sources: Path = SOURCES) -> Mapping[str, str]:
    """Returns the text of every file of the package by its name.

    Raises:
        ValueError: protoc refuses a source; the reason is on standard error.
    """
    from grpc_tools import protoc  # type: ignore[import-untyped]  # it has no types

    with TemporaryDirectory() as folder:
        out = Path(folder)
        well_known = str(files("grpc_tools") / "_proto")
        names = sorted(str(path) for path in (sources / "interlock" / "v1").glob("*.proto"))
        outputs = [f"--{kind}_out={out}" for kind in ("python", "pyi", "grpc_python")]
        if protoc.main(["protoc", f"--proto_path={sources}", f"--proto_path={well_known}", *outputs, *names]) != 0:
            raise ValueError(f"protoc refuses the sources in {sources}")
        made = {path.name: _OUR_IMPORT.sub(rf"\1from {PACKAGE} import", path.read_text()) for path in sorted((out / "interlock" / "v1").iterdir())}
    return {"__init__.py": _HEAD} | {name: text for name, text in made.items() if not _is_empty(name, text)}


def _is_empty(name: str, text: str) -> bool:
    """Returns whether it is the code of services of a source without services."""
    return name.endswith("_pb2_grpc.py") and "Stub" not in text


def write_code(folder: Path = FOLDER) -> None:
    """Writes the package, and removes files that are no longer generated."""
    code = generated_code()
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.py*"):
        if path.name not in code:
            path.unlink()
    for name, text in code.items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    write_code(*map(Path, sys.argv[1:2]))
