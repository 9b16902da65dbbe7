"""A client of gRPC as another language would have it: messages over a channel, by the names of the contract."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import grpc
import grpc.aio
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from interlock.api.grpc.methods import METHODS
from interlock.api.grpc.v1 import errors_pb2
from interlock.api.models.base import Answer

PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What a refused call ended with."""

    code: grpc.StatusCode
    reason: str
    message: str
    places: Sequence[str]
    fields: Sequence[dict[str, str]]
    retry_seconds: int | None
    request_id: str
    metadata: dict[str, str]


class Client:
    """Sends the same metadata with each call."""

    def __init__(self, channel: grpc.aio.Channel, **metadata: str) -> None:
        self.channel = channel
        self.metadata = metadata

    def raw(self, name: str, data: bytes, *, timeout: float = PATIENCE_SECONDS, **metadata: str) -> Any:
        """The call of an operation with any bytes."""
        method = METHODS[name]
        kind = self.channel.unary_stream if method.operation.streams else self.channel.unary_unary
        answer = method.answer.message.FromString if method.answer is not None else None
        sent = tuple((key.replace("_", "-"), value) for key, value in (self.metadata | metadata).items())
        call: Any = kind(method.path, request_serializer=None, response_deserializer=answer)
        return call(data, timeout=timeout, metadata=sent)

    def start(self, name: str, fields: dict[str, Any], /, **more: Any) -> Any:
        return self.raw(name, message_of(name, fields).SerializeToString(), **more)

    async def call(self, name: str, /, **fields: Any) -> Any:
        """The answer of an operation, as its model."""
        answer = await self.start(name, fields)
        return METHODS[name].read_answer(answer) if isinstance(answer, Message) else Answer()

    async def problem(self, name: str, /, **fields: Any) -> Problem:
        """Returns the error of a call that is refused."""
        return await problem_of(self.start(name, fields))


def message_of(name: str, fields: dict[str, Any]) -> Message:
    """The message of a request that may have any errors that a message can have."""
    return METHODS[name].request.write(fields)


async def problem_of(call: Any) -> Problem:
    try:
        answer = await _last(call) if isinstance(call, grpc.aio.UnaryStreamCall | grpc.aio.StreamStreamCall) else await call
    except grpc.aio.AioRpcError as error:
        return _problem(error)
    raise AssertionError(f"it was not refused: {answer}")


async def _last(call: Any) -> Any:
    last = None
    while (item := await call.read()) is not grpc.aio.EOF:
        last = item
    return last


def _problem(error: grpc.aio.AioRpcError) -> Problem:
    metadata: dict[str, Any] = dict(error.trailing_metadata() or ())
    status = status_pb2.Status.FromString(metadata.pop("grpc-status-details-bin", b""))
    info, request, retry, bad = (
        error_details_pb2.ErrorInfo(),
        error_details_pb2.RequestInfo(),
        error_details_pb2.RetryInfo(),
        error_details_pb2.BadRequest(),
    )
    ours = errors_pb2.InvalidFields()
    is_retryable = False
    for detail in status.details:
        is_retryable = detail.Unpack(retry) or is_retryable
        detail.Unpack(info) or detail.Unpack(request) or detail.Unpack(bad) or detail.Unpack(ours)
    return Problem(
        code=error.code(),
        reason=info.reason,
        message=error.details() or "",
        places=[violation.field for violation in bad.field_violations],
        fields=[{"place": field.place, "message": field.message, "code": field.code, "hint": field.hint} for field in ours.fields],
        retry_seconds=retry.retry_delay.seconds if is_retryable else None,
        request_id=request.request_id,
        metadata=metadata | dict(info.metadata),
    )
