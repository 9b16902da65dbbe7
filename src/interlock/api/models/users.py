"""People who sign in, and their roles."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
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
    """Somebody who may sign in."""

    id: UUID
    email: str
    name: str
    role: Role
    disabled: bool
    must_change_password: bool
    created_at: datetime
    last_seen_at: datetime | None


class UserList(Page):
    """A page of users."""

    items: list[User]


class UserWithPassword(User):
    """A user, with the one-time password where one was made."""

    one_time_password: str | None = None
    """Shown this once; none where a password was given."""
