"""Makes the requests of `HTTP_REQUEST`: redirects, limits, and what failures mean. Imported when the first request is made."""

import asyncio
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpcore
import httpx

from interlock.nodes.action_node.http_request.addresses import PrivateHosts, Resolver, resolve
from interlock.nodes.action_node.http_request.body import present_body, read_body
from interlock.nodes.action_node.http_request.charsets import charset_of, codec_of
from interlock.nodes.action_node.http_request.parameters import HttpRequestParameters, matches
from interlock.nodes.action_node.http_request.proxies import NO_PROXIES, NO_PROXY_SETTING, PROXY_SETTING, Proxies, Proxy
from interlock.nodes.action_node.http_request.request import VisitKey, build_request, follow, name_of
from interlock.nodes.action_node.http_request.transport import CheckedTransport
from interlock.nodes.credential import NO_CREDENTIALS, Credentials
from interlock.nodes.errors import FinalError, NodeError, RetryableError
from interlock.nodes.results import Completed
from interlock.tracing import inject

LONGEST_DELAY = 86_400.0
_EXCERPT_BYTES = 2048


class HttpClient:
    """The connections for all requests of a worker.

    Args:
        private: what the operator permits besides public addresses.
        proxies: what goes through a proxy.
        tls: whom to trust; by default whom httpx trusts (`SSL_CERT_FILE` adds to it).
        resolver: how names become addresses.
    """

    def __init__(
        self, *, private: PrivateHosts, proxies: Proxies = NO_PROXIES, tls: ssl.SSLContext | None = None, resolver: Resolver = resolve
    ) -> None:
        self._private = private
        self._proxies = proxies
        self._tls = tls
        self._resolver = resolver
        self._transports: dict[tuple[bool, Proxy | None], CheckedTransport] = {}

    async def request(self, parameters: HttpRequestParameters, idempotency_key: str, credentials: Credentials = NO_CREDENTIALS) -> Completed:
        """Returns the response as an output.

        Raises:
            NodeError: as `HttpRequest` says.
        """
        request = build_request(parameters, idempotency_key, credentials)
        inject(request.headers)
        try:
            async with asyncio.timeout(parameters.timeout_seconds):
                return await self._exchange(request, parameters, idempotency_key, credentials)
        except TimeoutError:
            message = f"{name_of(request)} did not answer completely within {parameters.timeout_seconds:g} s"
            raise RetryableError("http_timeout", message, details={"timeout_seconds": parameters.timeout_seconds}) from None

    async def close(self) -> None:
        transports, self._transports = self._transports, {}
        for transport in transports.values():
            await transport.aclose()

    async def _exchange(self, request: httpx.Request, parameters: HttpRequestParameters, idempotency_key: str, credentials: Credentials) -> Completed:
        key = VisitKey.of(request, idempotency_key)
        for hops_left in range(parameters.max_redirects, -1, -1):
            transport = await self._transport(request.url, private=parameters.allow_private_addresses)
            response = await _send(transport, request, credentials)
            try:
                if parameters.max_redirects == 0 or not response.has_redirect_location:
                    return await _give(transport, request, response, parameters, credentials)
                if hops_left == 0:
                    break
                request = follow(request, response, key)
            finally:
                await response.aclose()
        raise FinalError("too_many_redirects", f"{name_of(request)} still redirects after {parameters.max_redirects} redirects")

    async def _transport(self, url: httpx.URL, *, private: bool) -> CheckedTransport:
        """Returns the connections of a policy and a proxy. Those to a private address are never used by a definition that did not ask for one."""
        proxy = self._proxies.find(url.scheme, url.raw_host.decode("ascii"), url.port)
        if (private, proxy) not in self._transports:
            if self._tls is None:
                self._tls = await asyncio.to_thread(httpx.create_ssl_context)
            made = CheckedTransport(private=self._private if private else None, tls=self._tls, resolver=self._resolver, proxy=proxy)
            self._transports.setdefault((private, proxy), made)
        return self._transports[private, proxy]


