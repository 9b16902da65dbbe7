"""Whether a Python value is JSON that PostgreSQL can keep."""

import math
from collections.abc import Iterator
from typing import Any

from interlock.definition.reading.limits import ReadingLimits
from interlock.definition.reading.pointer import json_pointer
from interlock.definition.reading.unreadable import UnreadableDefinition

Place = tuple[str | int, ...]


def check_json_value(value: Any, limits: ReadingLimits) -> None:
    """Walk the whole value, without recursion.

    Raises:
        UnreadableDefinition: it is nested too deep, has too many values or characters, or holds a NUL, half a surrogate pair, a number
            without a finite value, a key that is not text, or anything that is not JSON.
    """
    count = size = 0
    pending: list[tuple[Place, Any]] = [((), value)]
    while pending:
        place, item = pending.pop()
        count += 1
        if count > limits.values:
            raise UnreadableDefinition("too_many_values", f"There are more than {limits.values:,} values.", "Split the definition.")
        if isinstance(item, dict | list) and len(place) >= limits.depth:
            raise UnreadableDefinition("too_deep", f"It is nested deeper than {limits.depth} levels.", "Flatten it.", json_pointer(place))
        size += _checked_size(place, item)
        if size > limits.text_bytes:
            raise UnreadableDefinition(
                "too_large", f"Its text has more than {limits.text_bytes:,} characters.", "Split it, or move data out of the definition."
            )
        pending.extend(_children(place, item))


def _children(place: Place, item: Any) -> Iterator[tuple[Place, Any]]:
    if isinstance(item, dict):
        for key, child in item.items():
            if not isinstance(key, str):
                raise UnreadableDefinition("bad_key", f"The key {key!r:.50} is not text.", "Put quotes round it.", json_pointer(place))
            yield (*place, key), child
    elif isinstance(item, list):
        for position, child in enumerate(item):
            yield (*place, position), child


def _checked_size(place: Place, item: Any) -> int:
    if isinstance(item, str):
        _check_text(place, item)
        return len(item)
    if isinstance(item, dict):
        for key in item:
            if isinstance(key, str):
                _check_text(place, key)
        return sum(len(key) for key in item if isinstance(key, str))
    if item is None or isinstance(item, bool | list):
        return 1
    if isinstance(item, float) and math.isfinite(item):
        return 1
    if isinstance(item, int) and item.bit_length() <= 1_024:
        return 1
    shown = "an integer of more than 300 digits" if isinstance(item, int) else f"{item!r:.50}"
    raise UnreadableDefinition(
        "bad_number" if isinstance(item, int | float) else "bad_value", f"{shown} is not a JSON value here.", "Write it as text.", json_pointer(place)
    )


def _check_text(place: Place, text: str) -> None:
    if "\0" in text:
        raise UnreadableDefinition(
            "nul_byte", "The text holds a NUL character.", "Remove it; the database keeps no NUL characters.", json_pointer(place)
        )
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise UnreadableDefinition("bad_text", "The text holds half a surrogate pair.", "Write the whole character.", json_pointer(place))
