"""Builds the requests of `HTTP_REQUEST`: the first one from the parameters, the next ones from redirects."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx

from interlock.json_text import write_json
from interlock.nodes.action_node.http_request.addresses import PORTS
from interlock.nodes.action_node.http_request.body import ACCEPTED_ENCODINGS
from interlock.nodes.action_node.http_request.parameters import HttpRequestParameters, Scalar
from interlock.nodes.credential import (
    HEADER_NAME,
    HEADER_VALUE,
    HEADERS_FOR_ANYONE,
    HEADERS_OF_THE_CONNECTION,
    HEADERS_WITHOUT_SECRETS,
    Credential,
    Credentials,
)
from interlock.nodes.errors import FinalError

KEY_HEADER = "idempotency-key"
HEADERS_OF_THE_PROXY = frozenset({"proxy-authorization", "proxy-connection", "proxy-authenticate"})


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitKey:
    """The idempotency key for every request of a visit.

    The server that was asked first gets the key itself, also after it has redirected to its own address with TLS. Another server that a redirect
    leads to gets a digest of the key and of its own address: it is the same for each attempt, and says nothing about the execution. A key that the
    author has set may be a secret or tell who a customer is, so another server gets none.

    Attributes:
        value: None if there is none.
        is_own: whether the author has set it.
        first: the URL that was asked first.
    """

    value: str | None
    is_own: bool
    first: httpx.URL

    @classmethod
    def of(cls, request: httpx.Request, idempotency_key: str) -> "VisitKey":
        value = request.headers.get(KEY_HEADER)
        return cls(value=value, is_own=value != idempotency_key, first=request.url)

    def headers_for(self, url: httpx.URL) -> dict[str, str]:
        if not self.value:
            return {}
        if _origin(url) == _origin(self.first) or _is_upgrade(self.first, url):
            return {KEY_HEADER: self.value}
        if self.is_own:
            return {}
        scheme, host, port = _origin(url)
        return {KEY_HEADER: hashlib.sha256(f"{self.value} {scheme}://{host}:{port}".encode()).hexdigest()}


def build_request(parameters: HttpRequestParameters, idempotency_key: str, credentials: Credentials) -> httpx.Request:
    headers = httpx.Headers({"accept": "*/*", "accept-encoding": ACCEPTED_ENCODINGS, "user-agent": "interlock"})
    for name, value in parameters.headers.items():
        if name.strip().lower() in HEADERS_OF_THE_CONNECTION | HEADERS_OF_THE_PROXY:
            raise FinalError("header_refused", f"the header {name[:100]!r} is set by the connection itself")
        if any(character in f"{name}{value}" for character in "\r\n\x00"):
            raise FinalError("header_refused", f"the header {name[:100]!r} contains a line break")
        headers[name] = _text(value)
    if idempotency_key:
        headers.setdefault("Idempotency-Key", idempotency_key)
    try:
        url = httpx.URL(parameters.url)
        _check_url(url)
        if parameters.query:
            url = _with_query(url, {key: value for key, value in parameters.query.items() if value is not None})
        if url.userinfo:
            headers.setdefault("Authorization", _basic(url.username, url.password))
        if "credential" in credentials:
            credentials["credential"].check_host(url.raw_host.decode("ascii"), url.port or PORTS[url.scheme])
            headers.update(_proof(credentials["credential"]))
        return httpx.Request(parameters.method, url, headers=headers, **_body(parameters, headers))
    except (httpx.InvalidURL, UnicodeError, TypeError, ValueError):
        raise FinalError("url_refused", "the url, a header or the body cannot be sent: it is not valid") from None


def _check_url(url: httpx.URL) -> None:
    if url.scheme not in ("http", "https") or not url.host:
        raise FinalError(
            "url_refused", f"the url has the scheme {url.scheme[:20]!r} and {'a' if url.host else 'no'} host; http or https and a host are needed"
        )


def _with_query(url: httpx.URL, query: Mapping[str, Scalar | list[Scalar]]) -> httpx.URL:
    """Returns the URL with parameters behind those that it has. Those stay as they were written, also those of the same name."""
    added = urlencode(_pairs(query)).encode("ascii")
    return url.copy_with(query=b"&".join(part for part in (url.query, added) if part)) if added else url


def _body(parameters: HttpRequestParameters, headers: httpx.Headers) -> dict[str, Any]:
    """Returns the body as httpx takes it. What is null is no body; an empty text and an empty form are bodies without a byte."""
    if parameters.json_body is not None:
        headers.setdefault("Content-Type", "application/json")
        return {"content": write_json(parameters.json_body)}
    if parameters.form is not None:
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        return {"content": urlencode(_pairs(parameters.form)).encode("ascii")}
    return {} if parameters.body is None else {"content": parameters.body.encode()}


def _pairs(values: Mapping[str, Scalar | list[Scalar]]) -> list[tuple[str, str]]:
    return [(key, _text(item)) for key, value in values.items() for item in (value if isinstance(value, list) else [value])]


def _text(value: Scalar) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _basic(username: str, password: str) -> str:
    request = next(httpx.BasicAuth(username, password).auth_flow(httpx.Request("GET", "http://unused")))
    return str(request.headers["Authorization"])


def _proof(credential: Credential) -> dict[str, str]:
    """Returns the header that carries a credential. It replaces any other header of that name."""
    if credential.kind == "basic":
        return {"Authorization": _basic(credential.field("username"), credential.field("password"))}
    if credential.kind == "header":
        name, value = credential.field("name"), credential.field("value")
    else:
        name, value = "Authorization", f"Bearer {credential.field('token')}"
    if not HEADER_NAME.fullmatch(name) or name.lower() in HEADERS_WITHOUT_SECRETS | HEADERS_OF_THE_PROXY:
        message = f"the credential {credential.name!r} cannot be sent: {name[:100]!r} is no header that a secret is sent in"
        raise FinalError("credential_unusable", message, hint="save its values again with the name of another header")
    if not HEADER_VALUE.fullmatch(value):
        message = f"the credential {credential.name!r} cannot be sent: headers are made of visible ASCII characters, without spaces around them"
        raise FinalError("credential_unusable", message, hint="save its values again")
    return {name: value}


def follow(request: httpx.Request, response: httpx.Response, key: VisitKey) -> httpx.Request:
    """Returns the next request, as browsers and RFC 9110 make it: 303, and 301 or 302 after a POST, become a GET without a body."""
    try:
        url = request.url.join(response.headers["location"])
        _check_url(url)
    except (httpx.InvalidURL, ValueError):
        raise FinalError("url_refused", f"{name_of(request)} redirects to an address that is not valid") from None
    status, method = response.status_code, request.method
    becomes_get = (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST")
    same_origin = _origin(url) == _origin(request.url)
    left_out = {"host", "content-length", KEY_HEADER} | ({"content-type"} if becomes_get else set())
    # Any other header may be a secret, and is not sent when a redirect leads to another origin.
    headers = {name: value for name, value in request.headers.items() if name not in left_out and (same_origin or name in HEADERS_FOR_ANYONE)}
    headers |= key.headers_for(url)
    return httpx.Request(
        "GET" if becomes_get else method, url.copy_with(userinfo=b""), headers=headers, content=None if becomes_get else request.content
    )


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or PORTS.get(url.scheme)


def name_of(request: httpx.Request) -> str:
    """Returns how errors name a request: only by its origin, because paths and queries may be secret, as those of web hooks are."""
    url = request.url
    port = f":{url.port}" if url.port else ""
    return f"{request.method} {url.scheme}://{url.host}{port}"


def _is_upgrade(before: httpx.URL, after: httpx.URL) -> bool:
    """Returns whether the second URL is on the same host as the first, with TLS, and both at the usual ports."""
    return _origin(before) == ("http", after.host, 80) and _origin(after) == ("https", after.host, 443)
