from interlock.api.grpc.v1 import values_pb2 as _values_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class JoinRule(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    JOIN_RULE_UNSPECIFIED: _ClassVar[JoinRule]
    JOIN_RULE_ALL: _ClassVar[JoinRule]
    JOIN_RULE_FIRST: _ClassVar[JoinRule]
    JOIN_RULE_EACH: _ClassVar[JoinRule]

class Late(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LATE_UNSPECIFIED: _ClassVar[Late]
    LATE_SWALLOW: _ClassVar[Late]
    LATE_HOLD: _ClassVar[Late]
    LATE_CANCEL: _ClassVar[Late]

class OnError(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ON_ERROR_UNSPECIFIED: _ClassVar[OnError]
    ON_ERROR_FAIL: _ClassVar[OnError]
    ON_ERROR_CONTINUE: _ClassVar[OnError]
    ON_ERROR_PORT: _ClassVar[OnError]

class VirtualUsers(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VIRTUAL_USERS_UNSPECIFIED: _ClassVar[VirtualUsers]
    VIRTUAL_USERS_INLINE: _ClassVar[VirtualUsers]
    VIRTUAL_USERS_CRON: _ClassVar[VirtualUsers]

class ConnectionType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONNECTION_TYPE_UNSPECIFIED: _ClassVar[ConnectionType]
    CONNECTION_TYPE_MAIN: _ClassVar[ConnectionType]
    CONNECTION_TYPE_AI_AGENT: _ClassVar[ConnectionType]
    CONNECTION_TYPE_AI_CHAIN: _ClassVar[ConnectionType]
    CONNECTION_TYPE_AI_DOCUMENT: _ClassVar[ConnectionType]
    CONNECTION_TYPE_AI_EMBEDDING: _ClassVar[ConnectionType]
    CONNECTION_TYPE_AI_LANGUAGE_MODEL: _ClassVar[ConnectionType]
    CONNECTION_TYPE_AI_MEMORY: _ClassVar[ConnectionType]
    CONNECTION_TYPE_AI_OUTPUT_PARSER: _ClassVar[ConnectionType]
    CONNECTION_TYPE_AI_RETRIEVER: _ClassVar[ConnectionType]
    CONNECTION_TYPE_AI_RERANKER: _ClassVar[ConnectionType]
    CONNECTION_TYPE_AI_TEXT_SPLITTER: _ClassVar[ConnectionType]
    CONNECTION_TYPE_AI_TOOL: _ClassVar[ConnectionType]
    CONNECTION_TYPE_AI_VECTOR_STORE: _ClassVar[ConnectionType]
JOIN_RULE_UNSPECIFIED: JoinRule
JOIN_RULE_ALL: JoinRule
JOIN_RULE_FIRST: JoinRule
JOIN_RULE_EACH: JoinRule
LATE_UNSPECIFIED: Late
LATE_SWALLOW: Late
LATE_HOLD: Late
LATE_CANCEL: Late
ON_ERROR_UNSPECIFIED: OnError
ON_ERROR_FAIL: OnError
ON_ERROR_CONTINUE: OnError
ON_ERROR_PORT: OnError
VIRTUAL_USERS_UNSPECIFIED: VirtualUsers
VIRTUAL_USERS_INLINE: VirtualUsers
VIRTUAL_USERS_CRON: VirtualUsers
CONNECTION_TYPE_UNSPECIFIED: ConnectionType
CONNECTION_TYPE_MAIN: ConnectionType
CONNECTION_TYPE_AI_AGENT: ConnectionType
CONNECTION_TYPE_AI_CHAIN: ConnectionType
CONNECTION_TYPE_AI_DOCUMENT: ConnectionType
CONNECTION_TYPE_AI_EMBEDDING: ConnectionType
CONNECTION_TYPE_AI_LANGUAGE_MODEL: ConnectionType
CONNECTION_TYPE_AI_MEMORY: ConnectionType
CONNECTION_TYPE_AI_OUTPUT_PARSER: ConnectionType
CONNECTION_TYPE_AI_RETRIEVER: ConnectionType
CONNECTION_TYPE_AI_RERANKER: ConnectionType
CONNECTION_TYPE_AI_TEXT_SPLITTER: ConnectionType
CONNECTION_TYPE_AI_TOOL: ConnectionType
CONNECTION_TYPE_AI_VECTOR_STORE: ConnectionType

class WorkflowDefinition(_message.Message):
    __slots__ = ("name", "description", "tags", "semantics", "lock", "timeout_seconds", "virtual_users", "nodes", "connections", "notes", "groups")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    SEMANTICS_FIELD_NUMBER: _ClassVar[int]
    LOCK_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    VIRTUAL_USERS_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    CONNECTIONS_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    tags: _containers.RepeatedScalarFieldContainer[str]
    semantics: int
    lock: str
    timeout_seconds: float
    virtual_users: VirtualUsers
    nodes: _containers.RepeatedCompositeFieldContainer[NodeDefinition]
    connections: _containers.RepeatedCompositeFieldContainer[ConnectionDefinition]
    notes: _containers.RepeatedCompositeFieldContainer[Note]
    groups: _containers.RepeatedCompositeFieldContainer[Group]
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ..., semantics: _Optional[int] = ..., lock: _Optional[str] = ..., timeout_seconds: _Optional[float] = ..., virtual_users: _Optional[_Union[VirtualUsers, str]] = ..., nodes: _Optional[_Iterable[_Union[NodeDefinition, _Mapping]]] = ..., connections: _Optional[_Iterable[_Union[ConnectionDefinition, _Mapping]]] = ..., notes: _Optional[_Iterable[_Union[Note, _Mapping]]] = ..., groups: _Optional[_Iterable[_Union[Group, _Mapping]]] = ...) -> None: ...

class Note(_message.Message):
    __slots__ = ("id", "text", "position", "width", "height")
    ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    id: str
    text: str
    position: Position
    width: float
    height: float
    def __init__(self, id: _Optional[str] = ..., text: _Optional[str] = ..., position: _Optional[_Union[Position, _Mapping]] = ..., width: _Optional[float] = ..., height: _Optional[float] = ...) -> None: ...

class Group(_message.Message):
    __slots__ = ("id", "name", "nodes")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    nodes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., nodes: _Optional[_Iterable[str]] = ...) -> None: ...

class NodeDefinition(_message.Message):
    __slots__ = ("id", "name", "type", "subtype", "parameters", "join", "late", "ordered", "retry", "on_error", "timeout_seconds", "max_visits", "queue", "lock", "position", "disabled")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SUBTYPE_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    JOIN_FIELD_NUMBER: _ClassVar[int]
    LATE_FIELD_NUMBER: _ClassVar[int]
    ORDERED_FIELD_NUMBER: _ClassVar[int]
    RETRY_FIELD_NUMBER: _ClassVar[int]
    ON_ERROR_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    MAX_VISITS_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    LOCK_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    DISABLED_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    type: str
    subtype: str
    parameters: _values_pb2.Object
    join: Join
    late: Late
    ordered: bool
    retry: RetryPolicy
    on_error: OnError
    timeout_seconds: float
    max_visits: int
    queue: str
    lock: str
    position: Position
    disabled: bool
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., type: _Optional[str] = ..., subtype: _Optional[str] = ..., parameters: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., join: _Optional[_Union[Join, _Mapping]] = ..., late: _Optional[_Union[Late, str]] = ..., ordered: _Optional[bool] = ..., retry: _Optional[_Union[RetryPolicy, _Mapping]] = ..., on_error: _Optional[_Union[OnError, str]] = ..., timeout_seconds: _Optional[float] = ..., max_visits: _Optional[int] = ..., queue: _Optional[str] = ..., lock: _Optional[str] = ..., position: _Optional[_Union[Position, _Mapping]] = ..., disabled: _Optional[bool] = ...) -> None: ...

class Position(_message.Message):
    __slots__ = ("x", "y")
    X_FIELD_NUMBER: _ClassVar[int]
    Y_FIELD_NUMBER: _ClassVar[int]
    x: float
    y: float
    def __init__(self, x: _Optional[float] = ..., y: _Optional[float] = ...) -> None: ...

class ConnectionDefinition(_message.Message):
    __slots__ = ("from_node", "to_node", "port", "type")
    FROM_NODE_FIELD_NUMBER: _ClassVar[int]
    TO_NODE_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    from_node: str
    to_node: str
    port: str
    type: ConnectionType
    def __init__(self, from_node: _Optional[str] = ..., to_node: _Optional[str] = ..., port: _Optional[str] = ..., type: _Optional[_Union[ConnectionType, str]] = ...) -> None: ...

class Join(_message.Message):
    __slots__ = ("rule", "count")
    RULE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    rule: JoinRule
    count: CountJoin
    def __init__(self, rule: _Optional[_Union[JoinRule, str]] = ..., count: _Optional[_Union[CountJoin, _Mapping]] = ...) -> None: ...

class CountJoin(_message.Message):
    __slots__ = ("count",)
    COUNT_FIELD_NUMBER: _ClassVar[int]
    count: int
    def __init__(self, count: _Optional[int] = ...) -> None: ...

class RetryPolicy(_message.Message):
    __slots__ = ("max_attempts", "initial_seconds", "multiplier", "max_seconds", "jitter")
    MAX_ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    INITIAL_SECONDS_FIELD_NUMBER: _ClassVar[int]
    MULTIPLIER_FIELD_NUMBER: _ClassVar[int]
    MAX_SECONDS_FIELD_NUMBER: _ClassVar[int]
    JITTER_FIELD_NUMBER: _ClassVar[int]
    max_attempts: int
    initial_seconds: float
    multiplier: float
    max_seconds: float
    jitter: float
    def __init__(self, max_attempts: _Optional[int] = ..., initial_seconds: _Optional[float] = ..., multiplier: _Optional[float] = ..., max_seconds: _Optional[float] = ..., jitter: _Optional[float] = ...) -> None: ...
