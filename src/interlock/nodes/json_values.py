"""Values from outside (rows, program results, responses) as JSON that PostgreSQL can store."""

import base64
import math
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

MAX_DEPTH = 200


class NotJson(ValueError):
    """The value has no faithful JSON form; the message starts with its path."""


def to_json_object(value: Any) -> dict[str, Any]:
    """`value` as a JSON object; anything but an object becomes `{"value": ...}`.

    Raises:
        NotJson: a value without a JSON form, or one that `jsonb` refuses.
    """
    converted = to_json(value)
    return converted if isinstance(converted, dict) else {"value": converted}


def to_json(value: Any, path: str = "output", depth: int = 0) -> Any:
    """Tuples become lists; dates and times ISO 8601; durations seconds; bytes base64; exact decimals numbers, others text.

    Raises:
        NotJson: NaN and infinities, whole numbers beyond 64 bits, keys that are not text, NUL characters and lone surrogates, more than 200
            levels, anything else.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, path)
    if isinstance(value, (int, float)):
        return _number(value, path)
    if depth >= MAX_DEPTH:
        raise NotJson(f"{path[:200]} is nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, Mapping):
        return {_key(key, path): to_json(item, f"{path}.{key}", depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(item, f"{path}[{index}]", depth + 1) for index, item in enumerate(value)]
    return _scalar(value, path)


def _number(value: int | float, path: str) -> int | float:  # noqa: PYI041  the two are told apart
    """Whole numbers have 64 bits, as in most that reads JSON."""
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        raise NotJson(f"{path} is a whole number of {value.bit_length()} bits; beyond 64 it has to be text")
    if isinstance(value, float) and not math.isfinite(value):
        raise NotJson(f"{path} is {value}, which JSON does not have")
    return value


def _scalar(value: Any, path: str) -> Any:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode()
    raise NotJson(f"{path} is of the type {type(value).__name__}, which has no JSON form")


def _decimal(value: Decimal) -> int | float | str:
    """A number where no digit is lost, else text."""
    if not value.is_finite():
        return str(value)
    if value == value.to_integral_value() and value.adjusted() < 19:
        return int(value)
    as_float = float(value)
    return as_float if math.isfinite(as_float) and Decimal(repr(as_float)) == value else str(value)


def _key(key: Any, path: str) -> str:
    if not isinstance(key, str):
        raise NotJson(f"{path} has the key {str(key)[:100]!r} of the type {type(key).__name__}; keys are text")
    return _text(key, path)


def _text(value: str, path: str) -> str:
    if "\x00" in value:
        raise NotJson(f"{path} contains a NUL character, which PostgreSQL cannot store")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise NotJson(f"{path} contains half a surrogate pair, which is not Unicode text") from None
    return value
