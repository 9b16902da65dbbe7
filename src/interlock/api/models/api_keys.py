"""Keys for programs."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from interlock.api.models.base import Answer, Name, Page, PageRequest, Request
from interlock.api.models.users import Role


class ListApiKeys(PageRequest):
    """Lists the caller's API keys of this workspace, newest first. An admin sees everybody's."""


class CreateApiKey(Request):
    """Makes an API key for the caller's workspace, and returns the key itself this once."""

    name: Name
    role: Role | None = None
    """A role that allows no more than the caller's own, which is the default."""
    expires_in_days: Annotated[int, Field(ge=1, le=3650)] | None = None


class RevokeApiKey(Request):
    """Revokes an API key: it is refused from now on."""

    api_key_id: UUID


class ApiKey(Answer):
    """An API key, without the key itself."""

    id: UUID
    name: str
    user_id: UUID
    user: str
    role: Role
    prefix: str
    """The beginning of the key, to recognize it by."""
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
