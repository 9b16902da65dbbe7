"""Checks that the database can store a request: no NUL characters, no lone surrogates, no endless numbers or depths."""

from typing import Any, Final

from interlock.api.definition_errors import place_of
from interlock.api.models.base import Request
from interlock.errors import InvalidField, InvalidRequest
from interlock.json_text import STANDARD_LIMITS, UnreadableValue, check_json

ELSEWHERE: Final = frozenset({"definition", "fields", "results", "source"})
"""A definition with its text, and the values of a credential, are checked by rules of their own, which report all errors; results one by one."""


def check_storable(request: Request) -> None:
    """Checks all values of a request.

    Raises:
        InvalidRequest: a value cannot be stored; it names the first one.
    """
    for name in type(request).model_fields:
        if name not in ELSEWHERE:
            _check(name, getattr(request, name))


def _check(name: str, value: Any) -> None:
    if isinstance(value, Request):
        for inner in type(value).model_fields:
            _check(f"{name}.{inner}", getattr(value, inner))
    elif isinstance(value, list) and value and isinstance(value[0], Request):
        for position, item in enumerate(value):
            _check(f"{name}[{position}]", item)
    elif isinstance(value, str | dict | list):
        try:
            check_json(value, STANDARD_LIMITS)
        except UnreadableValue as error:
            place = place_of(error.place, name)
            raise InvalidRequest(
                f"{place}: {error.message}", fields=(InvalidField(place=place, message=error.message, code=error.code, hint=error.hint),)
            ) from error
