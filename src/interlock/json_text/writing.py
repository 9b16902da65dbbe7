"""Writes JSON text.

orjson writes every value that it can write without loss. Three it cannot: it writes NaN as null, refuses whole numbers beyond 64 bits, and writes a
float of 1e16 or more with an exponent, which `jsonb` keeps as a whole number. Such a value is copied first, with those numbers written out.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

import orjson

from interlock.json_text.checking import copy_json, form_of, is_sound
from interlock.json_text.limits import STANDARD_LIMITS, JsonLimits
from interlock.json_text.text import too_large
from interlock.json_text.unreadable import UnreadableValue

_EXPONENT: Final = orjson.dumps(1e16)[1:-2]
"""What orjson writes before the exponent of a large float: `e+`, and `e` in its older releases."""
_find_large_float: Final = re.compile(rb"e\+?[0-9]{2,3}(?:[,\]}]|$)").search
"""Finds floats of 1e16 or more. A match inside a text does no harm."""
_WITHOUT_FRACTION: Final = 1e16
_SHORT: Final = 1_000
_BETWEEN: Final = orjson.Fragment(b"\n")
"""Stands between values that are written at once. No text has a line break: in strings, it is escaped."""
_PLAIN: Final = frozenset({str, int, bool, type(None)})


class WrittenJson:
    """JSON text that is part of a value that is still to be written. It is not checked again."""

    __slots__ = ("text",)

    def __init__(self, text: bytes) -> None:
        self.text = text


def write_json(value: Any, limits: JsonLimits = STANDARD_LIMITS) -> bytes:
    """Returns the JSON text of a value, without blanks. Every float in it is read as a float again, also after it was stored as `jsonb`.

    Times are written as in ISO 8601, ids and words as text, dataclasses as objects.

    Raises:
        UnreadableValue: the value is beyond the limits, or holds what JSON or PostgreSQL does not have; with the place.
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
    """Returns a JSON array of the items. The limits hold for each item. An item that is WrittenJson is not changed.

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


def write_each(values: Sequence[Any], limits: JsonLimits = STANDARD_LIMITS) -> list[bytes | None]:
    """Returns the JSON text of each value, as `write_json`; None for one that takes `write_json` to write it or to refuse it.

    It writes all texts at once, and looks at them together, which is faster than one after the other if they are many and short: for each
    text that orjson writes, it asks for a kilobyte and gives most of it back.
    """
    try:
        together = orjson.dumps([item for value in values for item in (value, _BETWEEN)])
    except TypeError:
        return [None] * len(values)
    texts = together[1:-3].split(b",\n,") if values else []
    if len(texts) != len(values):  # there is such a fragment in a value
        texts = [orjson.dumps(value) for value in values]
    is_plain = len(together) <= limits.values and b"\\u0000" not in together and b"null" not in together and _EXPONENT not in together
    # each level takes two characters at least
    if is_plain and (
        max(map(len, texts), default=0) <= 2 * limits.depth or all(text.count(b"[") + text.count(b"{") <= limits.depth for text in texts)
    ):
        return list(texts)
    return [text if _is_faithful(text, value, limits) and len(text) <= limits.text_bytes else None for text, value in zip(texts, values, strict=True)]


def _is_faithful(text: bytes, value: Any, limits: JsonLimits) -> bool:
    """Returns whether orjson lost nothing and the value is within the limits. Looks at a short value itself, and at a long one's text first."""
    if len(text) <= _SHORT and type(value) is dict:
        return _is_plain(value, 4) or _is_faithful_text(text, value, limits)
    return _is_faithful_text(text, value, limits)


def _is_plain(value: dict[str, Any], depth: int) -> bool:
    """Returns whether an object of at most `depth` levels holds nothing that orjson could lose; False also if that takes a closer look."""
    for key, item in value.items():
        if "\x00" in key:
            return False
        kind = type(item)
        if kind is str:
            if "\x00" in item:
                return False
        elif kind is float:
            if not -_WITHOUT_FRACTION < item < _WITHOUT_FRACTION:
                return False
        elif kind is dict:
            if depth == 1 or not _is_plain(item, depth - 1):
                return False
        elif kind not in _PLAIN:
            return False
    return True


def _is_faithful_text(text: bytes, value: Any, limits: JsonLimits) -> bool:
    if b"\\u0000" in text or (_EXPONENT in text and _find_large_float(text)):
        return False
    if len(text) > limits.values:  # there may be more values than allowed
        return is_sound(value, limits)
    if b"null" in text or (len(text) > 2 * limits.depth and text.count(b"[") + text.count(b"{") > limits.depth):
        return _is_finite(value, limits.depth + limits.around)
    return True


def _is_finite(value: Any, depth: int) -> bool:
    """Returns whether all floats are finite and there are at most `depth` levels. False also if it holds something that is not plain JSON."""
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
    """Returns the number, or its digits if orjson cannot write it without loss."""
    if isinstance(number, float):
        return number if abs(number) < _WITHOUT_FRACTION else orjson.Fragment(f"{_whole_digits(number)}.0")
    return number if -(2**63) <= number < 2**64 else orjson.Fragment(str(number))


def _whole_digits(number: float) -> str:
    """Returns the shortest digits that are read as this float, with zeros after them: 602200000000000000000000 for 6.022e23."""
    mantissa, _, exponent = repr(number).partition("e")
    whole, _, fraction = mantissa.partition(".")
    return whole + fraction.ljust(int(exponent), "0")
