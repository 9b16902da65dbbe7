"""The gRPC server: every service, reflection and health."""

from functools import partial
from typing import Any, Final

import grpc
import grpc.aio
from grpc_health.v1 import health
from grpc_reflection.v1alpha import reflection

from interlock.api.call import Services
from interlock.api.grpc.answering import ANONYMOUS_LIMIT, CALL_LIMIT, Answering
from interlock.api.grpc.beside import STREAM_LIMIT, Beside
from interlock.api.grpc.calls import refuse_unknown
from interlock.api.grpc.health import Health
from interlock.api.grpc.methods import METHODS, Method
from interlock.api.settings import MEBIBYTE

_SPARE_CALLS: Final = 200
"""Beyond the limits, for health and reflection, and for telling that there are too many."""


class GrpcServer:
    """A running server. One process has one."""

    def __init__(self, server: grpc.aio.Server, answering: Answering, health_of_services: Health, address: str) -> None:
        self.address = address
        self._server = server
        self._answering = answering
        self._health = health_of_services

    async def stop(self, grace: float | None) -> None:
        """Take nothing new and end the streams; calls under way have `grace` seconds to end, then they are cancelled."""
        await self._health.stop()
        self._answering.closing.set()
        await self._server.stop(grace)

    async def wait_for_termination(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109 - as of grpc.aio.Server
        """Until it has stopped; true where the time was over before."""
        return await self._server.wait_for_termination(timeout)


async def start_grpc(
    services: Services, address: str, *, call_limit: int = CALL_LIMIT, anonymous_limit: int = ANONYMOUS_LIMIT, stream_limit: int = STREAM_LIMIT
) -> GrpcServer:
    """Serve at `host:port`; with port 0 at any free one, which `address` of the server tells.

    Raises:
        OSError: the address is taken, or not there.
    """
    answering = Answering(services, call_limit=call_limit, anonymous_limit=anonymous_limit)
    names = sorted({method.descriptor.containing_service.full_name for method in METHODS.values()})
    health_of_services = Health(services.pool, names)
    server = grpc.aio.server(options=_options(services), maximum_concurrent_rpcs=call_limit + services.settings.stream_limit + _SPARE_CALLS)
    for name in names:
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, _handlers(name, answering)),))
    beside = Beside(stream_limit)
    told = [*names, health.SERVICE_NAME, reflection.SERVICE_NAME]
    server.add_generic_rpc_handlers((health_of_services.handlers(beside), beside.reflection(told), _UnknownMethods()))  # asked in this order
    port = _listen(server, address)
    await health_of_services.start()
    await server.start()
    return GrpcServer(server, answering, health_of_services, f"{address.rpartition(':')[0]}:{port}")


class _UnknownMethods(grpc.GenericRpcHandler):
    """Takes every call that no service has taken."""

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:  # noqa: ARG002 - as its parent has it
        return grpc.stream_unary_rpc_method_handler(refuse_unknown)


def _handlers(service: str, answering: Answering) -> dict[str, Any]:
    """Messages are read and written by the method itself: not before it is known who asks, and one that cannot be read is told with its details.

    To gRPC every request is a stream, of which one message is taken: that of a call with a single request is received before its handler begins.
    """
    methods = [method for method in METHODS.values() if method.descriptor.containing_service.full_name == service]
    return {method.descriptor.name: _handler(method, answering) for method in methods}


def _handler(method: Method, answering: Answering) -> Any:
    if method.operation.streams:
        return grpc.stream_stream_rpc_method_handler(partial(answering.stream, method))
    return grpc.stream_unary_rpc_method_handler(partial(answering.answer, method))


def _listen(server: grpc.aio.Server, address: str) -> int:
    try:
        port = server.add_insecure_port(address)
    except RuntimeError as error:
        raise OSError(f"cannot listen at {address}") from error
    if not port:
        raise OSError(f"cannot listen at {address}")
    return port


def _options(services: Services) -> list[tuple[str, int]]:
    return [
        ("grpc.max_receive_message_length", services.settings.definition_limit + MEBIBYTE),  # a little more than is taken, to say so in our own words
        ("grpc.http2.bdp_probe", 0),  # else more and more is taken from who has not been asked who they are
        ("grpc.so_reuseport", 0),  # else a second process could take the same port in silence
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
    ]
