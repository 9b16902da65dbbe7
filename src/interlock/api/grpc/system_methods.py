"""Serves health and reflection, which need no sign-in: within limits, and counted like every operation."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message
from grpc_reflection.v1alpha.reflection import aio
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest

from interlock.api.capacity import Capacity
from interlock.api.grpc.calls import Requests, observed, receive
from interlock.api.grpc.metadata import Context
from interlock.api.grpc.reflection import REFLECTION_SERVICES, add_description
from interlock.api.observing import Observation
from interlock.errors import BadRequest, RequestTooLarge

if TYPE_CHECKING:
    Handler: TypeAlias = grpc.RpcMethodHandler[Any, Any]
else:  # at run time the class has no parameters
    Handler = grpc.RpcMethodHandler

STREAM_LIMIT: Final = 50
"""Maximum number of open streams of each kind."""
MESSAGE_BYTES: Final = 4 * 1024
"""Maximum size of a message in bytes; those of health and reflection have a name."""

RequestT = TypeVar("RequestT", bound=Message)


class SystemMethods:
    """Makes handlers of methods that need no sign-in, and the one of reflection.

    Args:
        stream_limit: maximum number of open streams of each kind.
    """

    def __init__(self, stream_limit: int = STREAM_LIMIT) -> None:
        self._stream_limit = stream_limit
        self._capacities: dict[str, Capacity] = {}

    def unary_handler(self, name: str, kind: type[RequestT], behaviour: Callable[[RequestT, Context, Observation], Awaitable[bytes]]) -> Handler:
        """Makes a handler that answers one message with one."""

        async def answer(requests: Requests, context: Context) -> bytes:  # noqa: ARG001 - read from the context
            async with observed(context, name) as observation:
                return await behaviour(_read(kind, await receive(context)), context, observation)

        return grpc.stream_unary_rpc_method_handler(answer)

    def stream_handler(self, name: str, kind: type[RequestT], behaviour: Callable[[RequestT, Context, Observation], Awaitable[None]]) -> Handler:
        """Makes a handler that answers one message with any number."""

        async def answer(requests: Requests, context: Context) -> None:  # noqa: ARG001 - read from the context
            async with observed(context, name) as observation:
                observation.is_stream = True
                with self._capacity(name).use():
                    await behaviour(_read(kind, await receive(context)), context, observation)

        return grpc.stream_stream_rpc_method_handler(answer)

    def reflection_handlers(self, services: Sequence[str]) -> tuple[grpc.GenericRpcHandler, ...]:
        """Makes the handlers of reflection, which describes the services and messages of `proto/`: both versions have the same messages."""
        add_description()
        servicer = aio.ReflectionServicer(services)

        async def answer(requests: Requests, context: Context) -> None:
            async with observed(context, "reflection") as observation:
                observation.is_stream = True
                with self._capacity("reflection").use():
                    async for response in servicer.ServerReflectionInfo(_each(requests), context):
                        observation.note_answer(grpc.StatusCode.OK.name)
                        await context.write(response.SerializeToString())

        handler: Handler = grpc.stream_stream_rpc_method_handler(answer)
        return tuple(grpc.method_handlers_generic_handler(name, {"ServerReflectionInfo": handler}) for name in REFLECTION_SERVICES)

    def _capacity(self, name: str) -> Capacity:
        """Returns the capacity for one kind of stream."""
        return self._capacities.setdefault(name, Capacity(self._stream_limit, f"{self._stream_limit} streams of this kind are open in this process"))


async def _each(requests: Requests) -> AsyncIterator[ServerReflectionRequest]:
    async for data in requests:
        yield _read(ServerReflectionRequest, data)


def _read(kind: type[RequestT], data: bytes) -> RequestT:
    if len(data) > MESSAGE_BYTES:
        raise RequestTooLarge(f"the request has {len(data):,} bytes; at most {MESSAGE_BYTES:,} are read", hint="send a name")
    try:
        return kind.FromString(data)
    except DecodeError as error:
        raise BadRequest(f"the message cannot be read as {kind.DESCRIPTOR.full_name}", hint="send a message of the contract") from error
