"""`ACTION_NODE/HTTP_REQUEST`."""

import os
import ssl
from types import MappingProxyType
from typing import TYPE_CHECKING

from interlock.nodes.action_node.http_request.addresses import SETTING, PrivateHosts, Resolver, resolve
from interlock.nodes.action_node.http_request.errors import ERRORS
from interlock.nodes.action_node.http_request.parameters import HttpRequestParameters
from interlock.nodes.action_node.http_request.proxies import Proxies
from interlock.nodes.action_node.http_request.url import join_url
from interlock.nodes.contract import NodeExecutionContext, NodeExecutor
from interlock.nodes.results import Completed

if TYPE_CHECKING:
    from interlock.nodes.action_node.http_request.client import HttpClient


class HttpRequest(NodeExecutor[HttpRequestParameters]):
    """Sends one HTTP request. Its output is the response: `{"status", "headers", "body", "body_type"}`.

    [HTTP requests](http-requests.md) says in detail what follows here in short.

    After the host of the URL, the values of templates are percent-encoded. `body` is JSON, text or base64, as the content type and its charset say,
    or null if it is empty, and `body_type` says which; `body_problem` is there where the body is not what its content type says.

    Each request sends the header `Idempotency-Key`, which is the same for all attempts of a visit. Another attempt follows a timeout, a lost
    connection and a status in `retry_on_status`, not before `Retry-After` has passed; any other unexpected status is final.

    Addresses that are not public are refused, also after a redirect. To reach one, the node needs `allow_private_addresses`, and the operator of the
    worker has to allow it with `INTERLOCK_HTTP_ALLOW_PRIVATE`. Requests go through the proxy that `INTERLOCK_HTTP_PROXY`, else `HTTPS_PROXY` or
    `HTTP_PROXY` of the worker names, except for the hosts in `NO_PROXY`. An error shows the origin of the URL and never the rest of it. A
    `credential` is sent to the origin of the URL if this is one of its `allowed_hosts`, and never to another origin after a redirect.
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
        resolver: Resolver | None = None,
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

        return HttpClient(private=self._private, proxies=self._proxies, tls=self._tls, resolver=self._resolver or resolve)
