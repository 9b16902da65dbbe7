"""Reads JSON text."""

import json
import math
from collections.abc import Iterable
from typing import Any, Final

import orjson

from interlock.json_text.checking import DoubledKey, NumberWord, check_json
from interlock.json_text.limits import LARGEST_WHOLE, STANDARD_LIMITS, JsonLimits
from interlock.json_text.text import check_count, decode_text
from interlock.json_text.unreadable import UnreadableValue

_DIGITS: Final = bytes(0x30 if 0x30 <= byte <= 0x39 else 0x20 for byte in range(256))
_LONG: Final = b"0" * 19
"""A whole number with fewer digits fits in 64 bits."""
_BEYOND_DOUBLE: Final = b"0" * 309
"""A number with fewer digits in a row is within the range of a double."""


def read_json(source: str | bytes, limits: JsonLimits = STANDARD_LIMITS) -> Any:
    """Returns the value of a JSON text that came from outside.

    Raises:
        UnreadableValue: it is not JSON, gives a key twice, or is beyond the limits; with the place, except where the text itself is broken.
    """
    value = parse_json(source, limits)
    check_json(value, limits)
    return value


def read_foreign_json(source: str | bytes, limits: JsonLimits = STANDARD_LIMITS) -> Any:
    """Returns the value of a JSON text that somebody else decides about. A number beyond the limits is text with its digits; all else is as written.

    Raises:
        UnreadableValue: as `read_json`, for everything but such a number.
    """
    try:
        return read_json(source, limits)
    except UnreadableValue as error:
        if error.code != "bad_number":
            raise
    hooks: Any = {"parse_int": _whole_number_or_text, "parse_float": _float_or_text}
    value = json.loads(decode_text(source, limits), object_pairs_hook=_object, parse_constant=number_word, **hooks)
    check_json(value, limits)
    return value


def parse_json(source: str | bytes, limits: JsonLimits = STANDARD_LIMITS) -> Any:
    """Returns the value of a JSON text whose parts the caller checks one by one with `check_json`: marks in it stand for what is refused.

    Raises:
        UnreadableValue: the text as a whole cannot be read; with line and column.
    """
    text = decode_text(source, limits)
    check_count(text, limits)
    try:
        return _parse(text)
    except json.JSONDecodeError as error:
        raise UnreadableValue("not_json", f"Line {error.lineno}, column {error.colno}: {error.msg}.", "Correct the JSON.") from error
    except RecursionError as error:
        raise UnreadableValue("too_deep", f"It is nested deeper than {limits.depth} levels.", "Flatten it.") from error


def read_stored_json(text: bytes | bytearray | memoryview | str) -> Any:
    """Returns the value of a JSON text that the database or this package wrote. Nothing is refused.

    orjson reads the text, unless it may hold a whole number beyond 64 bits, which orjson would turn into a float. A number that only a caller of SQL
    can have stored, longer than 4,300 digits or beyond a double, is read as text.
    """
    data = text.encode() if isinstance(text, str) else bytes(text)
    digits = data.translate(_DIGITS)
    if _LONG not in digits:
        return orjson.loads(data)
    if _BEYOND_DOUBLE not in digits:
        return json.loads(data)
    return json.loads(data, parse_int=_whole_number_or_text, parse_float=_float_or_text)


def read_written_json(text: bytes) -> Any:
    """Returns the value of a JSON text that `write_each` wrote. It has no whole number beyond 64 bits, so that nobody needs to look for one."""
    return orjson.loads(text)


def _parse(text: str) -> Any:
    """Returns the value. What JSON does not have is in it as a mark, so that `check_json` finds its place."""
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=number_word)
    except json.JSONDecodeError:
        raise
    except ValueError:  # a whole number of more digits than Python reads
        return json.loads(text, object_pairs_hook=_object, parse_constant=number_word, parse_int=whole_number)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    return value if len(value) == len(pairs) else DoubledKey(value, _first_doubled(key for key, _ in pairs))


def _first_doubled(keys: Iterable[str]) -> str:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            return key
        seen.add(key)
    raise AssertionError("one of them is given twice")


def number_word(word: str) -> NumberWord:
    """Returns a mark for a word such as NaN, which `check_json` refuses."""
    number = NumberWord("nan")
    number.word = word
    return number


def whole_number(digits: str) -> int:
    """Returns the number, or one that `check_json` refuses if it has too many digits."""
    try:
        return int(digits)
    except ValueError:
        return LARGEST_WHOLE + 1


def _whole_number_or_text(digits: str) -> int | str:
    try:
        return int(digits)
    except ValueError:
        return digits


def _float_or_text(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits
