"""Converts the values of a message to those of a model, and back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from pydantic import SecretStr

from interlock.api.grpc.refusing import check_text, refuse
from interlock.api.grpc.values import read_object, read_value, write_object, write_value
from interlock.api.invalid_fields import inside, under

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Codec(Protocol):
    """Reads a value from a message, and writes it for one."""

    def read(self, raw: Any, place: str) -> Any:
        """Raises InvalidRequest if no model can take the value."""

    def write(self, value: Any) -> Any:
        """Raises ValueError if the message cannot hold the value."""


class NumberCodec(Codec):
    """Numbers and booleans."""

    def read(self, raw: Any, place: str) -> Any:  # noqa: ARG002 - any number is one
        return raw

    def write(self, value: Any) -> Any:
        return value


class TextCodec(Codec):
    """Text, ids and secrets."""

    def read(self, raw: Any, place: str) -> str:
        return check_text(raw, place)

    def write(self, value: Any) -> str:
        return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


class ObjectCodec(Codec):
    """JSON objects."""

    def read(self, raw: Any, place: str) -> Any:
        return read_object(raw, place)

    def write(self, value: Any) -> Any:
        return write_object(value)


class ValueCodec(Codec):
    """JSON values."""

    def read(self, raw: Any, place: str) -> Any:
        return read_value(raw, place)

    def write(self, value: Any) -> Any:
        return write_value(value)


class TimestampCodec(Codec):
    """Times, to the microsecond; what is finer is cut off."""

    def read(self, raw: Any, place: str) -> datetime:
        if not 0 <= raw.nanos < 1_000_000_000:
            refuse(place, f"{raw.nanos} is not a number of nanoseconds.", code="bad_time", hint="Give 0 to 999,999,999.")
        try:
            return _EPOCH + timedelta(seconds=raw.seconds, microseconds=raw.nanos // 1000)
        except OverflowError:
            refuse(place, f"{raw.seconds} seconds after 1970 is not a time that can be stored.", code="bad_time", hint="Use a year from 1 to 9999.")

    def write(self, value: Any) -> Timestamp:
        message = Timestamp()
        message.FromDatetime(value)
        return message


class EnumCodec(Codec):
    """Words: `timed_out` is `EXECUTION_STATUS_TIMED_OUT`.

    Raises:
        TypeError: message and model do not have the same words.
    """

    def __init__(self, descriptor: EnumDescriptor, words: Sequence[str]) -> None:
        prefix = re.sub(r"(?<!^)([A-Z])", r"_\1", descriptor.name).upper() + "_"
        numbers = {value.name.removeprefix(prefix): value.number for value in descriptor.values if value.number}
        if set(numbers) != {word.upper() for word in words}:
            raise TypeError(f"{descriptor.full_name} has not the words {', '.join(words)}")
        self._descriptor = descriptor
        self._number_of = {word: numbers[word.upper()] for word in words}
        self._word_of = {number: word for word, number in self._number_of.items()}

    def read(self, raw: Any, place: str) -> str:
        if raw not in self._word_of:
            name = self._descriptor.full_name
            refuse(place, f"{name} has no value {raw} here.", code="unknown_value", hint=f"Use one of {', '.join(self._names())}.")
        return self._word_of[raw]

    def write(self, value: Any) -> int:
        return self._number_of[value]

    def _names(self) -> list[str]:
        return [value.name for value in self._descriptor.values if value.number]


@dataclass(frozen=True, slots=True)
class ListCodec(Codec):
    """Several of the same kind."""

    item: Codec

    def read(self, raw: Any, place: str) -> list[Any]:
        return [self.item.read(item, inside(place, position)) for position, item in enumerate(raw)]

    def write(self, value: Any) -> list[Any]:
        return [self.item.write(item) for item in value]


@dataclass(frozen=True, slots=True)
class MapCodec(Codec):
    """Several of the same kind, by name."""

    item: Codec

    def read(self, raw: Any, place: str) -> dict[str, Any]:
        return {check_text(key, place): self.item.read(raw[key], under(place, key)) for key in raw}

    def write(self, value: Any) -> dict[str, Any]:
        return {key: self.item.write(item) for key, item in value.items()}


@dataclass(frozen=True, slots=True)
class UnionCodec(Codec):
    """A word, or else a message."""

    message: type[Message]
    oneof: str
    word: tuple[str, Codec]
    other: tuple[str, Codec]

    def read(self, raw: Any, place: str) -> Any:
        kind = raw.WhichOneof(self.oneof)
        if kind is None:
            refuse(place, f"{self.message.DESCRIPTOR.full_name} is empty.", code="missing", hint=f"Set {self.word[0]} or {self.other[0]}.")
        name, codec = self.word if kind == self.word[0] else self.other
        return codec.read(getattr(raw, name), place)

    def write(self, value: Any) -> Message:
        name, codec = self.word if isinstance(value, str) else self.other
        return self.message(**{name: codec.write(value)})
