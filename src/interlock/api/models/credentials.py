"""Secrets that nodes use: written, never read back."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, SecretStr

from interlock.api.models.base import Answer, Page, PageRequest, Request

CredentialName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
FieldName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[a-z][a-z0-9_]*$")]
SecretFields = Annotated[dict[FieldName, Annotated[SecretStr, Field(max_length=100_000)]], Field(min_length=1, max_length=50)]


class ListCredentials(PageRequest):
    """By name, without their values."""


class GetCredential(Request):
    """One credential, without its values."""

    credential_id: UUID


class CreateCredential(Request):
    """Saves a secret, encrypted; its values are never answered."""

    name: CredentialName
    kind: Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[a-z][a-z0-9_]*$")]
    """`bearer` {token}, `basic` {username, password}, `header` {name, value}, `postgres` {dsn}, or a kind of one's own."""
    fields: SecretFields
    description: Annotated[str, Field(max_length=1000)] = ""


class UpdateCredential(Request):
    """What is left out stays; `fields` replaces all fields."""

    credential_id: UUID
    fields: SecretFields | None = None
    description: Annotated[str, Field(max_length=1000)] | None = None


class DeleteCredential(Request):
    """Removes a credential; nodes that name it fail from now on."""

    credential_id: UUID


class Credential(Answer):
    id: UUID
    name: str
    kind: str
    description: str
    field_names: list[str]
    created_at: datetime
    updated_at: datetime
    updated_by: str
    last_used_at: datetime | None


class CredentialList(Page):
    items: list[Credential]
