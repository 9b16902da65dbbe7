"""What the database makes of JSON that the worker wrote: the keys of objects in another order, and some numbers as others."""

from typing import Any, Final

from interlock.json_text import read_written_json

_NEGATIVE_ZERO: Final = b"-0.0"  # `jsonb` has none


def is_exact(text: bytes) -> bool:
    """Returns whether a value that is read from a text of `write_each` is what the database returns for it, but for the order of keys."""
    return _NEGATIVE_ZERO not in text


def stored_value(text: bytes) -> Any:
    """Returns the value of a JSON text that this worker wrote and that is exact, with its keys in the order in which the database returns them."""
    value = read_written_json(text)
    return value if text.count(b'":') <= 1 else in_stored_order(value)  # at most one key: there is no order


def in_stored_order(value: Any) -> Any:
    """Returns a JSON value with the keys of its objects in the order of `jsonb`: the shorter ones first, and then by their bytes in UTF-8."""
    if type(value) is dict:
        return {key: in_stored_order(value[key]) for _, _, key in sorted((len(utf8), utf8, key) for key in value for utf8 in [key.encode()])}
    if type(value) is list:
        return [in_stored_order(item) for item in value]
    return value
