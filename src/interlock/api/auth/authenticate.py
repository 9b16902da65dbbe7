"""Finds out who sent a request, from the proof that came with it."""

import logging
from typing import TYPE_CHECKING, Final

from interlock.api.auth.permissions import contains
from interlock.api.auth.principal import Principal
from interlock.api.auth.supabase import user_of_token
from interlock.api.auth.tokens import KEY_PREFIX, csrf_token_of, hash_of
from interlock.api.models.users import Role
from interlock.api.shared_pool import connections_for
from interlock.controlplane.accounts import Accounts, ProvenKey, SessionRecord
from interlock.errors import NotSignedIn

if TYPE_CHECKING:
    from interlock.api.call import Services

LONGEST_PROOF: Final = 16_384

_logger = logging.getLogger("interlock.api.auth")


async def authenticate(services: "Services", *, bearer: str | None, cookie: str | None, remote: str) -> Principal | None:
    """Returns the user whom the proof belongs to; None if no proof came. A bearer token takes precedence over a cookie.

    Args:
        services: of this process.
        bearer: what follows `Bearer ` in the header `Authorization`: an API key or a JWT of Supabase.
        cookie: the value of the cookie `interlock_session`.
        remote: the caller's address, for the log.

    Raises:
        NotSignedIn: the proof is not valid, or no longer.
        IdentityUnavailable: the keys of Supabase could not be fetched.
    """
    proof = bearer if bearer is not None else cookie
    if not proof and bearer is None:
        return None
    asked_at = services.auth.proofs.clock()
    try:
        if not proof or len(proof) > LONGEST_PROOF:
            raise NotSignedIn("the bearer token is empty or too long", hint="send an API key (il_…) or a JWT")
        known = services.auth.proofs.find(_named(proof, bearer))
        if known is not None:
            return known
        with connections_for("authentication"):
            principal, seconds_left = await _prove(services, proof, is_bearer=bearer is not None)
    except NotSignedIn as refused:
        _logger.info("a proof was refused", extra={"remote": remote, "reason": refused.message})
        raise
    services.auth.proofs.keep(_named(proof, bearer), principal, asked_at=asked_at, seconds_left=seconds_left)
    return principal


async def _prove(services: "Services", proof: str, *, is_bearer: bool) -> tuple[Principal, float | None]:
    if not is_bearer:
        return await _by_session(services, proof)
    if proof.startswith(KEY_PREFIX):
        return await _by_api_key(services, proof)
    if proof.count(".") == 2:
        return await user_of_token(services, proof)
    raise NotSignedIn("the bearer token is neither an API key nor a JWT", hint="API keys begin with il_")


def session_principal(session: SessionRecord, token: str) -> Principal:
    """The user of a session. A user who signed in with Supabase does not have to change a one-time password of ours."""
    return Principal.of(
        session,
        via="session",
        session_id=session.id,
        csrf_token=csrf_token_of(token, session.workspace_id),
        expires_at=session.expires_at,
        must_change_password=session.user.must_change_password and session.proved_by == "password",
    )


async def _by_session(services: "Services", token: str) -> tuple[Principal, float]:
    session = await Accounts(services.pool).find_session(hash_of(token), services.settings.session_seconds)
    if session is None:
        raise NotSignedIn("the session has ended", hint="sign in again")
    return session_principal(session, token), session.seconds_left


async def _by_api_key(services: "Services", key: str) -> tuple[Principal, float | None]:
    proven = await Accounts(services.pool).find_api_key(hash_of(key))
    if proven is None:
        raise NotSignedIn("the API key is not valid: unknown, expired, revoked, or its user was disabled", hint="make another")
    return _key_principal(proven), proven.seconds_left


def _key_principal(proven: ProvenKey) -> Principal:
    """A key allows what both its own role and the present role of its owner allow."""
    of_key, of_owner = Role(proven.role), Role(proven.user.role)
    role = of_owner if contains(of_key, of_owner) else of_key
    return Principal.of(
        proven,
        via="api_key",
        role=role,
        limited_to=None if contains(of_owner, role) else of_owner,
        api_key_id=proven.id,
        must_change_password=proven.user.must_change_password,
    )


def _named(proof: str, bearer: str | None) -> str:
    return f"{'cookie' if bearer is None else 'bearer'} {proof}"
