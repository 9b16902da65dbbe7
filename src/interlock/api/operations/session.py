"""Signing in and out."""

from typing import Final

from interlock.api.auth.permissions import Permission
from interlock.api.models.base import Nothing
from interlock.api.models.session import ChangePassword, GetSession, Session, SignIn, SignOut, SwitchWorkspace
from interlock.api.operations.operation import Operation, Repeat, Service
from interlock.errors import NotAllowed, NotSignedIn, SignInRefused, TooManyTries, UserNotFound, WorkspaceNotFound

SERVICE: Final[Service] = "session"

OPERATIONS: Final = (
    Operation(
        name="sign_in",
        service=SERVICE,
        rest="POST /session",
        permission=Permission.PUBLIC,
        request=SignIn,
        answer=Session,
        repeat=Repeat.ACTS_AGAIN,
        session="begins",
        errors=(NotSignedIn, SignInRefused, TooManyTries),
    ),
    Operation(
        name="get_session",
        service=SERVICE,
        rest="GET /session",
        permission=Permission.ACCOUNT,
        request=GetSession,
        answer=Session,
        errors=(UserNotFound,),
    ),
    Operation(
        name="sign_out",
        service=SERVICE,
        rest="DELETE /session",
        permission=Permission.ACCOUNT,
        request=SignOut,
        answer=Nothing,
        status=204,
        repeat=Repeat.ACTS_AGAIN,
        session="ends",
    ),
    Operation(
        name="change_password",
        service=SERVICE,
        rest="PUT /session/password",
        permission=Permission.ACCOUNT,
        request=ChangePassword,
        answer=Session,
        repeat=Repeat.ACTS_AGAIN,
        session="begins",
        errors=(SignInRefused, TooManyTries, UserNotFound),
    ),
    Operation(
        name="switch_workspace",
        service=SERVICE,
        rest="PUT /session/workspace",
        permission=Permission.ACCOUNT,
        request=SwitchWorkspace,
        answer=Session,
        repeat=Repeat.ACTS_AGAIN,
        session="begins",
        errors=(NotAllowed, UserNotFound, WorkspaceNotFound),
    ),
)
