"""Makes the requests of `HTTP_REQUEST`: redirects, limits, and what failures mean. Imported when the first request is made."""

import asyncio
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpcore
import httpx

from interlock.json_text import write_json
from interlock.nodes.action_node.http_request.addresses import PrivateHosts
from interlock.nodes.action_node.http_request.body import ACCEPTED_ENCODINGS, present_body, read_body
from interlock.nodes.action_node.http_request.parameters import HttpRequestParameters, Scalar, matches
from interlock.nodes.action_node.http_request.transport import CheckedTransport, Resolver, resolve
from interlock.nodes.credential import (
    HEADER_NAME,
    HEADER_VALUE,
    HEADERS_FOR_ANYONE,
    HEADERS_OF_THE_CONNECTION,
    HEADERS_WITHOUT_SECRETS,
    NO_CREDENTIALS,
    Credential,
    Credentials,
)
from interlock.nodes.errors import FinalError, NodeError, RetryableError
from interlock.nodes.results import Completed
from interlock.tracing import inject

_EXCERPT_BYTES = 2048
_PORTS = {"http": 80, "https": 443}


class HttpClient:
    """The connections for all requests of a worker.

    Args:
        private: what the operator permits besides public addresses.
        tls: whom to trust; by default whom httpx trusts (`SSL_CERT_FILE` adds to it).
        resolver: how names become addresses.
    """

    def __init__(self, *, private: PrivateHosts, tls: ssl.SSLContext | None = None, resolver: Resolver = resolve) -> None:
        self._private = private
        self._tls = tls
        self._resolver = resolver
        self._transports: dict[bool, CheckedTransport] = {}

    async def request(self, parameters: HttpRequestParameters, idempotency_key: str, credentials: Credentials = NO_CREDENTIALS) -> Completed:
        """Returns the response as an output.

        Raises:
            NodeError: as `HttpRequest` says.
        """
        request = _build_request(parameters, idempotency_key, credentials)
        inject(request.headers)
        try:
            async with asyncio.timeout(parameters.timeout_seconds):
                return await self._exchange(request, parameters, credentials)
        except TimeoutError:
            message = f"{_name(request)} did not answer completely within {parameters.timeout_seconds:g} s"
            raise RetryableError("http_timeout", message, details={"timeout_seconds": parameters.timeout_seconds}) from None

    async def close(self) -> None:
        transports, self._transports = self._transports, {}
        for transport in transports.values():
            await transport.aclose()

    async def _exchange(self, request: httpx.Request, parameters: HttpRequestParameters, credentials: Credentials) -> Completed:
        transport = await self._transport(private=parameters.allow_private_addresses)
        for hops_left in range(parameters.max_redirects, -1, -1):
            response = await _send(transport, request, credentials)
            try:
                if parameters.max_redirects == 0 or not response.has_redirect_location:
                    return await _give(request, response, parameters, credentials)
                if hops_left == 0:
                    break
                request = _follow(request, response)
            finally:
                await response.aclose()
        raise FinalError("too_many_redirects", f"{_name(request)} still redirects after {parameters.max_redirects} redirects")

    async def _transport(self, *, private: bool) -> CheckedTransport:
        """Returns the client of a policy. A connection to a private address is never reused by a definition that did not ask for one."""
        if private not in self._transports:
            if self._tls is None:
                self._tls = await asyncio.to_thread(httpx.create_ssl_context)
            self._transports.setdefault(private, CheckedTransport(private=self._private if private else None, tls=self._tls, resolver=self._resolver))
        return self._transports[private]


def _build_request(parameters: HttpRequestParameters, idempotency_key: str, credentials: Credentials) -> httpx.Request:
    headers = httpx.Headers({"accept": "*/*", "accept-encoding": ACCEPTED_ENCODINGS, "user-agent": "interlock"})
    for name, value in parameters.headers.items():
        if name.strip().lower() in HEADERS_OF_THE_CONNECTION:
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
            url = url.copy_merge_params({key: _texts(value) for key, value in parameters.query.items() if value is not None})
        if url.userinfo:
            headers.setdefault("Authorization", _basic(url.username, url.password))
        if "credential" in credentials:
            credentials["credential"].check_host(url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme])
            headers.update(_proof(credentials["credential"]))
        return httpx.Request(parameters.method, url, headers=headers, **_body(parameters, headers))
    except (httpx.InvalidURL, UnicodeError, TypeError, ValueError):
        raise FinalError("url_refused", "the url, a header or the body cannot be sent: it is not valid") from None


def _check_url(url: httpx.URL) -> None:
    if url.scheme not in ("http", "https") or not url.host:
        raise FinalError(
            "url_refused", f"the url has the scheme {url.scheme[:20]!r} and {'a' if url.host else 'no'} host; http or https and a host are needed"
        )


def _body(parameters: HttpRequestParameters, headers: httpx.Headers) -> dict[str, Any]:
    if parameters.json_body is not None:
        headers.setdefault("Content-Type", "application/json")
        return {"content": write_json(parameters.json_body)}
    if parameters.form is not None:
        return {"data": {key: _texts(value) for key, value in parameters.form.items()}}
    return {} if parameters.body is None else {"content": parameters.body.encode()}


