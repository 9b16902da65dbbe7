"""Refuses fields that a newer client sends and this server does not know, so that none is lost silently."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet

from interlock.api.grpc.refusing import refusal
from interlock.api.invalid_fields import inside
from interlock.errors import InvalidField

_SHOWN: Final = 20


def check_known(message: Message, *, besides: Sequence[str] = ()) -> None:
    """Checks the whole message.

    Args:
        besides: the fields that are not looked into.

    Raises:
        InvalidRequest: it has fields that its type does not have; the error has their numbers and messages.
    """
    known = type(message)()
    known.CopyFrom(message)
    known.DiscardUnknownFields()
    if known.ByteSize() != message.ByteSize():
        unknown = list(_unknown(message, "", besides))[:_SHOWN]
        if unknown:
            raise refusal(unknown)


def _unknown(message: Message, place: str, besides: Sequence[str] = ()) -> Iterator[InvalidField]:
    name = message.DESCRIPTOR.full_name
    unknown: Any = UnknownFieldSet(message)
    numbers = sorted({field.field_number for field in unknown})
    if numbers:
        which = f"field {numbers[0]}" if len(numbers) == 1 else f"fields {', '.join(map(str, numbers))}"
        yield InvalidField(
            place=place,
            message=f"{name} has no {which} here.",
            code="unknown_field",
            hint="Leave it out, or ask a server of the release whose messages you use.",
        )
    for field, value in message.ListFields():
        if field.name in besides:
            continue
        for where, item in _messages(field, value, inside(place, field.name)):
            yield from _unknown(item, where)


def _messages(field: FieldDescriptor, value: Any, place: str) -> Iterator[tuple[str, Message]]:
    if isinstance(value, Message):
        yield place, value
    elif field.message_type is not None and field.message_type.GetOptions().map_entry:
        yield from ((inside(place, key), item) for key, item in value.items() if isinstance(item, Message))
    elif field.message_type is not None:
        yield from ((inside(place, position), item) for position, item in enumerate(value))
