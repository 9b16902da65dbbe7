"""Small questions about JSON values."""

import json
import math
from typing import Any, Final

_write: Final = json.JSONEncoder(ensure_ascii=False).encode


def kind_of(value: Any) -> str:
    """Returns the type of a value in words, for messages."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "an object" if isinstance(value, dict) else "a list"


def json_text(value: Any) -> str:
    """Returns a value as text: text as it is, everything else as JSON, in the same form as PostgreSQL writes it.

    Raises:
        RecursionError: it is nested too deep.
    """
    if isinstance(value, str):
        return value
    return repr(value) if type(value) is int else _write(value)


def is_number(value: Any) -> bool:
    """Whether Python calculates with the value: numbers, and true and false as 1 and 0."""
    return isinstance(value, int | float)


def is_finite(value: Any) -> bool:
    return not isinstance(value, float) or math.isfinite(value)