def _text(value: Scalar) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _texts(value: Scalar | list[Scalar]) -> str | list[str]:
    return [_text(item) for item in value] if isinstance(value, list) else _text(value)


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
    if not HEADER_NAME.fullmatch(name) or name.lower() in HEADERS_WITHOUT_SECRETS:
        message = f"the credential {credential.name!r} cannot be sent: {name[:100]!r} is no header that a secret is sent in"
        raise FinalError("credential_unusable", message, hint="save its values again with the name of another header")
    if not HEADER_VALUE.fullmatch(value):
        message = f"the credential {credential.name!r} cannot be sent: headers are made of visible ASCII characters, without spaces around them"
        raise FinalError("credential_unusable", message, hint="save its values again")
    return {name: value}


async def _send(transport: CheckedTransport, request: httpx.Request, credentials: Credentials) -> httpx.Response:
    try:
        return await transport.handle_async_request(request)
    except NodeError:
        raise
    except (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol) as error:
        raise FinalError("request_refused", f"{_name(request)}: the request cannot be sent ({type(error).__name__})") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
        raise _connection_error(request, error, credentials) from None


def _connection_error(request: httpx.Request, error: Exception, credentials: Credentials) -> NodeError:
    reason = credentials.cut(str(error) or type(error).__name__, 300)
    if "CERTIFICATE_VERIFY_FAILED" in reason:
        return FinalError("certificate_refused", f"{_name(request)}: the server's certificate is not trusted", details={"reason": reason})
    return RetryableError("http_connection", f"{_name(request)}: {reason}", details={"error": type(error).__name__})


async def _give(request: httpx.Request, response: httpx.Response, parameters: HttpRequestParameters, credentials: Credentials) -> Completed:
    expected = matches(response.status_code, parameters.expected_status)
    try:
        body = await read_body(
            response.aiter_raw(),
            encoding=response.headers.get("content-encoding", ""),
            declared=response.headers.get("content-length") if request.method != "HEAD" else None,
            limit=parameters.max_response_bytes if expected else _EXCERPT_BYTES + credentials.masker.margin,
            cut=not expected,
        )
    except NodeError:
        if expected:
            raise
        body = b""
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
        raise _connection_error(request, error, credentials) from None
    if not expected:
        raise _unexpected(request, response, body, parameters, credentials)
    shown = present_body(body, content_type=response.headers.get("content-type", ""), charset=response.charset_encoding, form=parameters.response)
    return Completed(output={"status": response.status_code, "headers": _headers(response.headers), "body": shown})


def _unexpected(
    request: httpx.Request, response: httpx.Response, body: bytes, parameters: HttpRequestParameters, credentials: Credentials
) -> NodeError:
    status = response.status_code
    is_whole = len(body) < _EXCERPT_BYTES + credentials.masker.margin
    excerpt = credentials.cut(body.decode("utf-8", errors="replace"), _EXCERPT_BYTES, is_whole=is_whole)
    details: dict[str, Any] = {"status": status, "body": excerpt.replace("\x00", "\ufffd")}
    delay = retry_after_seconds(response.headers.get("retry-after"), datetime.now(UTC))
    if delay is not None:
        details["retry_after_seconds"] = delay
    kind = RetryableError if matches(status, parameters.retry_on_status) else FinalError
    return kind("http_status", f"{_name(request)} answered {status} {response.reason_phrase}".rstrip(), details=details)


def retry_after_seconds(header: str | None, now: datetime) -> float | None:
    """Returns the delay that a `Retry-After` header asks for, in seconds or as a date; None if it has neither."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header) if len(header) < 10 else None
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value.replace("\x00", "\ufffd") for name, value in headers.items()}


def _follow(request: httpx.Request, response: httpx.Response) -> httpx.Request:
    """Returns the next request, as browsers and RFC 9110 make it: 303, and 301 or 302 after a POST, become a GET without a body."""
    try:
        url = request.url.join(response.headers["location"])
        _check_url(url)
    except (httpx.InvalidURL, ValueError):
        raise FinalError("url_refused", f"{_name(request)} redirects to an address that is not valid") from None
    status, method = response.status_code, request.method
    becomes_get = (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST")
    same_origin = _origin(url) == _origin(request.url)
    left_out = {"host", "content-length"} | ({"content-type"} if becomes_get else set())
    # Any other header may be a secret, and is not sent when a redirect leads to another origin.
    headers = {name: value for name, value in request.headers.items() if name not in left_out and (same_origin or name in HEADERS_FOR_ANYONE)}
    return httpx.Request(
        "GET" if becomes_get else method, url.copy_with(userinfo=b""), headers=headers, content=None if becomes_get else request.content
    )


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or _PORTS.get(url.scheme)


def _name(request: httpx.Request) -> str:
    """Returns how errors name a request: only by its origin, because paths and queries may be secret, as those of web hooks are."""
    url = request.url
    port = f":{url.port}" if url.port else ""
    return f"{request.method} {url.scheme}://{url.host}{port}"
