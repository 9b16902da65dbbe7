"""`--input`: JSON on the command line, in a file, or on stdin."""

import sys
from pathlib import Path
from typing import Any

from interlock.cli.problem import Problem


def read_input(text: str | None) -> dict[str, Any]:
    """The object that is meant by JSON text, by `@FILE`, or by `-` (stdin); none is the empty object.

    Raises:
        Problem: it cannot be read, is not JSON, or is not an object.
    """
    if text is None:
        return {}
    where, content = _content(text)
    import json

    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        hint = "write an object, for example '{\"amount\": 5}', or @FILE, or - for stdin"
        raise Problem(f"the input is not JSON: {error}", where=where, hint=hint) from error
    if not isinstance(value, dict):
        raise Problem(f"the input is {_kind(value)}, not an object", where=where, hint='put it under a name: {"items": …}')
    return value


def _content(text: str) -> tuple[str, str]:
    if text == "-":
        return "stdin", sys.stdin.read()
    if not text.startswith("@"):
        return "--input", text
    path = Path(text[1:])
    try:
        return str(path), path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"the input cannot be read: {error}", where=str(path), hint="@ is followed by the path of a JSON file") from error


def _kind(value: Any) -> str:
    return {list: "a list", str: "a text", int: "a number", float: "a number", bool: "a truth value"}.get(type(value), "null")
