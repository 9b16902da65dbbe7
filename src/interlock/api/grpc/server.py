"""The gRPC server: every service, reflection and health."""

from functools import partial
from typing import Any, Final

import grpc
import grpc.aio
from grpc_health.v1 import health

from interlock.api.call import Services
from interlock.api.grpc.answering import ANONYMOUS_LIMIT, CALL_LIMIT, Answering
from interlock.api.grpc.calls import refuse_unknown
from interlock.api.grpc.health import Health
from interlock.api.grpc.methods import METHODS, Method
from interlock.api.grpc.reflection import REFLECTION_SERVICES
from interlock.api.grpc.system_methods import STREAM_LIMIT, SystemMethods
from interlock.api.settings import MEBIBYTE

_SPARE_CALLS: Final = 200
"""Calls beyond the limits, for health and reflection, and to answer that there are too many."""


class GrpcServer:
    """A running server; a process has one."""

    def __init__(self, server: grpc.aio.Server, answering: Answering, health_of_services: Health, address: str) -> None:
        self.address = address
        self._server = server
        self._answering = answering
        self._health = health_of_services

    async def stop(self, grace: float | None) -> None:
        """Accepts nothing new and ends the streams. Calls that have begun get `grace` seconds; then they are cancelled."""
        await self._health.stop()
        self._answering.closing.set()
        await self._server.stop(grace)

    async def wait_for_termination(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109 - as of grpc.aio.Server
        """Waits until it has stopped. Returns true if the time was over first."""
        return await self._server.wait_for_termination(timeout)


async def start_grpc(
    services: Services, address: str, *, call_limit: int = CALL_LIMIT, anonymous_limit: int = ANONYMOUS_LIMIT, stream_limit: int = STREAM_LIMIT
) -> GrpcServer:
    """Serves at `host:port`. With port 0 it takes any free port; `address` of the server has it.

    Raises:
        OSError: the address is in use, or does not exist.
    """
    answering = Answering(services, call_limit=call_limit, anonymous_limit=anonymous_limit)
    names = sorted({method.descriptor.containing_service.full_name for method in METHODS.values()})
    health_of_services = Health(services.database, names)
    server = grpc.aio.server(options=_options(services), maximum_concurrent_rpcs=call_limit + services.settings.stream_limit + _SPARE_CALLS)
    for name in names:
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, _handlers(name, answering)),))
    system = SystemMethods(stream_limit)
    described = [*names, health.SERVICE_NAME, *REFLECTION_SERVICES]
    server.add_generic_rpc_handlers(
        (health_of_services.handlers(system), *system.reflection_handlers(described), _UnknownMethods())
    )  # gRPC asks them in this order
    port = _listen(server, address)
    await health_of_services.start()
    await server.start()
    return GrpcServer(server, answering, health_of_services, f"{address.rpartition(':')[0]}:{port}")


class _UnknownMethods(grpc.GenericRpcHandler):
    """Answers every call of a method that no service has."""

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:  # noqa: ARG002 - a method of the parent
        return grpc.stream_unary_rpc_method_handler(refuse_unknown)


def _handlers(service: str, answering: Answering) -> dict[str, Any]:
    """Makes the handlers of one service. They read and write messages themselves, so that nothing is read before it is known who calls.

    To gRPC every request is a stream, of which one message is read: gRPC receives a single request before its handler begins.
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
        (
            "grpc.max_receive_message_length",
            services.settings.definition_limit + MEBIBYTE,
        ),  # a little more than is allowed, so that our own error says so
        ("grpc.http2.bdp_probe", 0),  # otherwise it buffers more and more of callers who are not known yet
        ("grpc.so_reuseport", 0),  # otherwise a second process could take the same port silently
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
    ]
