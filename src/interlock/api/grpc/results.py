"""Reads the results of assignments one by one, so that one that cannot be read does not refuse the others."""

from dataclasses import dataclass, replace
from typing import Any

from google.protobuf.message import Message

from interlock.api.grpc.codecs import ListCodec
from interlock.api.grpc.refusing import refusal
from interlock.api.grpc.unknown_fields import check_known
from interlock.api.invalid_fields import inside
from interlock.api.models.assignments import refused_outcome
from interlock.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class ResultsCodec(ListCodec):
    """Several results. One that cannot be read becomes a `RefusedOutcome`, which is answered in its place."""

    def read(self, raw: Any, place: str) -> list[Any]:
        return [self._read_one(message, inside(place, position)) for position, message in enumerate(raw)]

    def _read_one(self, message: Message, place: str) -> Any:
        try:
            check_known(message)
            return self.item.read(message, "")
        except InvalidRequest as error:
            about = {name: getattr(message, name) for name in ("execution_id", "assignment_id")}
            refused = refused_outcome(about, error.fields)
            if refused is None:
                raise refusal([replace(field, place=inside(place, field.place)) for field in error.fields]) from None
            return refused
