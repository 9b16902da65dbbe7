"""`ACTION_NODE/HTTP_REQUEST`."""

import os
import ssl
from types import MappingProxyType
from typing import TYPE_CHECKING

from interlock.nodes.action_node.http_request.addresses import SETTING, PrivateHosts
from interlock.nodes.action_node.http_request.errors import ERRORS
from interlock.nodes.action_node.http_request.parameters import HttpRequestParameters
from interlock.nodes.action_node.http_request.proxies import Proxies
from interlock.nodes.action_node.http_request.url import join_url
from interlock.nodes.contract import NodeExecutionContext, NodeExecutor
from interlock.nodes.results import Completed

if TYPE_CHECKING:
    from interlock.nodes.action_node.http_request.client import HttpClient
    from interlock.nodes.action_node.http_request.transport import Resolver


class HttpRequest(NodeExecutor[HttpRequestParameters]):
    """Sends one HTTP request. Its output is the response: `{"status", "headers", "body", "body_type"}`.

    **The URL.** A template before the first `/` after the host is a part of the server's address and stays as it is: it may hold the whole beginning
    of a URL. After that, everything in a value but letters, digits, `-`, `.`, `_` and `~` is percent-encoded, a `/`, `?` or `%` too, and a value that
    would make a segment `..` is refused. To put several parts into a URL with one value, write the URL as one expression: `{{ base + path }}`.

    **The body of the response** is `body`, and `body_type` says what it is: `json`, `text`, `base64` or `empty`. An empty body is null, whatever its
    type and `response` say; where JSON is expected, so is white space alone. `response: auto` reads JSON where the content type is
    `application/json`, `text/json` or ends with `+json`; text where it is `text/*`, a written format such as XML, or names a charset; everything else
    is base64. The charset that the content type names is used for text and JSON; without one, a byte order mark, else UTF-8. What cannot be read as
    it says (an unknown charset, bytes that are not in it, broken JSON) is marked: `body_problem` has the reason, and the body is the text, or base64
    where there is none. With `response: json` or `text` the node fails instead.

    **Attempts.** Each request of a visit sends the header `Idempotency-Key`, which is the same for all attempts. After a redirect to another server
    it is a digest, which tells that server nothing; a key that you set in `headers` is not sent there. Another attempt follows a timeout, a lost
    connection and a status in `retry_on_status`; any other unexpected status is final. `Retry-After`, in seconds or as a date, is kept as
    `retry_after_seconds` of the error, and the next attempt waits so long, or longer if the retry policy says so. Of several such headers the longest
    counts, and one of more than a day counts as a day.

    **Addresses** that are not public are refused, also after a redirect. To reach one, the node needs `allow_private_addresses`, and the operator of
    the worker has to allow it with `INTERLOCK_HTTP_ALLOW_PRIVATE`: host names, addresses and networks, separated by commas, or `*` for everything but
    cloud metadata and the rest of 169.254.0.0/16. An error shows the origin of the URL and never the rest of it. A `credential` is sent to the origin
    of the URL if this is one of its `allowed_hosts`, and never to another origin after a redirect.

    **Proxies.** Requests go through the proxy that `INTERLOCK_HTTP_PROXY` of the worker names, else `HTTPS_PROXY` or `HTTP_PROXY` (by the scheme of
    the URL), else `ALL_PROXY`. `INTERLOCK_HTTP_PROXY=direct` uses none. Hosts in `INTERLOCK_HTTP_NO_PROXY`, else in `NO_PROXY`, are reached directly:
    hosts, which stand for those below them, addresses, networks, or `*`, with a port or without; so is this machine, always. Behind a proxy the host
    is checked where this machine can resolve it; a name that it cannot resolve is left to the proxy, unless it is one of an internal network.
    """

    type = "ACTION_NODE"
    subtype = "HTTP_REQUEST"
    parameters = HttpRequestParameters
    errors = ERRORS

    joins = MappingProxyType({"url": join_url})

    def __init__(
        self,
        *,
        private: PrivateHosts | None = None,
        proxies: Proxies | None = None,
        tls: ssl.SSLContext | None = None,
        resolver: "Resolver | None" = None,
    ) -> None:
        self._private = PrivateHosts.parse(os.environ.get(SETTING, "")) if private is None else private
        self._proxies = Proxies.from_environment() if proxies is None else proxies
        self._tls = tls
        self._resolver = resolver
        self._client: HttpClient | None = None

    async def execute(self, context: NodeExecutionContext[HttpRequestParameters]) -> Completed:
        if self._client is None:
            self._client = self._new_client()
        return await self._client.request(context.parameters, context.idempotency_key, context.credentials)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _new_client(self) -> "HttpClient":
        from interlock.nodes.action_node.http_request.client import HttpClient
        from interlock.nodes.action_node.http_request.transport import resolve

        return HttpClient(private=self._private, proxies=self._proxies, tls=self._tls, resolver=self._resolver or resolve)
