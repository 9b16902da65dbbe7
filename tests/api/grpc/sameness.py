"""Compares JSON values as PostgreSQL does."""

import json
from decimal import Decimal
from typing import Any


def exactly(value: Any) -> str:
    """Returns a text that is equal only for the same JSON values with the same kinds of number: `1`, `1.0`, `0.0` and `-0.0` all differ."""
    return json.dumps(value, sort_keys=True, allow_nan=False)


def as_stored(value: Any) -> Any:
    """Returns a value that equals another if `jsonb` considers them equal: numbers by their decimal value, so `1e17` equals `100000000000000000`."""
    if isinstance(value, dict):
        return {key: as_stored(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_stored(item) for item in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return Decimal(repr(value))
