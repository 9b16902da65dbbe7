"""Protects against forged requests: a change by cookie needs a token that only our own pages can read."""

import hmac
import ipaddress
import re
from typing import Final

from interlock.api.auth.principal import Principal
from interlock.errors import CsrfRefused

_HOST: Final = re.compile(r"(?:\[(?P<address>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._~-]+))(?::[0-9]{0,5})?")
"""One name or address and perhaps a port, and nothing else: `[::1].example.org` is none."""


def csrf_token(principal: Principal) -> str:
    """Returns what a change by cookie must send as `X-CSRF-Token`; empty for a principal without a cookie."""
    return principal.csrf_token or ""


def check_csrf(principal: Principal | None, *, token: str | None, origin: str | None, own_origin: str) -> None:
    """Checks that one of our own pages asks for a change. API keys and JWTs pass, because no browser adds them by
    itself. A sign-in has no token yet, only an origin.

    Raises:
        CsrfRefused: the token is missing or belongs to another session, or a page of another origin asks.
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
        raise CsrfRefused("the CSRF token is missing, or belongs to another session", hint="send `csrf_token` of GET /api/v1/session as X-CSRF-Token")


def check_host(host: str | None, *, listening_at: str) -> None:
    """Refuses a request to the loopback address under another machine's name.

    A page of any site can let its own name lead to 127.0.0.1 (DNS rebinding); its requests then come from its own origin. Behind a proxy, and
    where other machines reach this one, any name is allowed.

    Args:
        host: the header `Host`; None if it is missing, which no browser does.
        listening_at: the host that REST listens at.

    Raises:
        CsrfRefused: the name is not one of this machine.
    """
    if host is None or not is_loopback(listening_at):
        return
    if not is_loopback(host_name(host)):
        raise CsrfRefused(
            f"{host[:200]!r} is not a name of this machine, so the request may come from a foreign page",
            hint="open http://localhost with the port; behind a proxy, set INTERLOCK_PUBLIC_URL to the address that browsers use",
        )


def host_name(host: str) -> str:
    """Returns the name or address in a header `Host`, in lower case and without brackets; empty if the header is not of the form `name:port`."""
    found = _HOST.fullmatch(host)
    return "" if found is None else (found["address"] or found["name"]).lower()


def is_loopback(name: str) -> bool:
    """Returns whether a name or an address always leads to the machine that looks it up."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
