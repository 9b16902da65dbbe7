"""Errors in gRPC: a status code, and details of `google.rpc`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from interlock.api.grpc.v1 import errors_pb2
from interlock.errors import InterlockError, InvalidField

DOMAIN: Final = "interlock"
RETRY_SECONDS: Final = 2
DETAILS_KEY: Final = "grpc-status-details-bin"

_DETAILS_BYTES: Final = 3_600
"""Maximum size of all details: they are sent as a header, and most implementations refuse headers of more than 8 KiB."""
_TEXT_BYTES: Final = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How a call ends."""

    code: grpc.StatusCode
    message: str
    details: bytes


def status_of(known: InterlockError, request_id: str) -> Status:
    """Returns the status of an error."""
    code = grpc.StatusCode[known.grpc_status]
    message = _short(known.message)
    status = status_pb2.Status(code=code.value[0], message=message)
    info = error_details_pb2.ErrorInfo(reason=known.code, domain=DOMAIN, metadata=_metadata(known))
    _add(status, info, error_details_pb2.RequestInfo(request_id=request_id))
    if known.retryable or known.retry_after_seconds is not None:
        retry = error_details_pb2.RetryInfo()
        retry.retry_delay.FromSeconds(RETRY_SECONDS if known.retry_after_seconds is None else known.retry_after_seconds)
        _add(status, retry)
    fields: tuple[InvalidField, ...] = getattr(known, "fields", ())
    if fields:
        _add(status, *_details_of(fields, _DETAILS_BYTES - status.ByteSize()))
    return Status(code=code, message=message, details=status.SerializeToString())


def _metadata(error: InterlockError) -> dict[str, str]:
    count = len(getattr(error, "fields", ()))
    texts = {"hint": _short(error.hint), "details": _short(error.details), "field_count": str(count) if count else ""}
    return {name: text for name, text in texts.items() if text}


def _details_of(fields: Iterable[InvalidField], limit: int) -> tuple[Message, Message]:
    """Returns as many fields as fit into the limit, in order: for tools that know only google.rpc, and with hints of their own for ours."""
    violations, ours = error_details_pb2.BadRequest(), errors_pb2.InvalidFields()
    for field in fields:
        place, message, hint = _short(field.place), _short(field.message), _short(field.hint)
        violations.field_violations.add(field=place, description=message, reason=field.code)
        ours.fields.add(place=place, message=message, code=field.code, hint=hint)
        if violations.ByteSize() + ours.ByteSize() > limit:
            del violations.field_violations[-1], ours.fields[-1]
            break
    return violations, ours


def _short(text: str) -> str:
    """Cuts a text to 600 bytes of UTF-8."""
    return text if len(text) <= _TEXT_BYTES // 4 else text.encode(errors="replace")[:_TEXT_BYTES].decode(errors="ignore")


def _add(status: status_pb2.Status, *details: Message) -> None:
    for detail in details:
        status.details.add().Pack(detail)
