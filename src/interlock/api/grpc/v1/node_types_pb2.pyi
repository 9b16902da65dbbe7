from interlock.api.grpc.v1 import values_pb2 as _values_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListNodeTypesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetNodeTypeRequest(_message.Message):
    __slots__ = ("type", "subtype")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SUBTYPE_FIELD_NUMBER: _ClassVar[int]
    type: str
    subtype: str
    def __init__(self, type: _Optional[str] = ..., subtype: _Optional[str] = ...) -> None: ...

class GetDefinitionSchemaRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class NodeType(_message.Message):
    __slots__ = ("type", "subtype", "title", "description", "kind", "ports", "ports_from", "takes", "gives", "is_trigger", "waits", "queue", "parameters_schema", "needs_credential")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SUBTYPE_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PORTS_FIELD_NUMBER: _ClassVar[int]
    PORTS_FROM_FIELD_NUMBER: _ClassVar[int]
    TAKES_FIELD_NUMBER: _ClassVar[int]
    GIVES_FIELD_NUMBER: _ClassVar[int]
    IS_TRIGGER_FIELD_NUMBER: _ClassVar[int]
    WAITS_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_SCHEMA_FIELD_NUMBER: _ClassVar[int]
    NEEDS_CREDENTIAL_FIELD_NUMBER: _ClassVar[int]
    type: str
    subtype: str
    title: str
    description: str
    kind: str
    ports: _containers.RepeatedScalarFieldContainer[str]
    ports_from: str
    takes: _containers.RepeatedScalarFieldContainer[str]
    gives: _containers.RepeatedScalarFieldContainer[str]
    is_trigger: bool
    waits: bool
    queue: str
    parameters_schema: _values_pb2.Object
    needs_credential: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, type: _Optional[str] = ..., subtype: _Optional[str] = ..., title: _Optional[str] = ..., description: _Optional[str] = ..., kind: _Optional[str] = ..., ports: _Optional[_Iterable[str]] = ..., ports_from: _Optional[str] = ..., takes: _Optional[_Iterable[str]] = ..., gives: _Optional[_Iterable[str]] = ..., is_trigger: _Optional[bool] = ..., waits: _Optional[bool] = ..., queue: _Optional[str] = ..., parameters_schema: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., needs_credential: _Optional[_Iterable[str]] = ...) -> None: ...

class NodeTypeList(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[NodeType]
    def __init__(self, items: _Optional[_Iterable[_Union[NodeType, _Mapping]]] = ...) -> None: ...

class DefinitionSchema(_message.Message):
    __slots__ = ("json_schema",)
    JSON_SCHEMA_FIELD_NUMBER: _ClassVar[int]
    json_schema: _values_pb2.Object
    def __init__(self, json_schema: _Optional[_Union[_values_pb2.Object, _Mapping]] = ...) -> None: ...
