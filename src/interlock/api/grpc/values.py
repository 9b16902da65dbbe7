"""Converts JSON values to their messages `interlock.v1.Value` and `interlock.v1.Object`, and back, without loss."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from google.protobuf.struct_pb2 import NULL_VALUE
from pydantic import BaseModel

from interlock.api.grpc.refusing import check_text, refuse
from interlock.api.grpc.v1 import values_pb2 as pb
from interlock.api.invalid_fields import inside, under
from interlock.json_text import DIGITS, UnreadableValue, read_json, write_json

WRITTEN_DEPTH: Final = 10
"""Levels of nesting that are written as messages; deeper ones are written as JSON text. A level uses up to three of the hundred of protobuf."""

WRITTEN_VALUES: Final = 10_000
"""Lists and objects with more values in them are written as JSON text: a message for each would take seconds."""

_WHOLE: Final = re.compile(rf"-?[0-9]{{1,{DIGITS}}}")


def read_object(message: pb.Object, place: str) -> dict[str, Any]:
    """Reads the JSON object in a message.

    Raises:
        InvalidRequest: a value is missing, a number is not finite, text holds a NUL character.
    """
    return {check_text(key, place): read_value(message.fields[key], under(place, key)) for key in message.fields}


def read_value(message: pb.Value, place: str) -> Any:
    """Reads the JSON value in a message.

    Raises:
        InvalidRequest: it has no value, a number is not finite, text holds a NUL character.
    """
    kind = message.WhichOneof("kind")
    if kind is None:
        refuse(place, "The value has no kind.", code="missing", hint="Set one field of interlock.v1.Value; `null` for null.")
    return _READERS[kind](getattr(message, kind), place)


def write_object(value: Mapping[str, Any]) -> pb.Object:
    """Makes the message of a JSON object. Lists and objects in it are written as JSON text from `WRITTEN_DEPTH` on, or all of them if they are many.

    Raises:
        ValueError: it has a value that is not JSON.
    """
    return _object(value, _depth_for(value))


def write_value(value: Any) -> pb.Value:
    """Makes the message of a JSON value, as `write_object` does.

    Raises:
        ValueError: it is not a JSON value.
    """
    return _value(value, _depth_for(value))


def has_more_than(most: int, value: Any) -> bool:
    """Returns whether there are more than so many values in a value, without counting further. Fields of a model count too."""
    level = [value] if isinstance(value, Mapping | list | tuple | BaseModel) else []
    while level:
        deeper: list[Any] = []
        for holder in level:
            items = holder.__dict__.values() if isinstance(holder, BaseModel) else holder.values() if isinstance(holder, Mapping) else holder
            most -= len(items)
            if most < 0:
                return True
            deeper.extend(item for item in items if isinstance(item, Mapping | list | tuple | BaseModel))
        level = deeper
    return False


def _depth_for(value: Any) -> int:
    return 1 if has_more_than(WRITTEN_VALUES, value) else WRITTEN_DEPTH


def _object(value: Mapping[str, Any], depth: int) -> pb.Object:
    return pb.Object(fields={key: _value(item, depth - 1) for key, item in value.items()})


def _value(value: Any, depth: int) -> pb.Value:
    if isinstance(value, str):
        return pb.Value(text=value)
    if value is None:
        return pb.Value(null=NULL_VALUE)  # type: ignore[arg-type]  # the stubs of protobuf disagree on enums
    if isinstance(value, bool):
        return pb.Value(boolean=value)
    if isinstance(value, int):
        return pb.Value(integer=value) if -(2**63) <= value < 2**63 else pb.Value(big_integer=str(value))
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Mapping | list | tuple):
        return _container(value, depth)
    raise ValueError(f"{type(value).__name__} is not a JSON value")


def _container(value: Mapping[str, Any] | list[Any] | tuple[Any, ...], depth: int) -> pb.Value:
    if depth <= 0 and value:
        return pb.Value(json=write_json(value).decode())
    if isinstance(value, Mapping):
        return pb.Value(object=_object(value, depth))
    return pb.Value(list=pb.List(values=[_value(item, depth - 1) for item in value]))


def _number(value: float) -> pb.Value:
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a JSON value")
    return pb.Value(number=value)


def _finite(value: float, place: str) -> float:
    if not math.isfinite(value):
        refuse(place, f"{value} is not a JSON number.", code="bad_number", hint="Use a finite number or text.")
    return value


def _whole(digits: str, place: str) -> int:
    if not _WHOLE.fullmatch(digits):
        refuse(place, f"{digits[:50]!r} is not a whole number of at most {DIGITS:,} digits.", code="bad_number", hint="Write `-?[0-9]+`.")
    return int(digits)


def _from_text(text: str, place: str) -> Any:
    try:
        return read_json(text)
    except UnreadableValue as error:
        refuse(place, error.sentence, code=error.code, hint=error.hint)


_READERS: Final[Mapping[str, Callable[[Any, str], Any]]] = {
    "null": lambda _raw, _place: None,
    "boolean": lambda raw, _place: raw,
    "integer": lambda raw, _place: raw,
    "big_integer": _whole,
    "number": _finite,
    "text": check_text,
    "list": lambda raw, place: [read_value(item, inside(place, position)) for position, item in enumerate(raw.values)],
    "object": read_object,
    "json": _from_text,
}
