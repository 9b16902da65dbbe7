"""Matches the fields of a message with those of a model, from the descriptor and the model."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from pydantic import BaseModel

from interlock.api.grpc import codecs
from interlock.api.grpc.codecs import Codec
from interlock.api.grpc.results import ResultsCodec
from interlock.api.invalid_fields import inside
from interlock.api.models.assignments import AssignmentOutcome
from interlock.api.models.base import Answer
from interlock.definition import WorkflowDefinition

_DEFINITION: Final = "interlock.v1.WorkflowDefinition"
_VALUES: Final[Mapping[str, Codec]] = {
    "interlock.v1.Object": codecs.ObjectCodec(),
    "interlock.v1.Value": codecs.ValueCodec(),
    "google.protobuf.Timestamp": codecs.TimestampCodec(),
}


@dataclass(frozen=True, slots=True)
class FieldPair:
    """One field of a message and the model's field of the same name.

    Attributes:
        key: its name in JSON.
        has_presence: whether a message can distinguish a field that is left out from its zero.
        is_answered: whether the model requires it, even if it is None.
    """

    name: str
    key: str
    has_presence: bool
    is_answered: bool
    codec: Codec


@dataclass(frozen=True, slots=True)
class Shape(Codec):
    """A message and the model that has the same fields."""

    message: type[Message]
    model: type[BaseModel]
    fields: tuple[FieldPair, ...]

    @property
    def read_apart(self) -> tuple[str, ...]:
        """The fields whose items are each checked by themselves."""
        return tuple(field.name for field in self.fields if isinstance(field.codec, ResultsCodec))

    def read(self, raw: Any, place: str) -> dict[str, Any]:
        """Reads a message as the model takes it; a field that was left out is left out.

        Raises:
            InvalidRequest: the model cannot take a value.
        """
        given: dict[str, Any] = {}
        for field in self.fields:
            value = getattr(raw, field.name)
            if raw.HasField(field.name) if field.has_presence else (field.is_answered or value):
                given[field.key] = field.codec.read(value, inside(place, field.key))
            elif field.is_answered:
                given[field.key] = None
        return given

    def write(self, value: Any) -> Message:
        """Makes the message of a model, or of its JSON form.

        Raises:
            ValueError: it has a field or a value that the message does not have.
        """
        given = value if isinstance(value, Mapping) else dict(_fields_of(value))
        fields = {}
        for field in self.fields:
            item = given.get(field.key, given.get(field.name))
            if item is not None:
                fields[field.name] = field.codec.write(item)
        if isinstance(value, Mapping):
            self._refuse_unknown(value)
        return self.message(**fields)

    def _refuse_unknown(self, value: Mapping[str, Any]) -> None:
        unknown = value.keys() - {field.key for field in self.fields} - {field.name for field in self.fields}
        if unknown:
            raise ValueError(f"{self.message.DESCRIPTOR.full_name} has no field {min(unknown)!r}")


def _fields_of(model: BaseModel) -> Iterator[tuple[str, Any]]:
    """Returns all fields of an answer; of another model, those that were set."""
    names = type(model).model_fields if isinstance(model, Answer) else model.model_fields_set
    return ((name, getattr(model, name)) for name in names)


@cache
def shape_of(descriptor: Descriptor, model: type[BaseModel]) -> Shape:
    """Returns the shape of a message and a model.

    Raises:
        TypeError: they do not have the same fields.
    """
    if not model.__pydantic_complete__:
        model.model_rebuild()
    names = {field.name for field in descriptor.fields}
    if names != set(model.model_fields):
        raise TypeError(f"{descriptor.full_name} and {model.__name__} differ in {sorted(names ^ set(model.model_fields))}")
    pairs = tuple(_pair(field, model) for field in descriptor.fields)
    return Shape(message_factory.GetMessageClass(descriptor), model, pairs)


def _pair(field: FieldDescriptor, model: type[BaseModel]) -> FieldPair:
    about = model.model_fields[field.name]
    is_answered = about.is_required() and issubclass(model, Answer)
    return FieldPair(field.name, about.alias or field.name, field.has_presence, is_answered, _codec(field, plain(about.annotation)))


def _codec(field: FieldDescriptor, annotation: Any) -> Codec:
    nested = field.message_type
    if nested is not None and nested.GetOptions().map_entry:
        return codecs.MapCodec(_single(nested.fields_by_name["value"], plain(get_args(annotation)[1])))
    if field.is_repeated:
        item = plain(get_args(annotation)[0])
        return (ResultsCodec if item is AssignmentOutcome else codecs.ListCodec)(_single(field, item))
    return _single(field, annotation)


def _single(field: FieldDescriptor, annotation: Any) -> Codec:
    if field.enum_type is not None:
        return codecs.EnumCodec(field.enum_type, _allowed(annotation))
    if field.message_type is None:
        return codecs.TextCodec() if field.type == FieldDescriptor.TYPE_STRING else codecs.NumberCodec()
    name = field.message_type.full_name
    if name in _VALUES:
        return _VALUES[name]
    if name == _DEFINITION:
        return shape_of(field.message_type, WorkflowDefinition)
    if get_origin(annotation) in (Union, UnionType):
        return _union(field.message_type, get_args(annotation))
    return shape_of(field.message_type, annotation)


def _union(descriptor: Descriptor, members: tuple[Any, ...]) -> Codec:
    """A message with one `oneof`, for a model's union of words and one other model."""
    words, model = sorted(members, key=lambda member: isinstance(member, type) and issubclass(member, BaseModel))
    word = next(field for field in descriptor.fields if field.enum_type is not None)
    other = next(field for field in descriptor.fields if field.message_type is not None)
    return codecs.UnionCodec(
        message_factory.GetMessageClass(descriptor), descriptor.oneofs[0].name, (word.name, _single(word, words)), (other.name, _single(other, model))
    )


def _allowed(annotation: Any) -> tuple[str, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    assert isinstance(annotation, type)
    assert issubclass(annotation, Enum)
    return tuple(member.value for member in annotation)


def plain(annotation: Any) -> Any:
    """Without `Annotated` and `None`."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) not in (Union, UnionType):
        return annotation
    members = [member for member in get_args(annotation) if member is not NoneType]
    return plain(members[0]) if len(members) == 1 else annotation
