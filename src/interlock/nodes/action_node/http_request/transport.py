"""An httpx transport that connects only to addresses it has checked.

The check is made where the connection is: the host is resolved once, each of its addresses is checked, and the socket is opened to one of these
addresses, not to the name. A name that resolves differently a moment later changes nothing, and a redirect is a connection like any other.
TLS still verifies the certificate against the name.

Through a proxy, the socket is opened to the proxy, which the operator of the worker has named, and the proxy resolves the host. The host is checked
all the same: its addresses if this machine can resolve it, else its name.
"""

import asyncio
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping
from types import MappingProxyType, TracebackType
from typing import Any

import httpcore
import httpx

from interlock.nodes.action_node.http_request.addresses import PORTS, AddressRefused, PrivateHosts, Resolver, is_local_name, refused, resolve
from interlock.nodes.action_node.http_request.proxies import NO_PROXY_SETTING, Proxy
from interlock.nodes.errors import FinalError

_LIMITS: Mapping[str, Any] = MappingProxyType({"max_connections": 100, "max_keepalive_connections": 20, "keepalive_expiry": 15})


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections for httpcore, to checked addresses only."""

    def __init__(self, *, private: PrivateHosts | None, resolver: Resolver) -> None:
        self._private = private
        self._resolver = resolver
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            addresses = await self._resolver(host, port)
        except (OSError, UnicodeError, ValueError) as error:
            raise httpcore.ConnectError(f"{host} cannot be resolved") from error
        bad = refused(host, addresses, private=self._private)
        if bad is not None:
            raise AddressRefused(host, bad, asked=self._private is not None)
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return await self._sockets.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ARG002, ASYNC109
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        raise httpcore.ConnectError("local sockets are not served")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class CheckedTransport(httpx.AsyncBaseTransport):
    """Connects httpx to a pool of httpcore that checks hosts. Use one transport for each policy and proxy, because connections are reused."""

    def __init__(self, *, private: PrivateHosts | None, tls: ssl.SSLContext, resolver: Resolver = resolve, proxy: Proxy | None = None) -> None:
        self.proxy = proxy
        self._private = private
        self._resolver = resolver
        self._pool = _direct_pool(tls, CheckedBackend(private=private, resolver=resolver)) if proxy is None else _proxy_pool(proxy, tls)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.proxy is not None:
            await self._check_behind_proxy(request.url)
        response = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=response.status, headers=response.headers, stream=_BodyStream(response), extensions=_plain_extensions(response.extensions)
        )

    async def _check_behind_proxy(self, url: httpx.URL) -> None:
        host = url.raw_host.decode("ascii")
        if ":" in host:
            message = f"{host} is an address of IPv6, which is not asked from a proxy"
            raise FinalError("proxy_refused", message, hint=f"use a name, or reach it directly: add it to {NO_PROXY_SETTING} of the worker")
        try:
            addresses = await self._resolver(host, url.port or PORTS[url.scheme])
        except (OSError, UnicodeError, ValueError):
            addresses = []
        bad = refused(host, addresses, private=self._private)
        if bad is not None or (not addresses and is_local_name(host) and (self._private is None or not self._private.permits_name(host))):
            raise AddressRefused(host, bad, asked=self._private is not None)

    async def aclose(self) -> None:
        await self._pool.aclose()

    async def __aexit__(
        self, exc_type: type[BaseException] | None = None, exc_value: BaseException | None = None, traceback: TracebackType | None = None
    ) -> None:
        await self.aclose()


def _direct_pool(tls: ssl.SSLContext, backend: httpcore.AsyncNetworkBackend) -> httpcore.AsyncConnectionPool:
    return httpcore.AsyncConnectionPool(ssl_context=tls, network_backend=backend, **_LIMITS)


def _proxy_pool(proxy: Proxy, tls: ssl.SSLContext) -> httpcore.AsyncConnectionPool:
    return httpcore.AsyncHTTPProxy(
        proxy_url=httpcore.URL(scheme=proxy.scheme.encode(), host=proxy.host.encode("ascii"), port=proxy.port, target=b"/"),
        proxy_auth=None if proxy.user is None else (proxy.user[0].encode(), proxy.user[1].encode()),
        ssl_context=tls,
        proxy_ssl_context=tls if proxy.scheme == "https" else None,
        network_backend=httpcore.AnyIOBackend(),
        **_LIMITS,
    )


class _BodyStream(httpx.AsyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        stream = self._response.stream
        assert isinstance(stream, AsyncIterable)
        async for chunk in stream:
            yield chunk

    async def aclose(self) -> None:
        await self._response.aclose()


def _plain_extensions(extensions: Mapping[str, Any]) -> dict[str, Any]:
    return {key: extensions[key] for key in ("http_version", "reason_phrase") if key in extensions}
