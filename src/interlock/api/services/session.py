"""Signs users in and out, and changes their passwords."""

from dataclasses import replace
from typing import Final

from pydantic import Field, SecretStr

from interlock.api.auth.authenticate import session_principal
from interlock.api.auth.csrf import csrf_token
from interlock.api.auth.emails import canonical_email, network_of
from interlock.api.auth.passwords import check_password_rules, is_same_password
from interlock.api.auth.permissions import Permission
from interlock.api.auth.principal import Principal
from interlock.api.auth.supabase import user_of_password
from interlock.api.auth.tokens import hash_of, new_session_token
from interlock.api.call import Call
from interlock.api.models.base import Nothing
from interlock.api.models.session import ChangePassword, GetSession, Membership, Session, SignIn, SignOut, SwitchWorkspace
from interlock.api.models.users import Role, User
from interlock.controlplane.accounts import Accounts, PersonRecord, SessionRecord, SignInTry, UserRecord
from interlock.controlplane.workspaces import Workspaces
from interlock.errors import InvalidField, InvalidRequest, NotAllowed, NotSignedIn, SignInRefused, TooManyTries

SHOWN_WORKSPACES: Final = 1_000


class SignedIn(Session):
    """A session with the token for its cookie; no body of an answer has the token."""

    token: SecretStr = Field(exclude=True)


async def sign_in(call: Call, request: SignIn) -> SignedIn:
    """Checks the local account first, then Supabase if it is configured. A session that the browser had before ends.

    Raises:
        SignInRefused: there is no such user with this password, or the user is disabled; the error never says which.
        TooManyTries: too many sign-ins failed, so the password was not checked.
        NotSignedIn: Supabase knows them, but they are not one of our users.
        IdentityUnavailable: the local account does not have this password, and Supabase did not answer.
    """
    remote = network_of(call.remote)
    email = _email_of(request)
    accounts = Accounts(call.services.pool)
    attempt = await _begin(accounts, email, remote)
    verified = await call.services.auth.passwords.verify(request.password, attempt.password_hash)
    user: PersonRecord | None = attempt.user if verified.is_right else None
    if user is None:
        user = await _by_supabase(call, email, request.password, remote)
    token = new_session_token()
    session = user and await accounts.open_session(
        user.id,
        email=email,
        remote=remote,
        token_hash=hash_of(token),
        seconds=call.services.settings.session_seconds,
        verified_hash=attempt.password_hash if verified.is_right else None,
        better_hash=verified.better_hash,
        replaces=call.principal.session_id if call.principal else None,
    )
    if not session:
        await accounts.refuse_sign_in(email, remote, "disabled" if user else "wrong password" if attempt.user else "unknown email")
        raise _refused()
    call.services.auth.proofs.forget()
    return await _signed_in(call, session, token)


async def get_session(call: Call, request: GetSession) -> Session:  # noqa: ARG001  # it has no fields
    """Returns who is signed in, in which workspace, and what they may do."""
    caller = call.caller
    return await _session(call, await call.accounts.get_user(caller.user_id), caller)


async def sign_out(call: Call, request: SignOut) -> Nothing:  # noqa: ARG001  # it has no fields
    """Ends the session. An API key or a JWT has none, so nothing happens to it."""
    if call.caller.session_id is not None:
        await Accounts(call.services.pool).end_session(call.caller.session_id, by=call.caller.name)
        call.services.auth.proofs.forget()
    return Nothing()


async def change_password(call: Call, request: ChangePassword) -> Session:
    """Changes the caller's password and ends all their sessions. A caller with a session gets a new one, as `SignedIn`.

    The new password is checked first: one that is too simple is no failed sign-in, so it brings nobody nearer to a wait.

    Raises:
        SignInRefused: the current password is wrong.
        TooManyTries: as for `sign_in`.
        InvalidRequest: the new password is too simple, or the same.
    """
    caller, remote = call.caller, network_of(call.remote)
    accounts, passwords = call.accounts, call.services.auth.passwords
    check_password_rules(request.new_password, place="new_password", email=caller.name, name=(await accounts.get_user(caller.user_id)).name)
    if is_same_password(request.new_password, request.current_password):
        error = InvalidField(place="new_password", message="it is the current password", code="same", hint="choose another password")
        raise InvalidRequest("new_password: it is the current password", fields=[error])
    attempt = await _begin(accounts, caller.name, remote)
    verified = await passwords.verify(request.current_password, attempt.password_hash)
    if not verified.is_right or attempt.user is None or attempt.user.id != caller.user_id or attempt.password_hash is None:
        await accounts.refuse_sign_in(caller.name, remote, "wrong current password")
        raise SignInRefused(
            "the current password is wrong", hint="a user who signs in only with Supabase has no password here; an admin can make one"
        )
    token = new_session_token() if caller.session_id is not None else None
    changed, session = await accounts.change_password(
        caller.user_id,
        remote=remote,
        verified_hash=attempt.password_hash,
        password_hash=await passwords.hash(request.new_password),
        token_hash=hash_of(token) if token else None,
        seconds=call.services.settings.session_seconds,
    )
    call.services.auth.proofs.forget()
    if not changed:
        raise SignInRefused("somebody changed the password at the same time", hint="sign in with the new one")
    if session and token:
        return await _signed_in(call, session, token)
    return await _session(call, await accounts.get_user(caller.user_id), caller)


