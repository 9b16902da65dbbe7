"""Cursors: where a page ended, as an opaque text (base64url of JSON)."""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from interlock.errors import InterlockError, InvalidField, InvalidRequest
from interlock.json_text import read_json, write_json

T = TypeVar("T")


def make_cursor(*parts: object) -> str:
    """Returns the cursor of these parts; each is kept as text."""
    return _encoded([part.isoformat() if isinstance(part, datetime) else str(part) for part in parts])


def read_cursor(cursor: str | None, read: Callable[[list[str]], T], count: int) -> T | None:
    """Returns what `read` makes of the parts; None if there is no cursor.

    Raises:
        InvalidRequest: `make_cursor` did not make it for this list.
    """
    if cursor is None:
        return None
    try:
        parts: Any = read_json(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(parts, list) or len(parts) != count or not all(isinstance(part, str) for part in parts) or _encoded(parts) != cursor:
            raise _refusal()
        return read(parts)
    except (binascii.Error, ValueError) as error:
        raise _refusal() from error


def time_and_id(parts: list[str]) -> tuple[datetime, UUID]:
    """Reads the cursor of a list that is ordered by time.

    Raises:
        ValueError: the parts are not a time and an id.
    """
    at = datetime.fromisoformat(parts[0])
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at, UUID(parts[1])


def _encoded(parts: list[str]) -> str:
    return base64.urlsafe_b64encode(write_json(parts)).rstrip(b"=").decode()


def _refusal() -> InterlockError:
    field = InvalidField(place="cursor", message="it is not a cursor of this list", code="bad_cursor", hint="take `next_cursor` of the page before")
    return InvalidRequest("the cursor is not one of this list", hint=field.hint, fields=(field,))
