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
    """What a user may do; docs/concepts/security.md lists the permissions of each role."""

    ADMIN = "admin"
    EDITOR = "editor"
    OPERATOR = "operator"
    APPROVER = "approver"
    ANNOTATOR = "annotator"
    VIEWER = "viewer"


class ListUsers(PageRequest):
    """Lists the users of your workspace, by email."""

    search: ShortText | None = None


class GetUser(Request):
    """Returns one user."""

    user_id: UUID


class CreateUser(Request):
    """Adds a user: a new one, who signs in with a password, or one of another workspace, who keeps name and password and gets the role here."""

    email: Email
    name: Name
    role: Role
    password: Password | None = None
    """Of a new user. If you leave it out, a one-time password is made and returned this once; the user must change it at the first sign-in."""


class UpdateUser(Request):
    """Changes a user; a field that is left out stays as it is. The last admin can be neither disabled nor given another role.

    The role is that in your workspace. All else of a user who is in other workspaces too is changed by an admin of all of them, or of `default`.
    """

    user_id: UUID
    name: Name | None = None
    role: Role | None = None
    disabled: bool | None = None
    """True ends every session of the user and refuses every key."""
    reset_password: bool = False
    """Makes a new one-time password, and returns it."""


class DeleteUser(Request):
    """Deletes a user, who can no longer sign in; one who is in other workspaces too only leaves yours. What they did stays on record."""

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
    """A user, with the one-time password if one was made."""

    one_time_password: str | None = None
    """Shown this once; none if the request had a password, or the user has an account already."""
