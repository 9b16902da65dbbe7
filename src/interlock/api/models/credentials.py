"""Secrets that nodes use. They are written, and never returned."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, SecretStr

from interlock.api.models.base import Answer, Page, PageRequest, Request
from interlock.nodes.credential import HOST_PATTERN

CredentialName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
FieldName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[a-z][a-z0-9_]*$")]
SecretFields = Annotated[dict[FieldName, Annotated[SecretStr, Field(max_length=100_000)]], Field(min_length=1, max_length=50)]


HostPattern = Annotated[str, Field(min_length=1, max_length=255, pattern=HOST_PATTERN)]
AllowedHosts = Annotated[list[HostPattern], Field(min_length=1, max_length=50)]


class ListCredentials(PageRequest):
    """Lists credentials by name, without their values."""


class GetCredential(Request):
    """Returns one credential, without its values."""

    credential_id: UUID


class CreateCredential(Request):
    """Saves a credential, encrypted. Its values are never returned."""

    name: CredentialName
    kind: Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[a-z][a-z0-9_]*$")]
    """`bearer` {token}, `basic` {username, password}, `header` {name, value}, `postgres` {dsn}, or a kind of your own."""
    fields: SecretFields
    description: Annotated[str, Field(max_length=1000)] = ""
    allowed_hosts: Annotated[list[HostPattern], Field(max_length=50)] = Field(default_factory=list)
    """Where nodes may send it over HTTP; required for `bearer`, `basic` and `header`, and not given for `postgres`.

    `example.com` is that host, `*.example.com` every host below, `example.com:8443` that port only, `*` anywhere.
    """


class UpdateCredential(Request):
    """Changes a credential; a field that is left out stays as it is. `fields` replaces all fields, `allowed_hosts` all hosts.

    Who adds a host gives `fields` again, or is an admin.
    """

    credential_id: UUID
    fields: SecretFields | None = None
    description: Annotated[str, Field(max_length=1000)] | None = None
    allowed_hosts: AllowedHosts | None = None


class TestCredential(Request):
    """Tries a credential as a node would use it: sends a GET to `url`, or connects to the database. What comes back is not returned."""

    __test__ = False  # not one of pytest's

    credential_id: UUID
    url: Annotated[str, Field(min_length=1, max_length=8192)] | None = None
    """Where to send it: required for `bearer`, `basic` and `header`, and not given for `postgres`."""
    allow_private_addresses: bool = False
    """Whether the address may be private, as the parameter of the nodes. The operator of the server has to permit it as well."""


class DeleteCredential(Request):
    """Deletes a credential; nodes that name it fail from now on."""

    credential_id: UUID


class Credential(Answer):
    """A credential, without its values."""

    id: UUID
    name: str
    kind: str
    description: str
    field_names: list[str]
    allowed_hosts: list[str] = Field(default_factory=list)
    created_at: datetime
    updated_at: datetime
    updated_by: str
    last_used_at: datetime | None


class CredentialTest(Answer):
    """What a test of a credential found."""

    passed: bool
    message: str
    """What was found, without secrets."""
    code: str | None
    """The error code that a node would have failed with; none if it passed."""
    hint: str | None


class CredentialList(Page):
    """A page of credentials."""

    items: list[Credential]
