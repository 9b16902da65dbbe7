import datetime

from google.protobuf import empty_pb2 as _empty_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from interlock.api.grpc.v1 import values_pb2 as _values_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Syntax(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SYNTAX_UNSPECIFIED: _ClassVar[Syntax]
    SYNTAX_YAML: _ClassVar[Syntax]
    SYNTAX_JSON: _ClassVar[Syntax]
SYNTAX_UNSPECIFIED: Syntax
SYNTAX_YAML: Syntax
SYNTAX_JSON: Syntax

class ListDraftsRequest(_message.Message):
    __slots__ = ("limit", "cursor", "workflow")
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_FIELD_NUMBER: _ClassVar[int]
    limit: int
    cursor: str
    workflow: str
    def __init__(self, limit: _Optional[int] = ..., cursor: _Optional[str] = ..., workflow: _Optional[str] = ...) -> None: ...

class GetDraftRequest(_message.Message):
    __slots__ = ("draft_id",)
    DRAFT_ID_FIELD_NUMBER: _ClassVar[int]
    draft_id: str
    def __init__(self, draft_id: _Optional[str] = ...) -> None: ...

class SaveDraftRequest(_message.Message):
    __slots__ = ("draft_id", "revision", "workflow", "base_version", "definition", "text", "syntax", "pins")
    DRAFT_ID_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_FIELD_NUMBER: _ClassVar[int]
    BASE_VERSION_FIELD_NUMBER: _ClassVar[int]
    DEFINITION_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SYNTAX_FIELD_NUMBER: _ClassVar[int]
    PINS_FIELD_NUMBER: _ClassVar[int]
    draft_id: str
    revision: int
    workflow: str
    base_version: int
    definition: _values_pb2.Object
    text: str
    syntax: Syntax
    pins: _values_pb2.Object
    def __init__(self, draft_id: _Optional[str] = ..., revision: _Optional[int] = ..., workflow: _Optional[str] = ..., base_version: _Optional[int] = ..., definition: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., text: _Optional[str] = ..., syntax: _Optional[_Union[Syntax, str]] = ..., pins: _Optional[_Union[_values_pb2.Object, _Mapping]] = ...) -> None: ...

class DeleteDraftRequest(_message.Message):
    __slots__ = ("draft_id", "revision")
    DRAFT_ID_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    draft_id: str
    revision: int
    def __init__(self, draft_id: _Optional[str] = ..., revision: _Optional[int] = ...) -> None: ...

class ReportEditingRequest(_message.Message):
    __slots__ = ("workflow", "leaves")
    WORKFLOW_FIELD_NUMBER: _ClassVar[int]
    LEAVES_FIELD_NUMBER: _ClassVar[int]
    workflow: str
    leaves: bool
    def __init__(self, workflow: _Optional[str] = ..., leaves: _Optional[bool] = ...) -> None: ...

class DraftList(_message.Message):
    __slots__ = ("next_cursor", "items")
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    next_cursor: str
    items: _containers.RepeatedCompositeFieldContainer[DraftSummary]
    def __init__(self, next_cursor: _Optional[str] = ..., items: _Optional[_Iterable[_Union[DraftSummary, _Mapping]]] = ...) -> None: ...

class DraftSummary(_message.Message):
    __slots__ = ("id", "workflow_id", "workflow", "base_version", "current_version", "name", "revision", "created_at", "updated_at")
    ID_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_FIELD_NUMBER: _ClassVar[int]
    BASE_VERSION_FIELD_NUMBER: _ClassVar[int]
    CURRENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    id: str
    workflow_id: str
    workflow: str
    base_version: int
    current_version: int
    name: str
    revision: int
    created_at: _timestamp_pb2.Timestamp
    updated_at: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., workflow_id: _Optional[str] = ..., workflow: _Optional[str] = ..., base_version: _Optional[int] = ..., current_version: _Optional[int] = ..., name: _Optional[str] = ..., revision: _Optional[int] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., updated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Draft(_message.Message):
    __slots__ = ("id", "workflow_id", "workflow", "base_version", "current_version", "name", "revision", "created_at", "updated_at", "definition", "text", "syntax", "pins")
    ID_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_FIELD_NUMBER: _ClassVar[int]
    BASE_VERSION_FIELD_NUMBER: _ClassVar[int]
    CURRENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    DEFINITION_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SYNTAX_FIELD_NUMBER: _ClassVar[int]
    PINS_FIELD_NUMBER: _ClassVar[int]
    id: str
    workflow_id: str
    workflow: str
    base_version: int
    current_version: int
    name: str
    revision: int
    created_at: _timestamp_pb2.Timestamp
    updated_at: _timestamp_pb2.Timestamp
    definition: _values_pb2.Object
    text: str
    syntax: Syntax
    pins: _values_pb2.Object
    def __init__(self, id: _Optional[str] = ..., workflow_id: _Optional[str] = ..., workflow: _Optional[str] = ..., base_version: _Optional[int] = ..., current_version: _Optional[int] = ..., name: _Optional[str] = ..., revision: _Optional[int] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., updated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., definition: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., text: _Optional[str] = ..., syntax: _Optional[_Union[Syntax, str]] = ..., pins: _Optional[_Union[_values_pb2.Object, _Mapping]] = ...) -> None: ...

class EditorList(_message.Message):
    __slots__ = ("editors", "current_version", "version_created_by")
    EDITORS_FIELD_NUMBER: _ClassVar[int]
    CURRENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    VERSION_CREATED_BY_FIELD_NUMBER: _ClassVar[int]
    editors: _containers.RepeatedCompositeFieldContainer[Editor]
    current_version: int
    version_created_by: str
    def __init__(self, editors: _Optional[_Iterable[_Union[Editor, _Mapping]]] = ..., current_version: _Optional[int] = ..., version_created_by: _Optional[str] = ...) -> None: ...

class Editor(_message.Message):
    __slots__ = ("user_id", "name", "since")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    name: str
    since: _timestamp_pb2.Timestamp
    def __init__(self, user_id: _Optional[str] = ..., name: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
