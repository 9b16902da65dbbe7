"""`ACTION_NODE/HTTP_REQUEST`."""

import os
import ssl
from typing import TYPE_CHECKING

from interlock.nodes.action_node.http_request.addresses import SETTING, PrivateHosts
from interlock.nodes.action_node.http_request.errors import ERRORS
from interlock.nodes.action_node.http_request.parameters import HttpRequestParameters
from interlock.nodes.contract import NodeExecutionContext, NodeExecutor
from interlock.nodes.results import Completed

if TYPE_CHECKING:
    from interlock.nodes.action_node.http_request.client import HttpClient
    from interlock.nodes.action_node.http_request.transport import Resolver


class HttpRequest(NodeExecutor[HttpRequestParameters]):
    """Sends one HTTP request; the output is `{"status", "headers", "body"}`.

    Every attempt carries the header `Idempotency-Key`, the same for all attempts of a visit. Timeouts, lost connections and the statuses of
    `retry_on_status` are retryable (`Retry-After` is kept in the error as `retry_after_seconds`), other unexpected statuses are final.
    Addresses that are not public are refused, on every redirect too, unless the definition asks with `allow_private_addresses` and the worker's
    operator permits with `INTERLOCK_HTTP_ALLOW_PRIVATE`: host names, addresses and networks separated by commas, or `*` for all but cloud
    metadata. Errors name the origin, never the rest of the URL. A `credential` is sent to the origin of the URL, if that is one of its
    `allowed_hosts`, and never to another one that it redirects to.
    """

    type = "ACTION_NODE"
    subtype = "HTTP_REQUEST"
    parameters = HttpRequestParameters
    errors = ERRORS

    def __init__(self, *, private: PrivateHosts | None = None, tls: ssl.SSLContext | None = None, resolver: "Resolver | None" = None) -> None:
        self._private = PrivateHosts.parse(os.environ.get(SETTING, "")) if private is None else private
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

        return HttpClient(private=self._private, tls=self._tls, resolver=self._resolver or resolve)
