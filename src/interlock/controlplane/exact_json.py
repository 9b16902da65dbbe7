"""JSON as PostgreSQL keeps it: whole numbers of any size. `orjson` is used where it loses nothing."""

import json
from typing import Any, Final

import orjson

_DIGITS: Final = bytes(0x30 if 0x30 <= byte <= 0x39 else 0x20 for byte in range(256))
_LONG: Final = b"0" * 19
"""As many digits in a row as a whole number has that may not fit in 64 bits."""


def loads_exactly(text: bytes | bytearray | memoryview | str) -> Any:
    """The value of a JSON text; `orjson` makes whole numbers beyond 64 bits floats."""
    data = text.encode() if isinstance(text, str) else bytes(text)
    return json.loads(data) if _LONG in data.translate(_DIGITS) else orjson.loads(data)


def dumps_exactly(value: Any) -> bytes:
    """The JSON text of a value, other things than JSON's as their text; `orjson` refuses whole numbers beyond 64 bits.

    Raises:
        TypeError, ValueError: it has no JSON text.
    """
    try:
        return orjson.dumps(value, default=str)
    except TypeError:
        try:
            return json.dumps(value, default=str, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        except RecursionError as error:
            raise ValueError("it is nested too deep") from error
