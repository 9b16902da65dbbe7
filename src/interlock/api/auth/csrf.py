"""Changes by cookie have to come from our own pages: they know a token that other pages cannot read."""

import hmac
import ipaddress
from urllib.parse import urlsplit

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


def check_host(host: str | None, *, listening_at: str) -> None:
    """Refuse a request to the loopback address under a name that is not this machine's.

    A page of any site can have its own name lead to 127.0.0.1 (DNS rebinding); what it asks then comes to us from its own origin. Behind a proxy, and
    where other machines reach us, names are whatever somebody gave us.

    Args:
        host: the header `Host`; None where there is none, which no browser does.
        listening_at: where REST is served.

    Raises:
        CsrfRefused: the name is another's.
    """
    if host is None or not is_loopback(listening_at):
        return
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        name = ""
    if not is_loopback(name):
        raise CsrfRefused(
            f"{host[:200]!r} is no name of this machine, and nobody else is served here",
            hint="open http://localhost with the port; behind a proxy, set INTERLOCK_PUBLIC_URL to the address that browsers use",
        )


def is_loopback(name: str) -> bool:
    """Whether a name or an address leads to this machine wherever it is looked up."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
