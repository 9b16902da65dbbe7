"""From text to values."""

import json
import math
from collections.abc import Iterable
from typing import Any, Final

import orjson

from interlock.json_text.checking import DoubledKey, NumberWord, check_json
from interlock.json_text.limits import LARGEST_WHOLE, STANDARD_LIMITS, JsonLimits
from interlock.json_text.text import decode_text
from interlock.json_text.unreadable import UnreadableValue

_DIGITS: Final = bytes(0x30 if 0x30 <= byte <= 0x39 else 0x20 for byte in range(256))
_LONG: Final = b"0" * 19
"""As many digits in a row as a whole number has that may not fit in 64 bits."""
_BEYOND_DOUBLE: Final = b"0" * 309


def read_json(source: str | bytes, limits: JsonLimits = STANDARD_LIMITS) -> Any:
    """The value of a JSON text that somebody gave.

    Raises:
        UnreadableValue: it is not JSON, gives a key twice, or is beyond the limits; with the place, but where the text itself is broken.
    """
    text = decode_text(source, limits)
    try:
        value = _parse(text)
    except json.JSONDecodeError as error:
        raise UnreadableValue("not_json", f"Line {error.lineno}, column {error.colno}: {error.msg}.", "Correct the JSON.") from error
    except RecursionError as error:
        raise UnreadableValue("too_deep", f"It is nested deeper than {limits.depth} levels.", "Flatten it.") from error
    check_json(value, limits)
    return value


def read_stored_json(text: bytes | bytearray | memoryview | str) -> Any:
    """The value of a JSON text that the database or this package wrote: trusted, so nothing is refused.

    orjson reads it, unless there may be a whole number beyond 64 bits in it, which orjson would make a float. A number that only a caller of SQL can
    have stored, longer than 4,300 digits or beyond a double, is read as text.
    """
    data = text.encode() if isinstance(text, str) else bytes(text)
    digits = data.translate(_DIGITS)
    if _LONG not in digits:
        return orjson.loads(data)
    if _BEYOND_DOUBLE not in digits:
        return json.loads(data)
    return json.loads(data, parse_int=_whole_number_or_text, parse_float=_float_or_text)


def _parse(text: str) -> Any:
    """The value, in which stands something for what is refused, so that its place is found."""
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
    """What stands for a word such as NaN until `check_json` refuses it."""
    number = NumberWord("nan")
    number.word = word
    return number


def whole_number(digits: str) -> int:
    """The number; one that is too long becomes another that `check_json` refuses too."""
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
