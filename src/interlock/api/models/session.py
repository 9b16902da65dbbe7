"""Signing in and out."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from interlock.api.models.base import Answer, Request
from interlock.api.models.users import Email, Password, Role, User
from interlock.api.models.workspaces import WorkspaceId

SignInMethod = Literal["session", "api_key", "jwt"]
"""How the caller proved who they are."""


class SignIn(Request):
    """Signs in with email and password. REST sets the session's cookie; gRPC returns its token as the trailing metadata `interlock-session`."""

    email: Email
    password: Annotated[SecretStr, Field(min_length=1, max_length=1000)]


class GetSession(Request):
    """Returns who is signed in, in which workspace, and what they may do."""


class SignOut(Request):
    """Ends the caller's session. An API key or a token has none, so nothing happens to it."""


class ChangePassword(Request):
    """Changes the caller's password, and ends all their other sessions."""

    current_password: Annotated[SecretStr, Field(min_length=1, max_length=1000)]
    new_password: Password


class SwitchWorkspace(Request):
    """Moves the caller's session to another workspace of theirs, in which the next sign-in begins, too. An API key stays in its workspace."""

    workspace_id: WorkspaceId


class Membership(Answer):
    """A workspace, and the caller's role in it."""

    id: int
    name: str
    role: Role


class Session(Answer):
    """Who is signed in, in which workspace, and what they may do."""

    user: User
    workspace: Membership
    workspaces: list[Membership]
    """The workspaces that the caller is a member of and may switch to, this one included, by name; with an API key only this one."""
    several_workspaces: bool
    """Whether there are several workspaces that the caller is a member of or administers. Until then no page says anything about workspaces."""
    permissions: list[str]
    via: SignInMethod
    csrf_token: str | None
    """Send it as `X-CSRF-Token` with every change that is made by cookie."""
    expires_at: datetime | None
