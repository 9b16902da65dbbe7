"""Writes the table of methods into `docs/reference/grpc.md`: `python -m interlock.api.grpc.reference docs/reference/grpc.md`."""

import re
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

from interlock.api.auth.permissions import Permission
from interlock.api.grpc.methods import METHODS, Method

BEGIN: Final = "<!-- methods -->"
END: Final = "<!-- end of methods -->"


def table_of_methods() -> str:
    """Returns every service with its methods, in Markdown."""
    return "\n".join(_lines()).strip()


def write_reference(path: Path) -> None:
    """Writes the table into a page, between its marks."""
    text = path.read_text()
    path.write_text(re.sub(f"{BEGIN}.*{END}", lambda _: f"{BEGIN}\n{table_of_methods()}\n{END}", text, flags=re.DOTALL))


def _lines() -> Iterator[str]:
    for service, methods in groupby(METHODS.values(), lambda method: method.descriptor.containing_service.full_name):
        yield from (f"\n### {service}\n", "| method | answer | needs | REST |", "| --- | --- | --- | --- |")
        yield from map(_row, methods)


def _row(method: Method) -> str:
    operation, descriptor = method.operation, method.descriptor
    needs = {Permission.PUBLIC: "nothing", Permission.ACCOUNT: "a sign-in"}.get(operation.permission, f"`{operation.permission}`")
    answer = f"stream of {descriptor.output_type.name}" if operation.streams else descriptor.output_type.name
    return f"| {descriptor.name} | {answer} | {needs} | {operation.method} {operation.path} |"


if __name__ == "__main__":
    write_reference(Path(sys.argv[1]))
