"""Reads `--input`: JSON on the command line, in a file, or on stdin."""

import sys
from pathlib import Path
from typing import Any

from interlock.cli.problem import Problem


def read_input(text: str | None) -> dict[str, Any]:
    """Returns the object that is given as JSON text, as `@FILE`, or as `-` (stdin); an empty object where nothing is given.

    Raises:
        Problem: it cannot be read, is not JSON within the limits, or is not an object.
    """
    if text is None:
        return {}
    from interlock.json_text import STANDARD_LIMITS, UnreadableValue, read_json

    where, content = _content(text, STANDARD_LIMITS.text_bytes + 1)
    try:
        value = read_json(content)
    except UnreadableValue as error:
        hint = "write an object, for example '{\"amount\": 5}', or @FILE, or - for stdin" if error.code == "not_json" else error.hint
        raise Problem(f"the input cannot be taken: {error.message}", where=f"{where} {error.place}".strip(), hint=hint, code=error.code) from error
    if not isinstance(value, dict):
        raise Problem(f"the input is {_kind(value)}, not an object", where=where, hint='put it under a name: {"items": …}')
    return value


def _content(text: str, limit: int) -> tuple[str, str | bytes]:
    """Returns where the input comes from, and at most `limit` bytes of it."""
    if text == "-":
        return "stdin", sys.stdin.buffer.read(limit)
    if not text.startswith("@"):
        return "--input", text
    path = Path(text[1:])
    try:
        with path.open("rb") as file:
            return str(path), file.read(limit)
    except OSError as error:
        raise Problem(f"the input cannot be read: {error}", where=str(path), hint="@ is followed by the path of a JSON file") from error


def _kind(value: Any) -> str:
    return {list: "a list", str: "a text", int: "a number", float: "a number", bool: "a truth value"}.get(type(value), "null")
