"""Signing in and out."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from interlock.api.models.base import Answer, Request
from interlock.api.models.users import Email, Password, User

SignInMethod = Literal["session", "api_key", "jwt"]
"""How the caller proved who they are."""


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


class Session(Answer):
    """Who is signed in, and what they may do."""

    user: User
    permissions: list[str]
    via: SignInMethod
    csrf_token: str | None
    """To be sent as `X-CSRF-Token` with every change that is made by cookie."""
    expires_at: datetime | None
