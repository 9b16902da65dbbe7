"""Finds out who sent an HTTP request, and checks that a change by cookie is not forged."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from interlock.api.auth.authenticate import authenticate
from interlock.api.auth.csrf import check_csrf, check_host
from interlock.api.auth.permissions import Permission
from interlock.api.auth.principal import Principal
from interlock.api.call import Services
from interlock.api.operations import Operation
from interlock.api.settings import ApiSettings
from interlock.errors import NotSignedIn, WorkspaceSwitched

SESSION_COOKIE: Final = "interlock_session"
SESSION_COOKIE_OF_HTTPS: Final = f"__Host-{SESSION_COOKIE}"
"""Browsers accept a cookie of this name only from this host over https, so no other subdomain can set one."""
WORKSPACE_HEADER: Final = "X-Workspace-Id"
"""The workspace that a request is meant for. A page sends it, because another tab can move the session to another workspace."""


async def find_caller(request: HttpRequest, services: Services, operation: Operation) -> Principal | None:
    """Returns the user who sent the request; None if no proof came, or if it is not valid and the operation needs none.

    Raises:
        NotSignedIn: the proof is not valid.
        CsrfRefused: a change by cookie has no token, or comes from another origin, or under a name that is not ours.
        WorkspaceSwitched: the request is meant for another workspace than the caller is in.
    """
    if operation.permission is Permission.PUBLIC:
        _check_csrf(None, request, services.settings)
        with suppress(NotSignedIn):
            return await find_principal(request, services)
        return None
    principal = await find_principal(request, services)
    if principal is not None:
        _check_workspace(principal, request.headers.get(WORKSPACE_HEADER))  # first: the CSRF token of a session is another one in each workspace
        if operation.method != "GET":
            _check_csrf(principal, request, services.settings)
    return principal


async def find_principal(request: HttpRequest, services: Services) -> Principal | None:
    """Returns the user whom the request's proof belongs to; a header takes precedence over a cookie. Raises as `find_caller`."""
    if services.settings.public_url is None:
        check_host(request.headers.get("host"), listening_at=services.settings.host)
    bearer = _bearer(request)
    cookie = cookie_of(request.headers.getlist("cookie"), session_cookie(services.settings)) if bearer is None else None
    return await authenticate(services, bearer=bearer, cookie=cookie, remote=remote_of(request))


def cookie_of(headers: Iterable[str], name: str) -> str | None:
    """Returns the value of a cookie as it came, the last one if there are several; None if there is none. The headers are those named `Cookie`."""
    pairs = (pair.partition("=") for header in headers for pair in header.split(";"))
    values = [value.strip() for key, _, value in pairs if key.strip() == name]
    return values[-1] if values else None


def remote_of(request: HttpRequest) -> str:
    return request.client.host if request.client is not None else ""


def own_origin(request: HttpRequest, settings: ApiSettings) -> str:
    """Returns the origin of our own pages."""
    if settings.public_url is not None:
        parts = urlsplit(settings.public_url)
        return f"{parts.scheme}://{parts.netloc}"
    return f"{request.url.scheme}://{request.headers.get('host', '')}"


def session_cookie(settings: ApiSettings) -> str:
    """Returns the name of the cookie."""
    return SESSION_COOKIE_OF_HTTPS if _is_https(settings) else SESSION_COOKIE


def set_session_cookie(response: Response, token: str, settings: ApiSettings) -> None:
    response.set_cookie(
        session_cookie(settings),
        token,
        max_age=settings.session_seconds,
        path="/",
        secure=_is_https(settings),
        httponly=True,
        samesite="lax",
    )


def delete_session_cookie(response: Response, settings: ApiSettings) -> None:
    response.delete_cookie(session_cookie(settings), path="/", secure=_is_https(settings), httponly=True, samesite="lax")


def _is_https(settings: ApiSettings) -> bool:
    return (settings.public_url or "").lower().startswith("https:")


def _check_csrf(principal: Principal | None, request: HttpRequest, settings: ApiSettings) -> None:
    check_csrf(
        principal,
        token=request.headers.get("x-csrf-token"),
        origin=request.headers.get("origin"),
        own_origin=own_origin(request, settings),
    )


def _check_workspace(principal: Principal, meant: str | None) -> None:
    if meant is not None and meant != str(principal.workspace_id):
        raise WorkspaceSwitched(
            f"the request is meant for the workspace {meant:.20}, and you are in the workspace {principal.workspace_id} ({principal.workspace})",
            hint="GET /api/v1/session says where you are; load the page again",
        )


def _bearer(request: HttpRequest) -> str | None:
    given = request.headers.get("authorization")
    if given is None:
        return None
    scheme, _, token = given.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotSignedIn("the header Authorization is not of the form `Bearer …`", hint="send an API key or a token as `Authorization: Bearer …`")
    return token.strip()
