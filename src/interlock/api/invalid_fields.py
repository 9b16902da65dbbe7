"""What Pydantic refuses, as invalid fields with their places: the same for REST, gRPC and the client."""

import re
from collections.abc import Sequence
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from interlock.definition.validation.expected import words_of
from interlock.errors import InvalidField
from interlock.json_text import write_json

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
FIELD_LIMIT: Final = 50
"""Maximum number of invalid fields in an error."""


def invalid_fields(error: ValidationError, *, part: str = "") -> list[InvalidField]:
    """Returns the first 50 errors of a model, each with its place.

    Args:
        part: the part of the request that the model reads, for example `body`; each place begins with it.
    """
    return [_field_of(each, part) for each in error.errors(include_url=False)[:FIELD_LIMIT]]


def _field_of(found: ErrorDetails, part: str) -> InvalidField:
    message, hint = words_of(found)
    return InvalidField(place=_place_of(found["loc"], part), message=message, code=found["type"], hint=hint)


def _place_of(steps: Sequence[int | str], place: str = "") -> str:
    """Returns the place to which steps lead from a place, for example `results[0].error.message`."""
    for step in steps:
        place = inside(place, step)
    return place


def inside(place: str, step: int | str) -> str:
    """Returns the place of a field or an item inside a place."""
    if isinstance(step, int):
        return f"{place}[{step}]"
    if not step:
        return place
    return f"{place}.{step}" if place else step


def under(place: str, key: str) -> str:
    """Returns the place of what a key of a JSON object leads to: a key that is no name is quoted, `["a b"]`."""
    return inside(place, key) if _NAME.fullmatch(key) else f"{place}[{write_json(key).decode()}]"
