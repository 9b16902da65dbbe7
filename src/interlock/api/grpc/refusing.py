"""Refusals of what a message holds, each with its place."""

from typing import NoReturn

from interlock.errors import InvalidField, InvalidRequest


def refuse(place: str, message: str, *, code: str, hint: str) -> NoReturn:
    """Refuse a request for one thing in it.

    Raises:
        InvalidRequest: always.
    """
    raise refusal([InvalidField(place=place, message=message, code=code, hint=hint)])


def refusal(fields: list[InvalidField]) -> InvalidRequest:
    """The error for one or more things that are wrong."""
    first = fields[0]
    more = f", and {len(fields) - 1} more" if len(fields) > 1 else ""
    return InvalidRequest(f"{first.place or 'the request'}: {first.message}{more}", fields=fields)


def inside(place: str, name: str | int) -> str:
    """The place of a field or an item: `results[0].error.message`."""
    if isinstance(name, int):
        return f"{place}[{name}]"
    return f"{place}.{name}" if place else name


def check_text(text: str, place: str) -> str:
    """Text that PostgreSQL can keep.

    Raises:
        InvalidRequest: it holds a NUL character.
    """
    if "\0" in text:
        refuse(place, "The text holds a NUL character.", code="nul_byte", hint="Remove it; the database keeps no NUL characters.")
    return text
