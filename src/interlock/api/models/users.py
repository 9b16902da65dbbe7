"""People who sign in, their roles, their sessions and their API keys."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, SecretStr

from interlock.api.models.base import Answer, Name, Page, PageRequest, Request, ShortText

Email = Annotated[str, Field(min_length=3, max_length=320, pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$")]
Password = Annotated[SecretStr, Field(min_length=12, max_length=1000)]


class Role(StrEnum):
    """What somebody may do; see `interlock.api.auth.permissions`."""

    ADMIN = "admin"
    EDITOR = "editor"
    OPERATOR = "operator"
    APPROVER = "approver"
    ANNOTATOR = "annotator"
    VIEWER = "viewer"


class SignIn(Request):
    """Begins a session; the answer sets its cookie."""

    email: Email
    password: Annotated[SecretStr, Field(min_length=1, max_length=1000)]


class GetSession(Request):
    """Who is signed in, and what they may do."""


class SignOut(Request):
    """Ends this session."""


class ChangePassword(Request):
    """Ends every other session of who asks."""

    current_password: Annotated[SecretStr, Field(min_length=1, max_length=1000)]
    new_password: Password


class ListUsers(PageRequest):
    """Users by email."""

    search: ShortText | None = None


class GetUser(Request):
    """One user."""

    user_id: UUID


class CreateUser(Request):
    """Adds a user who signs in with a password."""

    email: Email
    name: Name
    role: Role
    password: Password | None = None
    """Without one, a one-time password is made and answered once; it has to be changed at the first sign-in."""


class UpdateUser(Request):
    """What is left out stays. The last admin can be neither disabled nor given another role."""

    user_id: UUID
    name: Name | None = None
    role: Role | None = None
    disabled: bool | None = None
    """Ends every session and refuses every key of the user."""
    reset_password: bool = False
    """Makes a one-time password."""


class DeleteUser(Request):
    """Removes the sign-in; what the user did stays on record under the name."""

    user_id: UUID


class User(Answer):
    id: UUID
    email: str
    name: str
    role: Role
    disabled: bool
    must_change_password: bool
    created_at: datetime
    last_seen_at: datetime | None


class UserList(Page):
    items: list[User]


class UserWithPassword(User):
    one_time_password: str | None = None
    """Shown this once; none where a password was given."""


class Session(Answer):
    user: User
    permissions: list[str]
    via: Literal["session", "api_key", "jwt"]
    csrf_token: str | None
    """To be sent as `X-CSRF-Token` with every change that is made by cookie."""
    expires_at: datetime | None


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
    items: list[ApiKey]


class CreatedApiKey(ApiKey):
    key: str
    """The whole key, shown this once."""
