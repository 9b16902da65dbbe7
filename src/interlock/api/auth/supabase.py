"""Signs in users of a Supabase project, by its JWTs or by their email and password."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

import jwt
from pydantic import SecretStr

from interlock.api.auth.emails import canonical_email, is_plainly
from interlock.api.auth.fetching import fetch_json
from interlock.api.auth.principal import Principal
from interlock.api.models.users import Role
from interlock.controlplane.accounts import Accounts, InWorkspace, UserRecord
from interlock.errors import IdentityUnavailable, InvalidRequest, NotSignedIn, TooManyTries

if TYPE_CHECKING:
    from interlock.api.call import Services
    from interlock.api.settings import ApiSettings

LEEWAY_SECONDS: Final = 10
AUDIENCE: Final = "authenticated"
ROLE_CLAIM: Final = "interlock_role"
_MADE_TO_BREAK: Final = (ValueError, TypeError, ArithmeticError, RecursionError)
"""What reading a token raises that only looks like a JWT."""
_REQUIRED: Final = ["exp", "sub", "aud", "iss"]
_CHECKED_BY_US: Final = {"verify_aud": False, "verify_iss": False, "verify_exp": True, "verify_nbf": True, "verify_iat": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """What Supabase says about a user. Only the project's admins write `app_metadata`; the user writes `user_metadata`, so it proves nothing."""

    sub: str
    email: str | None
    email_verified: bool
    app_metadata: Mapping[str, Any]
    user_metadata: Mapping[str, Any]

    @property
    def shown(self) -> str:
        return self.email or self.sub


async def user_of_token(services: "Services", token: str) -> tuple[Principal, float]:
    """Returns the user of a JWT of Supabase, and for how many seconds it stays valid.

    Raises:
        NotSignedIn: the token is not valid, or its user is not one of ours.
        IdentityUnavailable: the keys could not be fetched.
    """
    claims = await _verified_claims(services, token)
    known = await _known_user(services, str(claims["sub"]))
    if known is None:
        known = await _admit(services, await _vouched_by_token(services.settings, claims, token))
    return Principal.of(known, via="jwt"), float(claims["exp"]) + LEEWAY_SECONDS - time.time()


async def user_of_password(services: "Services", email: str, password: SecretStr) -> UserRecord | None:
    """Returns the user whom Supabase knows by this email and password; None if it knows nobody by them, or is not configured.

    Raises:
        NotSignedIn: Supabase knows them, but they are not one of our users.
        TooManyTries: Supabase takes no more tries.
        IdentityUnavailable: Supabase did not answer, or not as expected.
    """
    settings = services.settings
    if not settings.supabase_url or not settings.supabase_anon_key:
        return None
    fetched = await fetch_json(
        "POST",
        f"{_auth_url(settings)}/token?grant_type=password",
        headers={"apikey": settings.supabase_anon_key},
        json={"email": email, "password": password.get_secret_value()},
    )
    if fetched.status in {400, 403, 422}:
        return None
    if fetched.status == 429:
        raise TooManyTries("Supabase takes no more tries for the moment", hint="wait a minute")
    user = fetched.body.get("user") if fetched.status == 200 and isinstance(fetched.body, dict) else None
    if not isinstance(user, dict):
        raise IdentityUnavailable(f"Supabase answered a sign-in with {fetched.status}", hint="are SUPABASE_URL and SUPABASE_ANON_KEY right?")
    if any(isinstance(factor, dict) and factor.get("status") == "verified" for factor in user.get("factors") or ()):
        raise NotSignedIn("this Supabase user has a second factor, which cannot be asked for here", hint="sign in with Supabase and send its token")
    vouched = _vouched_by_record(user)
    known = await _known_user(services, vouched.sub) or await _admit(services, vouched)
    return known.user


async def _verified_claims(services: "Services", token: str) -> dict[str, Any]:
    settings = services.settings
    if not settings.supabase_url:
        raise NotSignedIn("JWTs are not accepted here", hint="set SUPABASE_URL to accept those of a Supabase project, or use an API key")
    try:
        header = jwt.get_unverified_header(token)
        algorithm, key = await _key_for(services, header)
        claims = jwt.decode(token, key, algorithms=[algorithm], leeway=LEEWAY_SECONDS, options=_options())
        _check_claims(claims, f"{_auth_url(settings)}")
    except jwt.PyJWTError as error:
        raise NotSignedIn(f"the token is not valid: {error}", hint="sign in with Supabase again") from error
    except _MADE_TO_BREAK as error:
        raise NotSignedIn("the token is not valid: it cannot be read", hint="sign in with Supabase again") from error
    return claims


async def _key_for(services: "Services", header: Mapping[str, Any]) -> tuple[str, Any]:
    """Chooses the algorithm and the key by our own settings. The header must name the same ones; it decides nothing."""
    settings, named = services.settings, str(header.get("alg"))
    if named == "HS256" and settings.supabase_jwt_secret:
        return "HS256", settings.supabase_jwt_secret
    kid = header.get("kid")
    if named not in {"RS256", "ES256"} or not isinstance(kid, str) or len(kid) > 200:
        raise NotSignedIn(f"the token is signed in a way that is not accepted here ({named[:20]})", hint="HS256 needs SUPABASE_JWT_SECRET")
    key = await services.auth.jwks.find(f"{_auth_url(settings)}/.well-known/jwks.json", kid)
    if key is None or key.algorithm_name != named:
        raise NotSignedIn("the token is signed with a key that the Supabase project does not have", hint="is it a token of another project?")
    return key.algorithm_name, key.key


