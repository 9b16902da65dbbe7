from interlock.api.grpc.v1 import values_pb2 as _values_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ExpressionUse(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXPRESSION_USE_UNSPECIFIED: _ClassVar[ExpressionUse]
    EXPRESSION_USE_EXPRESSION: _ClassVar[ExpressionUse]
    EXPRESSION_USE_CONDITION: _ClassVar[ExpressionUse]
    EXPRESSION_USE_TEMPLATE: _ClassVar[ExpressionUse]

class ValueType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VALUE_TYPE_UNSPECIFIED: _ClassVar[ValueType]
    VALUE_TYPE_TEXT: _ClassVar[ValueType]
    VALUE_TYPE_NUMBER: _ClassVar[ValueType]
    VALUE_TYPE_BOOLEAN: _ClassVar[ValueType]
    VALUE_TYPE_NULL: _ClassVar[ValueType]
    VALUE_TYPE_LIST: _ClassVar[ValueType]
    VALUE_TYPE_OBJECT: _ClassVar[ValueType]

class ExpressionPartKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXPRESSION_PART_KIND_UNSPECIFIED: _ClassVar[ExpressionPartKind]
    EXPRESSION_PART_KIND_OPERATOR: _ClassVar[ExpressionPartKind]
    EXPRESSION_PART_KIND_FUNCTION: _ClassVar[ExpressionPartKind]
    EXPRESSION_PART_KIND_TEXT: _ClassVar[ExpressionPartKind]
    EXPRESSION_PART_KIND_LIST: _ClassVar[ExpressionPartKind]
    EXPRESSION_PART_KIND_OBJECT: _ClassVar[ExpressionPartKind]
EXPRESSION_USE_UNSPECIFIED: ExpressionUse
EXPRESSION_USE_EXPRESSION: ExpressionUse
EXPRESSION_USE_CONDITION: ExpressionUse
EXPRESSION_USE_TEMPLATE: ExpressionUse
VALUE_TYPE_UNSPECIFIED: ValueType
VALUE_TYPE_TEXT: ValueType
VALUE_TYPE_NUMBER: ValueType
VALUE_TYPE_BOOLEAN: ValueType
VALUE_TYPE_NULL: ValueType
VALUE_TYPE_LIST: ValueType
VALUE_TYPE_OBJECT: ValueType
EXPRESSION_PART_KIND_UNSPECIFIED: ExpressionPartKind
EXPRESSION_PART_KIND_OPERATOR: ExpressionPartKind
EXPRESSION_PART_KIND_FUNCTION: ExpressionPartKind
EXPRESSION_PART_KIND_TEXT: ExpressionPartKind
EXPRESSION_PART_KIND_LIST: ExpressionPartKind
EXPRESSION_PART_KIND_OBJECT: ExpressionPartKind

class EvaluateExpressionRequest(_message.Message):
    __slots__ = ("text", "use", "execution_id", "node_id", "from_nodes", "input", "nodes", "context", "execution", "subject", "item", "type", "subtype", "parameter")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    USE_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    FROM_NODES_FIELD_NUMBER: _ClassVar[int]
    INPUT_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SUBTYPE_FIELD_NUMBER: _ClassVar[int]
    PARAMETER_FIELD_NUMBER: _ClassVar[int]
    text: str
    use: ExpressionUse
    execution_id: str
    node_id: str
    from_nodes: _containers.RepeatedScalarFieldContainer[str]
    input: _values_pb2.Object
    nodes: _values_pb2.Object
    context: _values_pb2.Object
    execution: _values_pb2.Object
    subject: str
    item: _values_pb2.Value
    type: str
    subtype: str
    parameter: str
    def __init__(self, text: _Optional[str] = ..., use: _Optional[_Union[ExpressionUse, str]] = ..., execution_id: _Optional[str] = ..., node_id: _Optional[str] = ..., from_nodes: _Optional[_Iterable[str]] = ..., input: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., nodes: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., context: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., execution: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., subject: _Optional[str] = ..., item: _Optional[_Union[_values_pb2.Value, _Mapping]] = ..., type: _Optional[str] = ..., subtype: _Optional[str] = ..., parameter: _Optional[str] = ...) -> None: ...

class ListExpressionPartsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ExpressionValue(_message.Message):
    __slots__ = ("type", "value", "is_shortened", "size", "is_true", "error", "steps")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    IS_SHORTENED_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    IS_TRUE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    type: ValueType
    value: _values_pb2.Value
    is_shortened: bool
    size: int
    is_true: bool
    error: ExpressionProblem
    steps: int
    def __init__(self, type: _Optional[_Union[ValueType, str]] = ..., value: _Optional[_Union[_values_pb2.Value, _Mapping]] = ..., is_shortened: _Optional[bool] = ..., size: _Optional[int] = ..., is_true: _Optional[bool] = ..., error: _Optional[_Union[ExpressionProblem, _Mapping]] = ..., steps: _Optional[int] = ...) -> None: ...

class ExpressionProblem(_message.Message):
    __slots__ = ("code", "message", "hint", "column")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    HINT_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    hint: str
    column: int
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ..., hint: _Optional[str] = ..., column: _Optional[int] = ...) -> None: ...

class ExpressionPartList(_message.Message):
    __slots__ = ("items", "example_data", "reserved_names")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    EXAMPLE_DATA_FIELD_NUMBER: _ClassVar[int]
    RESERVED_NAMES_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[ExpressionPart]
    example_data: _values_pb2.Object
    reserved_names: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, items: _Optional[_Iterable[_Union[ExpressionPart, _Mapping]]] = ..., example_data: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., reserved_names: _Optional[_Iterable[str]] = ...) -> None: ...

class ExpressionPart(_message.Message):
    __slots__ = ("kind", "name", "signature", "summary", "example", "result", "cost")
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    EXAMPLE_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    kind: ExpressionPartKind
    name: str
    signature: str
    summary: str
    example: str
    result: str
    cost: str
    def __init__(self, kind: _Optional[_Union[ExpressionPartKind, str]] = ..., name: _Optional[str] = ..., signature: _Optional[str] = ..., summary: _Optional[str] = ..., example: _Optional[str] = ..., result: _Optional[str] = ..., cost: _Optional[str] = ...) -> None: ...