async def _send(transport: CheckedTransport, request: httpx.Request, credentials: Credentials) -> httpx.Response:
    try:
        return await transport.handle_async_request(request)
    except NodeError:
        raise
    except (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol) as error:
        raise FinalError("request_refused", f"{name_of(request)}: the request cannot be sent ({type(error).__name__})") from None
    except httpcore.ProxyError as error:
        raise _refused_by_proxy(transport, request, str(error)) from None
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
        raise _connection_error(transport, request, error, credentials) from None


def _refused_by_proxy(transport: CheckedTransport, request: httpx.Request, answer: str) -> NodeError:
    status = int(answer[:3]) if answer[:3].isdecimal() else 0
    message = f"{name_of(request)}: the proxy {transport.proxy} refused the connection with {answer[:200]}"
    hint = (
        f"{PROXY_SETTING} of the worker, else HTTPS_PROXY, names the proxy; {NO_PROXY_SETTING}, else NO_PROXY, the hosts that are reached without it"
    )
    kind = RetryableError if status >= 500 or status in (408, 429) else FinalError
    return kind("proxy_refused", message, details={"proxy": str(transport.proxy), "status": status}, hint=hint)


def _connection_error(transport: CheckedTransport, request: httpx.Request, error: Exception, credentials: Credentials) -> NodeError:
    reason = credentials.cut(str(error) or type(error).__name__, 300)
    if transport.proxy is not None:
        reason += f" (through the proxy {transport.proxy})"
    if "CERTIFICATE_VERIFY_FAILED" in reason:
        return FinalError("certificate_refused", f"{name_of(request)}: the server's certificate is not trusted", details={"reason": reason})
    return RetryableError("http_connection", f"{name_of(request)}: {reason}", details={"error": type(error).__name__})


async def _give(
    transport: CheckedTransport, request: httpx.Request, response: httpx.Response, parameters: HttpRequestParameters, credentials: Credentials
) -> Completed:
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
        raise _connection_error(transport, request, error, credentials) from None
    if not expected:
        raise _unexpected(request, response, body, parameters, credentials)
    shown = present_body(body, content_type=response.headers.get("content-type", ""), form=parameters.response)
    return Completed(output={"status": response.status_code, "headers": _headers(response.headers), **shown.to_json()})


def _unexpected(
    request: httpx.Request, response: httpx.Response, body: bytes, parameters: HttpRequestParameters, credentials: Credentials
) -> NodeError:
    status = response.status_code
    is_whole = len(body) < _EXCERPT_BYTES + credentials.masker.margin
    charset = charset_of(response.headers.get("content-type", ""))
    text = body.decode((charset and codec_of(charset)) or "utf-8", errors="replace")
    excerpt = credentials.cut(text, _EXCERPT_BYTES, is_whole=is_whole)
    details: dict[str, Any] = {"status": status, "body": excerpt.replace("\x00", "\ufffd")}
    delay = retry_after_seconds(response.headers.get_list("retry-after"), datetime.now(UTC))
    if delay is not None:
        details["retry_after_seconds"] = delay
    kind = RetryableError if matches(status, parameters.retry_on_status) else FinalError
    return kind("http_status", f"{name_of(request)} answered {status} {response.reason_phrase}".rstrip(), details=details)


def retry_after_seconds(headers: Iterable[str], now: datetime) -> float | None:
    """Returns the delay that `Retry-After` asks for, in seconds or as a date: of several the longest, at most a day; None if none can be read."""
    delays = [delay for header in headers for delay in _delays(header, now)]
    return min(max(delays), LONGEST_DELAY) if delays else None


def _delays(header: str, now: datetime) -> Iterator[float]:
    parts = [part.strip() for part in header.split(",")]
    if all(part.isascii() and part.isdecimal() for part in parts):  # several headers that somebody on the way has joined
        yield from (float(part) if len(part) < 10 else LONGEST_DELAY for part in parts)
        return
    with suppress(ValueError, OverflowError):
        moment = parsedate_to_datetime(header)
        yield max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value.replace("\x00", "\ufffd") for name, value in headers.items()}