def _check_claims(claims: Mapping[str, Any], issuer: str) -> None:
    role = claims.get("role")
    if role in {"anon", "service_role"}:
        raise NotSignedIn(f"this is the {role} key of the Supabase project, which is not a user", hint="send the access token of a signed-in user")
    missing = [name for name in _REQUIRED if not claims.get(name)]
    if missing:
        raise NotSignedIn(f"the token lacks {', '.join(missing)}")
    if claims["iss"] != issuer:
        raise NotSignedIn("the token is of another issuer", hint=f"only tokens of {issuer} are accepted")
    audience = claims["aud"]
    if AUDIENCE not in (audience if isinstance(audience, list) else [audience]) or role != AUDIENCE:
        raise NotSignedIn("the token is not for signed-in users", hint=f"its aud and role have to be {AUDIENCE}")
    if claims.get("is_anonymous"):
        raise NotSignedIn("this is an anonymous user of Supabase")
    if not isinstance(claims["sub"], str) or len(claims["sub"]) > 200 or not claims["sub"].isprintable():
        raise NotSignedIn("the token has no proper sub")


async def _known_user(services: "Services", sub: str) -> InWorkspace | None:
    user, refused = await Accounts(services.pool).admit_external_user(sub, email=None, verified=False, name="", role=None)
    if refused == "disabled":  # one who was deleted may have been added again, by the email that Supabase knows
        raise NotSignedIn(f"this user was {refused}", hint="an admin can change that")
    return user


async def _vouched_by_token(settings: "ApiSettings", claims: Mapping[str, Any], token: str) -> Vouched:
    """Asks Supabase whether the email was confirmed, which the token does not say; once for each person, and only if the anon key is set."""
    if settings.supabase_anon_key:
        headers = {"apikey": settings.supabase_anon_key, "Authorization": f"Bearer {token}"}
        fetched = await fetch_json("GET", f"{_auth_url(settings)}/user", headers=headers)
        if fetched.status in {401, 403, 404}:
            raise NotSignedIn("Supabase does not accept this token any more", hint="sign in with Supabase again")
        if fetched.status != 200 or not isinstance(fetched.body, dict) or fetched.body.get("id") != claims["sub"]:
            raise IdentityUnavailable(f"Supabase answered with {fetched.status} who a token is", hint="is SUPABASE_ANON_KEY right?")
        return _vouched_by_record(fetched.body)
    return Vouched(
        sub=claims["sub"],
        email=_text(claims.get("email")),
        email_verified=claims.get("email_verified") is True,
        app_metadata=_object(claims.get("app_metadata")),
        user_metadata=_object(claims.get("user_metadata")),
    )


def _vouched_by_record(user: Mapping[str, Any]) -> Vouched:
    sub = _text(user.get("id"))
    if sub is None or user.get("is_anonymous") is True:
        raise NotSignedIn("Supabase names no user")
    return Vouched(
        sub=sub,
        email=_text(user.get("email")),
        email_verified=bool(user.get("email_confirmed_at")),
        app_metadata=_object(user.get("app_metadata")),
        user_metadata=_object(user.get("user_metadata")),
    )


async def _admit(services: "Services", vouched: Vouched) -> InWorkspace:
    email, role = _email_of(vouched), _role_of(vouched)
    verified = vouched.email_verified and email is not None and vouched.email is not None and is_plainly(vouched.email, email)
    name = (
        "".join(letter for letter in _text(vouched.user_metadata.get("full_name")) or email or "" if letter.isprintable())[:100] or vouched.sub[:100]
    )
    user, refused = await Accounts(services.pool).admit_external_user(vouched.sub, email=email, verified=verified, name=name, role=role)
    if user is None:
        _refuse(vouched, refused or "unknown")
    return user


def _email_of(vouched: Vouched) -> str | None:
    try:
        return canonical_email(vouched.email) if vouched.email else None
    except InvalidRequest:
        return None


def _role_of(vouched: Vouched) -> Role | None:
    named = vouched.app_metadata.get(ROLE_CLAIM)
    if named is None:
        return None
    try:
        return Role(named)
    except ValueError:
        raise NotSignedIn(f"app_metadata.{ROLE_CLAIM} of {vouched.shown} is not a role of Interlock", hint=f"one of {', '.join(Role)}") from None


def _refuse(vouched: Vouched, refused: str) -> NoReturn:
    if refused == "email_of_another":
        raise NotSignedIn(
            f"the email {vouched.shown} belongs to another user here",
            hint="an admin can delete that user, or the email has to be confirmed in Supabase",
        )
    if refused == "unknown":
        raise NotSignedIn(
            f"the Supabase user {vouched.shown} is not a user of Interlock",
            hint=f"an admin can add a user with this email (confirmed in Supabase), or set app_metadata.{ROLE_CLAIM} in Supabase",
        )
    raise NotSignedIn(f"this user was {refused}", hint="an admin can change that")


def _auth_url(settings: "ApiSettings") -> str:
    return f"{(settings.supabase_url or '').rstrip('/')}/auth/v1"


def _options() -> Any:
    return {**_CHECKED_BY_US, "require": ["exp"]}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value and "\x00" not in value else None


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
