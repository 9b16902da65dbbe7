"""Keys for programs."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from interlock.api.models.base import Answer, Name, Page, PageRequest, Request
from interlock.api.models.users import Role


class ListApiKeys(PageRequest):
    """One's own; an admin sees all."""


class CreateApiKey(Request):
    """Makes an API key; the key itself is answered this once."""

    name: Name
    role: Role | None = None
    """At most what one's own role allows; one's own role where none is given."""
    expires_in_days: Annotated[int, Field(ge=1, le=3650)] | None = None


class RevokeApiKey(Request):
    """Refuses the key from now on; a repeat changes nothing."""

    api_key_id: UUID


class ApiKey(Answer):
    """An API key, without the key itself."""

    id: UUID
    name: str
    user_id: UUID
    user: str
    role: Role
    prefix: str
    """The beginning of the key, to know it by."""
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class ApiKeyList(Page):
    """A page of API keys."""

    items: list[ApiKey]


class CreatedApiKey(ApiKey):
    """A new API key, with the key itself."""

    key: str
    """The whole key, shown this once."""
