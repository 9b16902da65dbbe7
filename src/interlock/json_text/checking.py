"""Checks whether a Python value is JSON that PostgreSQL can store, and finds the place where it is not."""

import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from typing import Any, Final, NoReturn
from uuid import UUID

from interlock.json_text.limits import DIGITS, LARGEST_FLOAT, LARGEST_WHOLE, JsonLimits
from interlock.json_text.pointer import json_pointer
from interlock.json_text.text import too_large, too_many_values
from interlock.json_text.unreadable import UnreadableValue

Place = tuple[str | int, ...]
NO_FORM: Final = object()
"""Returned by a converter for a value that it does not convert."""


class DoubledKey(dict[str, Any]):
    """An object that was read from a text in which it has a key twice."""

    def __init__(self, value: dict[str, Any], key: str) -> None:
        super().__init__(value)
        self.key = key


class NumberWord(float):
    """Stands for a word that Python reads as a number and JSON does not have: `NaN`, `Infinity`."""

    word: str


def check_json(value: Any, limits: JsonLimits) -> None:
    """Checks a whole value: objects, arrays, text, numbers, true, false and null.

    Raises:
        UnreadableValue: it is nested too deep, has too many values or characters, or holds a NUL, half a surrogate pair, a number without a
            finite value, a whole number of too many digits, a key that is not text or is given twice, or anything that is not JSON.
    """
    if not is_sound(value, limits):
        _Copier(limits, lambda _: NO_FORM, lambda number: number).copy(value, ())


def copy_json(value: Any, limits: JsonLimits, convert: Callable[[Any], Any], write_number: Callable[[Any], Any] = lambda number: number) -> Any:
    """Copies a value into new dicts and lists.

    Args:
        convert: returns the JSON form of a value that is not JSON, or NO_FORM.
        write_number: returns what stands for a number in the copy.

    Raises:
        UnreadableValue: as `check_json`.
    """
    return _Copier(limits, convert, write_number).copy(value, ())


def form_of(value: Any) -> Any:
    """Returns an id, a time, a member of an enum or a dataclass as JSON; NO_FORM for anything else."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return NO_FORM


def is_sound(value: Any, limits: JsonLimits) -> bool:
    """Returns quickly whether `check_json` accepts the value. False also means that only `check_json` can tell."""
    level: list[Any] = [(value,)]
    count = size = 0
    for _ in range(limits.depth + limits.around + 1):
        deeper: list[Any] = []
        for container in level:
            characters = _look_into(container, deeper)
            if characters is None:
                return False
            count += len(container)
            size += characters
        if count > limits.values or size > limits.text_bytes:
            return False
        if not deeper:
            return True
        level = deeper
    return False


def _look_into(container: Any, deeper: list[Any]) -> int | None:
    """Returns the number of characters in a container, or None if something may be wrong. Adds the containers in it to `deeper`."""
    size = 0
    if type(container) is dict:
        for key in container:
            if type(key) is not str or not is_text(key):
                return None
            size += len(key)
        container = container.values()
    for item in container:
        kind = type(item)
        if kind is str:
            if not is_text(item):
                return None
            size += len(item)
        elif kind is dict or kind is list:
            deeper.append(item)
        elif kind is int or kind is float:
            if not -LARGEST_WHOLE <= item <= LARGEST_WHOLE:  # neither NaN nor infinities lie between
                return None
        elif item is not None and kind is not bool:
            return None
    return size


def is_text(text: str) -> bool:
    """Returns whether PostgreSQL can store the text."""
    if "\0" in text:
        return False
    return text.isascii() or not _has_surrogate(text)


def _has_surrogate(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


class _Copier:
    """Copies one value, in the order in which it is written, and stops at the first thing that is not JSON."""

    def __init__(self, limits: JsonLimits, convert: Callable[[Any], Any], write_number: Callable[[Any], Any]) -> None:
        self._limits = limits
        self._convert = convert
        self._write_number = write_number
        self._count = 0
        self._size = 0

    def copy(self, value: Any, place: Place) -> Any:
        self._count += 1
        if self._count > self._limits.values:
            raise too_many_values(self._limits)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self._text(value, place)
        if isinstance(value, int | float):
            return self._number(value, place)
        if isinstance(value, Mapping):
            return self._object(value, place)
        if isinstance(value, list | tuple):
            self._check_depth(place)
            return [self.copy(item, (*place, position)) for position, item in enumerate(value)]
        return self._other(value, place)

    def _object(self, value: Mapping[Any, Any], place: Place) -> dict[str, Any]:
        self._check_depth(place)
        if isinstance(value, DoubledKey):
            _refuse("duplicate_key", f"The key {value.key!r:.100} is given twice in one object.", "Keep one of them.", (*place, value.key))
        made = {}
        for key, item in value.items():
            if not isinstance(key, str):
                _refuse("bad_key", f"A key is of the type {type(key).__name__}; keys are text.", "Put quotes round it.", place)
            made[self._text(key, place)] = self.copy(item, (*place, key))
        return made

    def _check_depth(self, place: Place) -> None:
        if len(place) >= self._limits.depth + self._limits.around:
            _refuse("too_deep", f"It is nested deeper than {self._limits.depth} levels.", "Flatten it.", place)

    def _text(self, text: str, place: Place) -> str:
        self._size += len(text)
        if self._size > self._limits.text_bytes:
            raise too_large(f"Its text has more than {self._limits.text_bytes:,} characters.")
        if "\0" in text:
            _refuse("nul_byte", "The text holds a NUL character.", "Remove it; the database keeps no NUL characters.", place)
        if not text.isascii() and _has_surrogate(text):
            _refuse("bad_text", "The text holds half a surrogate pair.", "Write the whole character.", place)
        return str.__str__(text)

    def _number(self, number: int | float, place: Place) -> Any:  # noqa: PYI041 - the two are told apart
        if isinstance(number, int):
            if not -LARGEST_WHOLE <= number <= LARGEST_WHOLE:
                _refuse("bad_number", f"A whole number has at most {DIGITS:,} digits; this one has more.", "Write it as text.", place)
        elif isinstance(number, NumberWord):
            _refuse("bad_number", f"{number.word} is not JSON.", "Use a finite number, text or null.", place)
        elif math.isnan(number):
            _refuse("bad_number", "NaN is not JSON.", "Use a finite number, text or null.", place)
        elif math.isinf(number):
            message = f"The number is infinite, or beyond {LARGEST_FLOAT}, the largest that a double can hold."
            _refuse("bad_number", message, "Use a finite number, text or null.", place)
        return self._write_number(number)

    def _other(self, value: Any, place: Place) -> Any:
        form = self._convert(value)
        if form is NO_FORM:
            hint = "Use text, numbers, true, false, null, lists, or objects with text keys."
            _refuse("bad_value", f"A value of the type {type(value).__name__} is not JSON.", hint, place)
        return form if form is value else self.copy(form, place)


def _refuse(code: str, message: str, hint: str, place: Place) -> NoReturn:
    raise UnreadableValue(code, message, hint, json_pointer(place))
