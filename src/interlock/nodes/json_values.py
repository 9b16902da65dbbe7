"""Turns values from outside (rows, results of programs, responses) into JSON that PostgreSQL can store."""

import base64
import math
from datetime import timedelta
from decimal import Decimal
from typing import Any

from interlock.json_text import DIGITS, STANDARD_LIMITS, copy_json, form_of, is_sound


def to_json_object(value: Any) -> dict[str, Any]:
    """Returns `value` as a JSON object; anything but an object becomes `{"value": ...}`.

    Raises:
        UnreadableValue: as `to_json`.
    """
    converted = to_json(value)
    return converted if isinstance(converted, dict) else {"value": converted}


def to_json(value: Any) -> Any:
    """Returns `value` as JSON. Tuples become lists, dates and times ISO 8601, durations seconds, bytes base64, decimals numbers if exact, else text.

    Raises:
        UnreadableValue: what has no JSON form, or is beyond the limits of `json_text`; with its place.
    """
    return value if is_sound(value, STANDARD_LIMITS) else copy_json(value, STANDARD_LIMITS, _form_of)


def _form_of(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode()
    return form_of(value)


def _decimal(value: Decimal) -> int | float | str:
    """Returns a number if no digit is lost, else a text; NaN and infinities as floats, which are refused as those are."""
    if not value.is_finite():
        return math.nan if value.is_nan() else math.inf
    if value.adjusted() < DIGITS and value == value.to_integral_value():
        return int(value)
    as_float = float(value)
    return as_float if math.isfinite(as_float) and Decimal(repr(as_float)) == value else str(value)
