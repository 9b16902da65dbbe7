import datetime

from google.protobuf import empty_pb2 as _empty_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from interlock.api.grpc.v1 import definition_pb2 as _definition_pb2
from interlock.api.grpc.v1 import executions_pb2 as _executions_pb2
from interlock.api.grpc.v1 import values_pb2 as _values_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListWorkflowsRequest(_message.Message):
    __slots__ = ("limit", "cursor", "search", "tag")
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    SEARCH_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    limit: int
    cursor: str
    search: str
    tag: str
    def __init__(self, limit: _Optional[int] = ..., cursor: _Optional[str] = ..., search: _Optional[str] = ..., tag: _Optional[str] = ...) -> None: ...

class CreateWorkflowRequest(_message.Message):
    __slots__ = ("definition", "note", "source")
    DEFINITION_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    definition: _definition_pb2.WorkflowDefinition
    note: str
    source: str
    def __init__(self, definition: _Optional[_Union[_definition_pb2.WorkflowDefinition, _Mapping]] = ..., note: _Optional[str] = ..., source: _Optional[str] = ...) -> None: ...

class ValidateWorkflowRequest(_message.Message):
    __slots__ = ("definition",)
    DEFINITION_FIELD_NUMBER: _ClassVar[int]
    definition: _definition_pb2.WorkflowDefinition
    def __init__(self, definition: _Optional[_Union[_definition_pb2.WorkflowDefinition, _Mapping]] = ...) -> None: ...

class GetWorkflowRequest(_message.Message):
    __slots__ = ("workflow",)
    WORKFLOW_FIELD_NUMBER: _ClassVar[int]
    workflow: str
    def __init__(self, workflow: _Optional[str] = ...) -> None: ...

class UpdateWorkflowRequest(_message.Message):
    __slots__ = ("workflow", "definition", "expected_version", "note", "source")
    WORKFLOW_FIELD_NUMBER: _ClassVar[int]
    DEFINITION_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    workflow: str
    definition: _definition_pb2.WorkflowDefinition
    expected_version: int
    note: str
    source: str
    def __init__(self, workflow: _Optional[str] = ..., definition: _Optional[_Union[_definition_pb2.WorkflowDefinition, _Mapping]] = ..., expected_version: _Optional[int] = ..., note: _Optional[str] = ..., source: _Optional[str] = ...) -> None: ...

class DeleteWorkflowRequest(_message.Message):
    __slots__ = ("workflow", "expected_version")
    WORKFLOW_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    workflow: str
    expected_version: int
    def __init__(self, workflow: _Optional[str] = ..., expected_version: _Optional[int] = ...) -> None: ...

class ListVersionsRequest(_message.Message):
    __slots__ = ("limit", "cursor", "workflow")
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_FIELD_NUMBER: _ClassVar[int]
    limit: int
    cursor: str
    workflow: str
    def __init__(self, limit: _Optional[int] = ..., cursor: _Optional[str] = ..., workflow: _Optional[str] = ...) -> None: ...

class GetVersionRequest(_message.Message):
    __slots__ = ("workflow", "version")
    WORKFLOW_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    workflow: str
    version: int
    def __init__(self, workflow: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class RunWorkflowRequest(_message.Message):
    __slots__ = ("workflow", "input", "version", "trigger", "subject", "idempotency_key")
    WORKFLOW_FIELD_NUMBER: _ClassVar[int]
    INPUT_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    workflow: str
    input: _values_pb2.Object
    version: int
    trigger: str
    subject: str
    idempotency_key: str
    def __init__(self, workflow: _Optional[str] = ..., input: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., version: _Optional[int] = ..., trigger: _Optional[str] = ..., subject: _Optional[str] = ..., idempotency_key: _Optional[str] = ...) -> None: ...

class ListWorkflowExecutionsRequest(_message.Message):
    __slots__ = ("limit", "cursor", "workflow", "status", "tests")
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    TESTS_FIELD_NUMBER: _ClassVar[int]
    limit: int
    cursor: str
    workflow: str
    status: _containers.RepeatedScalarFieldContainer[_executions_pb2.ExecutionStatus]
    tests: _executions_pb2.TestFilter
    def __init__(self, limit: _Optional[int] = ..., cursor: _Optional[str] = ..., workflow: _Optional[str] = ..., status: _Optional[_Iterable[_Union[_executions_pb2.ExecutionStatus, str]]] = ..., tests: _Optional[_Union[_executions_pb2.TestFilter, str]] = ...) -> None: ...

class WorkflowSummary(_message.Message):
    __slots__ = ("id", "name", "description", "tags", "version", "node_count", "created_at", "updated_at", "open_executions", "last_execution_status", "last_execution_at")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    NODE_COUNT_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    OPEN_EXECUTIONS_FIELD_NUMBER: _ClassVar[int]
    LAST_EXECUTION_STATUS_FIELD_NUMBER: _ClassVar[int]
    LAST_EXECUTION_AT_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    description: str
    tags: _containers.RepeatedScalarFieldContainer[str]
    version: int
    node_count: int
    created_at: _timestamp_pb2.Timestamp
    updated_at: _timestamp_pb2.Timestamp
    open_executions: int
    last_execution_status: str
    last_execution_at: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ..., version: _Optional[int] = ..., node_count: _Optional[int] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., updated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., open_executions: _Optional[int] = ..., last_execution_status: _Optional[str] = ..., last_execution_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class WorkflowList(_message.Message):
    __slots__ = ("next_cursor", "items")
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    next_cursor: str
    items: _containers.RepeatedCompositeFieldContainer[WorkflowSummary]
    def __init__(self, next_cursor: _Optional[str] = ..., items: _Optional[_Iterable[_Union[WorkflowSummary, _Mapping]]] = ...) -> None: ...

class DefinitionError(_message.Message):
    __slots__ = ("code", "place", "node_id", "message", "hint", "line", "column")
    CODE_FIELD_NUMBER: _ClassVar[int]
    PLACE_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    HINT_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    code: str
    place: str
    node_id: str
    message: str
    hint: str
    line: int
    column: int
    def __init__(self, code: _Optional[str] = ..., place: _Optional[str] = ..., node_id: _Optional[str] = ..., message: _Optional[str] = ..., hint: _Optional[str] = ..., line: _Optional[int] = ..., column: _Optional[int] = ...) -> None: ...

class SavedWorkflow(_message.Message):
    __slots__ = ("id", "name", "version", "created", "warnings")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CREATED_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    version: int
    created: bool
    warnings: _containers.RepeatedCompositeFieldContainer[DefinitionError]
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., version: _Optional[int] = ..., created: _Optional[bool] = ..., warnings: _Optional[_Iterable[_Union[DefinitionError, _Mapping]]] = ...) -> None: ...

