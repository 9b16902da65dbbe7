"""What is served beside the operations to whoever asks, health and reflection: within bounds, and counted as everything else."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message
from grpc_reflection.v1alpha.reflection import SERVICE_NAME, aio
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest

from interlock.api.grpc.calls import Requests, observed, receive
from interlock.api.grpc.metadata import Context
from interlock.api.observing import Observation
from interlock.errors import BadRequest, RequestTooLarge, TooBusy

if TYPE_CHECKING:
    Handler: TypeAlias = grpc.RpcMethodHandler[Any, Any]
else:  # its class takes no parameters when it runs
    Handler = grpc.RpcMethodHandler

STREAMS: Final = 50
"""How many streams of each kind there are at once."""
LARGEST: Final = 4 * 1024
"""Bytes of a message; those of health and reflection hold a name."""

RequestT = TypeVar("RequestT", bound=Message)


@dataclass(slots=True)
class Beside:
    """Makes handlers of methods that need no sign-in, and the one of reflection."""

    _streams: dict[str, int]

    def __init__(self) -> None:
        self._streams = {}

    def answering(self, name: str, kind: type[RequestT], behaviour: Callable[[RequestT, Context, Observation], Awaitable[bytes]]) -> Handler:
        """One message for one message."""

        async def answer(requests: Requests, context: Context) -> bytes:  # noqa: ARG001 - read from the context
            async with observed(context, name) as observation:
                return await behaviour(_read(kind, await receive(context)), context, observation)

        return grpc.stream_unary_rpc_method_handler(answer)

    def streaming(self, name: str, kind: type[RequestT], behaviour: Callable[[RequestT, Context, Observation], Awaitable[None]]) -> Handler:
        """Any number of messages for one."""

        async def answer(requests: Requests, context: Context) -> None:  # noqa: ARG001 - read from the context
            async with observed(context, name) as observation:
                observation.is_stream = True
                with self._room(name):
                    await behaviour(_read(kind, await receive(context)), context, observation)

        return grpc.stream_stream_rpc_method_handler(answer)

    def reflection(self, services: Sequence[str]) -> grpc.GenericRpcHandler:
        """What answers which services there are, and with which messages: what `proto/` says too."""
        servicer = aio.ReflectionServicer(services)

        async def answer(requests: Requests, context: Context) -> None:
            async with observed(context, "reflection") as observation:
                observation.is_stream = True
                with self._room("reflection"):
                    async for response in servicer.ServerReflectionInfo(_each(requests), context):
                        observation.answering(grpc.StatusCode.OK.name)
                        await context.write(response.SerializeToString())

        handler: Handler = grpc.stream_stream_rpc_method_handler(answer)
        return grpc.method_handlers_generic_handler(SERVICE_NAME, {"ServerReflectionInfo": handler})

    @contextmanager
    def _room(self, name: str) -> Iterator[None]:
        if self._streams.get(name, 0) >= STREAMS:
            raise TooBusy(f"{STREAMS} streams of this kind are open in this process", hint="try again, or another process")
        self._streams[name] = self._streams.get(name, 0) + 1
        try:
            yield
        finally:
            self._streams[name] -= 1


async def _each(requests: Requests) -> AsyncIterator[ServerReflectionRequest]:
    async for data in requests:
        yield _read(ServerReflectionRequest, data)


def _read(kind: type[RequestT], data: bytes) -> RequestT:
    if len(data) > LARGEST:
        raise RequestTooLarge(f"the request has {len(data):,} bytes; at most {LARGEST:,} are read", hint="send a name")
    try:
        return kind.FromString(data)
    except DecodeError as error:
        raise BadRequest(f"the message cannot be read as {kind.DESCRIPTOR.full_name}", hint="send one of the contract") from error
