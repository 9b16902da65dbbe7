"""Changes by cookie have to come from our own pages: they know a token that other pages cannot read."""

import hmac

from interlock.api.auth.principal import Principal
from interlock.errors import CsrfRefused


def csrf_token(principal: Principal) -> str:
    """What a change by cookie carries as `X-CSRF-Token`; empty where the principal did not come by cookie."""
    return principal.csrf_token or ""


def check_csrf(principal: Principal | None, *, token: str | None, origin: str | None, own_origin: str) -> None:
    """Let a change pass or refuse it. API keys and JWTs pass: no browser adds them by itself. A sign-in has no token yet, only an origin.

    Raises:
        CsrfRefused: the token is missing or of another session, or a page of another origin asks.
    """
    if principal is not None and principal.via != "session":
        return
    if origin is not None and origin.rstrip("/").lower() != own_origin.rstrip("/").lower():
        raise CsrfRefused(
            f"a page of {origin[:200]} may not change anything here", hint=f"only pages of {own_origin} may; INTERLOCK_PUBLIC_URL says which"
        )
    if principal is None:
        return
    expected = csrf_token(principal)
    if not expected or not hmac.compare_digest((token or "").encode("utf-8", "surrogatepass"), expected.encode()):
        raise CsrfRefused("the CSRF token is missing, or of another session", hint="send `csrf_token` of GET /api/v1/session as X-CSRF-Token")