async def switch_workspace(call: Call, request: SwitchWorkspace) -> Session:
    """Moves the caller to another workspace. A session gets a new token, so that no process goes on in the workspace before: it is a `SignedIn`.

    Raises:
        WorkspaceNotFound: there is none, or the caller is not a member.
        NotAllowed: the caller is an API key, which stays where it was made.
        NotSignedIn: the session has ended meanwhile.
    """
    caller = call.caller
    if caller.via == "api_key":
        raise NotAllowed(f"an API key stays in its workspace: this one is of {caller.workspace}", hint="make a key in the other workspace")
    accounts = Accounts(call.services.pool)
    token = new_session_token() if caller.session_id is not None else None
    is_there, session = await accounts.switch_workspace(
        caller.user_id,
        session_id=caller.session_id,
        workspace_id=request.workspace_id,
        token_hash=hash_of(token) if token else None,
        seconds=call.services.settings.session_seconds,
        by=caller.name,
    )
    call.services.auth.proofs.forget()
    if not is_there:
        raise NotSignedIn("the session has ended", hint="sign in again")
    if session and token:
        return await _signed_in(call, session, token)
    moved = await Workspaces(call.services.pool).get_workspace(request.workspace_id, caller.user_id)
    user = await Accounts(call.services.pool, moved.id).get_user(caller.user_id)
    return await _session(call, user, replace(caller, workspace_id=moved.id, workspace=moved.name, role=Role(user.role)))


def user_answer(record: UserRecord) -> User:
    """Makes the answer for a user."""
    return User.model_validate(record)


def _email_of(request: SignIn) -> str:
    try:
        return canonical_email(request.email)
    except InvalidRequest as error:
        raise _refused() from error


async def _begin(accounts: Accounts, email: str, remote: str) -> SignInTry:
    attempt = await accounts.begin_sign_in(email, remote)
    if attempt.wait_seconds is not None:
        raise TooManyTries(
            f"too many sign-ins failed: try again in {attempt.wait_seconds} s",
            hint="wait, then try again",
            retry_after_seconds=attempt.wait_seconds,
        )
    return attempt


async def _by_supabase(call: Call, email: str, password: SecretStr, remote: str) -> UserRecord | None:
    try:
        return await user_of_password(call.services, email, password)
    except NotSignedIn:
        await Accounts(call.services.pool).refuse_sign_in(email, remote, "not a user here")
        raise


def _refused() -> SignInRefused:
    return SignInRefused("there is no such user with this password", hint="an admin can make a new one-time password")


async def _signed_in(call: Call, session: SessionRecord, token: str) -> SignedIn:
    answer = await _session(call, session.user, session_principal(session, token))
    return SignedIn(**dict(answer), token=SecretStr(token))


async def _session(call: Call, user: UserRecord, caller: Principal) -> Session:
    workspaces = Workspaces(call.services.pool, caller.workspace_id if caller.via == "api_key" else None)
    found = await workspaces.list_workspaces(caller.user_id, limit=SHOWN_WORKSPACES)
    several = len(found) > 1
    if not several and caller.may(Permission.WORKSPACES_MANAGE):
        several = len(await workspaces.list_workspaces(caller.user_id, every=True, limit=2)) > 1
    return Session(
        user=user_answer(user),
        workspace=Membership(id=caller.workspace_id, name=caller.workspace, role=Role(user.role)),
        workspaces=[Membership.model_validate(one) for one in found],
        several_workspaces=several,
        permissions=sorted(permission for permission in Permission if caller.may(permission)),
        via=caller.via,
        csrf_token=csrf_token(caller) or None,
        expires_at=caller.expires_at,
    )