class ValidationReport(_message.Message):
    __slots__ = ("valid", "errors", "warnings")
    VALID_FIELD_NUMBER: _ClassVar[int]
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    valid: bool
    errors: _containers.RepeatedCompositeFieldContainer[DefinitionError]
    warnings: _containers.RepeatedCompositeFieldContainer[DefinitionError]
    def __init__(self, valid: _Optional[bool] = ..., errors: _Optional[_Iterable[_Union[DefinitionError, _Mapping]]] = ..., warnings: _Optional[_Iterable[_Union[DefinitionError, _Mapping]]] = ...) -> None: ...

class Workflow(_message.Message):
    __slots__ = ("id", "name", "version", "current_version", "checksum", "definition", "created_at", "updated_at", "version_created_at", "version_created_by", "warnings", "note", "source")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CURRENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    CHECKSUM_FIELD_NUMBER: _ClassVar[int]
    DEFINITION_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    VERSION_CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    VERSION_CREATED_BY_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    version: int
    current_version: int
    checksum: str
    definition: _definition_pb2.WorkflowDefinition
    created_at: _timestamp_pb2.Timestamp
    updated_at: _timestamp_pb2.Timestamp
    version_created_at: _timestamp_pb2.Timestamp
    version_created_by: str
    warnings: _containers.RepeatedCompositeFieldContainer[DefinitionError]
    note: str
    source: str
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., version: _Optional[int] = ..., current_version: _Optional[int] = ..., checksum: _Optional[str] = ..., definition: _Optional[_Union[_definition_pb2.WorkflowDefinition, _Mapping]] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., updated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., version_created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., version_created_by: _Optional[str] = ..., warnings: _Optional[_Iterable[_Union[DefinitionError, _Mapping]]] = ..., note: _Optional[str] = ..., source: _Optional[str] = ...) -> None: ...

class VersionSummary(_message.Message):
    __slots__ = ("version", "checksum", "node_count", "created_at", "created_by", "is_current", "note")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CHECKSUM_FIELD_NUMBER: _ClassVar[int]
    NODE_COUNT_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    CREATED_BY_FIELD_NUMBER: _ClassVar[int]
    IS_CURRENT_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    version: int
    checksum: str
    node_count: int
    created_at: _timestamp_pb2.Timestamp
    created_by: str
    is_current: bool
    note: str
    def __init__(self, version: _Optional[int] = ..., checksum: _Optional[str] = ..., node_count: _Optional[int] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., created_by: _Optional[str] = ..., is_current: _Optional[bool] = ..., note: _Optional[str] = ...) -> None: ...

class VersionList(_message.Message):
    __slots__ = ("next_cursor", "items")
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    next_cursor: str
    items: _containers.RepeatedCompositeFieldContainer[VersionSummary]
    def __init__(self, next_cursor: _Optional[str] = ..., items: _Optional[_Iterable[_Union[VersionSummary, _Mapping]]] = ...) -> None: ...

class StartedExecution(_message.Message):
    __slots__ = ("execution_id", "created")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    CREATED_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    created: bool
    def __init__(self, execution_id: _Optional[str] = ..., created: _Optional[bool] = ...) -> None: ...

class TestWorkflowRequest(_message.Message):
    __slots__ = ("workflow", "definition", "scope", "trigger", "input", "pins", "from_execution", "subject")
    WORKFLOW_FIELD_NUMBER: _ClassVar[int]
    DEFINITION_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_FIELD_NUMBER: _ClassVar[int]
    INPUT_FIELD_NUMBER: _ClassVar[int]
    PINS_FIELD_NUMBER: _ClassVar[int]
    FROM_EXECUTION_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    workflow: str
    definition: _values_pb2.Object
    scope: TestScope
    trigger: str
    input: _values_pb2.Object
    pins: _values_pb2.Object
    from_execution: str
    subject: str
    def __init__(self, workflow: _Optional[str] = ..., definition: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., scope: _Optional[_Union[TestScope, _Mapping]] = ..., trigger: _Optional[str] = ..., input: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., pins: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., from_execution: _Optional[str] = ..., subject: _Optional[str] = ...) -> None: ...

class TestScope(_message.Message):
    __slots__ = ("only", "until", "from_node")
    ONLY_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    FROM_NODE_FIELD_NUMBER: _ClassVar[int]
    only: str
    until: str
    from_node: str
    def __init__(self, only: _Optional[str] = ..., until: _Optional[str] = ..., from_node: _Optional[str] = ...) -> None: ...

class StartedTest(_message.Message):
    __slots__ = ("execution_id", "workflow_id")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    workflow_id: str
    def __init__(self, execution_id: _Optional[str] = ..., workflow_id: _Optional[str] = ...) -> None: ...
