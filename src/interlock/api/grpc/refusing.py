"""Errors in a message, each with its place."""

from typing import NoReturn

from interlock.errors import InvalidField, InvalidRequest


def refuse(place: str, message: str, *, code: str, hint: str) -> NoReturn:
    """Refuses a request because of one error.

    Raises:
        InvalidRequest: always.
    """
    raise refusal([InvalidField(place=place, message=message, code=code, hint=hint)])


def refusal(fields: list[InvalidField]) -> InvalidRequest:
    """Makes the exception for one or more errors."""
    first = fields[0]
    more = f", and {len(fields) - 1} more" if len(fields) > 1 else ""
    return InvalidRequest(f"{first.place or 'the request'}: {first.message}{more}", fields=fields)


def check_text(text: str, place: str) -> str:
    """Returns text that PostgreSQL can store.

    Raises:
        InvalidRequest: it has a NUL character.
    """
    if "\0" in text:
        refuse(place, "The text has a NUL character.", code="nul_byte", hint="Remove it; the database cannot store NUL characters.")
    return text
