"""JSON text."""

import json
from typing import Any, NoReturn

from interlock.definition.reading.json_values import check_json_value
from interlock.definition.reading.limits import ReadingLimits
from interlock.definition.reading.text import checked_text
from interlock.definition.reading.unreadable import UnreadableDefinition

STANDARD_LIMITS = ReadingLimits()


def read_json(source: str | bytes, limits: ReadingLimits = STANDARD_LIMITS) -> Any:
    """The JSON value that a text holds.

    Raises:
        UnreadableDefinition: it is not JSON, gives a key twice, or is beyond the limits.
    """
    text = checked_text(source, limits)
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise UnreadableDefinition("not_json", f"Line {error.lineno}, column {error.colno}: {error.msg}.", "Correct the JSON.") from error
    except RecursionError as error:
        raise UnreadableDefinition("too_deep", f"It is nested deeper than {limits.depth} levels.", "Flatten it.") from error
    except ValueError as error:
        if isinstance(error, UnreadableDefinition):
            raise
        raise UnreadableDefinition("bad_number", "A number has more digits than can be read.", "Write it as text.") from error
    check_json_value(value, limits)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for position, key in enumerate(keys) if key in keys[:position])
        raise UnreadableDefinition("duplicate_key", f"The key {twice!r:.100} is given twice in one object.", "Keep one of them.")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise UnreadableDefinition("bad_number", f"{name} is not JSON.", "Use a finite number or text.")
