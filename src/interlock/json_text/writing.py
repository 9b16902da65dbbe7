"""From values to text.

orjson writes what it can write without loss. Three things it cannot: it writes NaN as null, refuses whole numbers beyond 64 bits, and writes a
float of 1e16 or more with an exponent, which `jsonb` keeps as a whole number. Such values are copied first, with those numbers written out.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

import orjson

from interlock.json_text.checking import copy_json, form_of, is_sound
from interlock.json_text.limits import STANDARD_LIMITS, JsonLimits
from interlock.json_text.text import too_large
from interlock.json_text.unreadable import UnreadableValue

_EXPONENT: Final = orjson.dumps(1e16)[1:-2]
"""What orjson writes before the exponent of a large float: `e+`, and `e` in its older releases."""
_find_large_float: Final = re.compile(rb"e\+?[0-9]{2,3}(?:[,\]}]|$)").search
"""Finds floats of 1e16 or more. To find one that is text does no harm."""
_WITHOUT_FRACTION: Final = 1e16
_PLAIN: Final = frozenset({str, int, bool, type(None)})


class WrittenJson:
    """JSON that has been written already, inside a value that is still to be written. It is not looked at again."""

    __slots__ = ("text",)

    def __init__(self, text: bytes) -> None:
        self.text = text


def write_json(value: Any, limits: JsonLimits = STANDARD_LIMITS) -> bytes:
    """The JSON text of a value, as compact as can be. Every float is read as a float again, also after it was `jsonb`.

    Times are written as in ISO 8601, ids and words as text, dataclasses as objects.

    Raises:
        UnreadableValue: the value is beyond the limits, or holds what JSON or PostgreSQL has not; with the place.
    """
    try:
        text = orjson.dumps(value)
    except TypeError:
        text = _write_carefully(value, limits)
    else:
        if not _is_faithful(text, value, limits):
            text = _write_carefully(value, limits)
    if len(text) > limits.text_bytes:
        raise too_large(f"It has {len(text):,} bytes as JSON; at most {limits.text_bytes:,} are taken.")
    return text


def write_json_array(items: Iterable[Any], limits: JsonLimits = STANDARD_LIMITS) -> bytes:
    """The JSON array of the items; the limits hold for each. An item that is WrittenJson stands in it as it is.

    Raises:
        UnreadableValue: as `write_json`, for the first item that is refused.
    """
    written: list[bytes] = []
    for position, item in enumerate(items):
        try:
            written.append(item.text if isinstance(item, WrittenJson) else write_json(item, limits))
        except UnreadableValue as error:
            raise UnreadableValue(error.code, error.message, error.hint, f"/{position}{error.place}") from error
    text = b"[%b]" % b",".join(written)
    if len(text) > limits.text_bytes:
        raise too_large(f"Together they have {len(text):,} bytes as JSON; at most {limits.text_bytes:,} are taken at once.")
    return text


def _is_faithful(text: bytes, value: Any, limits: JsonLimits) -> bool:
    """Whether orjson lost nothing, and the value is within the limits; found in the text where that can be, which is quickest."""
    if b"\\u0000" in text or (_EXPONENT in text and _find_large_float(text)):
        return False
    if len(text) > limits.values:  # there may be more values than allowed
        return is_sound(value, limits)
    if b"null" in text or (len(text) > 2 * limits.depth and text.count(b"[") + text.count(b"{") > limits.depth):
        return _is_finite(value, limits.depth + limits.around)
    return True


def _is_finite(value: Any, depth: int) -> bool:
    """Whether no float in it is NaN or infinite, and it has no more than `depth` levels. False also where it holds other things than JSON."""
    level: list[Any] = [(value,)]
    for _ in range(depth + 1):
        deeper: list[Any] = []
        for container in level:
            for item in container.values() if type(container) is dict else container:
                kind = type(item)
                if kind in _PLAIN:
                    continue
                if kind is float:
                    if item - item != 0.0:
                        return False
                elif kind is dict or kind is list:
                    deeper.append(item)
                else:
                    return False
        if not deeper:
            return True
        level = deeper
    return False


def _write_carefully(value: Any, limits: JsonLimits) -> bytes:
    return orjson.dumps(copy_json(value, limits, _form_of, written_number))


def _form_of(value: Any) -> Any:
    if isinstance(value, WrittenJson):
        return orjson.Fragment(value.text)
    return value if isinstance(value, orjson.Fragment) else form_of(value)


def written_number(number: int | float) -> Any:  # noqa: PYI041 - the two are told apart
    """What orjson writes without loss in place of the number."""
    if isinstance(number, float):
        return number if abs(number) < _WITHOUT_FRACTION else orjson.Fragment(f"{_whole_digits(number)}.0")
    return number if -(2**63) <= number < 2**64 else orjson.Fragment(str(number))


def _whole_digits(number: float) -> str:
    """The shortest digits that are read as this float, and zeros after them: 6.022e23 is 602200000000000000000000."""
    mantissa, _, exponent = repr(number).partition("e")
    whole, _, fraction = mantissa.partition(".")
    return whole + fraction.ljust(int(exponent), "0")
