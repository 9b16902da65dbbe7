import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from interlock.api.grpc.v1 import values_pb2 as _values_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ExecutionStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXECUTION_STATUS_UNSPECIFIED: _ClassVar[ExecutionStatus]
    EXECUTION_STATUS_PENDING: _ClassVar[ExecutionStatus]
    EXECUTION_STATUS_RUNNING: _ClassVar[ExecutionStatus]
    EXECUTION_STATUS_WAITING: _ClassVar[ExecutionStatus]
    EXECUTION_STATUS_PAUSED: _ClassVar[ExecutionStatus]
    EXECUTION_STATUS_COMPLETED: _ClassVar[ExecutionStatus]
    EXECUTION_STATUS_FAILED: _ClassVar[ExecutionStatus]
    EXECUTION_STATUS_CANCELLED: _ClassVar[ExecutionStatus]
    EXECUTION_STATUS_TIMED_OUT: _ClassVar[ExecutionStatus]

class AssignmentStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ASSIGNMENT_STATUS_UNSPECIFIED: _ClassVar[AssignmentStatus]
    ASSIGNMENT_STATUS_HOLDING: _ClassVar[AssignmentStatus]
    ASSIGNMENT_STATUS_PENDING: _ClassVar[AssignmentStatus]
    ASSIGNMENT_STATUS_RUNNING: _ClassVar[AssignmentStatus]
    ASSIGNMENT_STATUS_WAITING: _ClassVar[AssignmentStatus]
    ASSIGNMENT_STATUS_COMPLETED: _ClassVar[AssignmentStatus]
    ASSIGNMENT_STATUS_FAILED: _ClassVar[AssignmentStatus]
    ASSIGNMENT_STATUS_CANCELLED: _ClassVar[AssignmentStatus]

class AttemptOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ATTEMPT_OUTCOME_UNSPECIFIED: _ClassVar[AttemptOutcome]
    ATTEMPT_OUTCOME_FAILED: _ClassVar[AttemptOutcome]
    ATTEMPT_OUTCOME_TIMED_OUT: _ClassVar[AttemptOutcome]
    ATTEMPT_OUTCOME_LOST: _ClassVar[AttemptOutcome]
    ATTEMPT_OUTCOME_CANCELLED: _ClassVar[AttemptOutcome]

class ExecutionEventKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXECUTION_EVENT_KIND_UNSPECIFIED: _ClassVar[ExecutionEventKind]
    EXECUTION_EVENT_KIND_EXECUTION: _ClassVar[ExecutionEventKind]
    EXECUTION_EVENT_KIND_ASSIGNMENT: _ClassVar[ExecutionEventKind]
    EXECUTION_EVENT_KIND_END: _ClassVar[ExecutionEventKind]

class TestFilter(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TEST_FILTER_UNSPECIFIED: _ClassVar[TestFilter]
    TEST_FILTER_EXCLUDE: _ClassVar[TestFilter]
    TEST_FILTER_INCLUDE: _ClassVar[TestFilter]
    TEST_FILTER_ONLY: _ClassVar[TestFilter]
EXECUTION_STATUS_UNSPECIFIED: ExecutionStatus
EXECUTION_STATUS_PENDING: ExecutionStatus
EXECUTION_STATUS_RUNNING: ExecutionStatus
EXECUTION_STATUS_WAITING: ExecutionStatus
EXECUTION_STATUS_PAUSED: ExecutionStatus
EXECUTION_STATUS_COMPLETED: ExecutionStatus
EXECUTION_STATUS_FAILED: ExecutionStatus
EXECUTION_STATUS_CANCELLED: ExecutionStatus
EXECUTION_STATUS_TIMED_OUT: ExecutionStatus
ASSIGNMENT_STATUS_UNSPECIFIED: AssignmentStatus
ASSIGNMENT_STATUS_HOLDING: AssignmentStatus
ASSIGNMENT_STATUS_PENDING: AssignmentStatus
ASSIGNMENT_STATUS_RUNNING: AssignmentStatus
ASSIGNMENT_STATUS_WAITING: AssignmentStatus
ASSIGNMENT_STATUS_COMPLETED: AssignmentStatus
ASSIGNMENT_STATUS_FAILED: AssignmentStatus
ASSIGNMENT_STATUS_CANCELLED: AssignmentStatus
ATTEMPT_OUTCOME_UNSPECIFIED: AttemptOutcome
ATTEMPT_OUTCOME_FAILED: AttemptOutcome
ATTEMPT_OUTCOME_TIMED_OUT: AttemptOutcome
ATTEMPT_OUTCOME_LOST: AttemptOutcome
ATTEMPT_OUTCOME_CANCELLED: AttemptOutcome
EXECUTION_EVENT_KIND_UNSPECIFIED: ExecutionEventKind
EXECUTION_EVENT_KIND_EXECUTION: ExecutionEventKind
EXECUTION_EVENT_KIND_ASSIGNMENT: ExecutionEventKind
EXECUTION_EVENT_KIND_END: ExecutionEventKind
TEST_FILTER_UNSPECIFIED: TestFilter
TEST_FILTER_EXCLUDE: TestFilter
TEST_FILTER_INCLUDE: TestFilter
TEST_FILTER_ONLY: TestFilter

class ListExecutionsRequest(_message.Message):
    __slots__ = ("limit", "cursor", "status", "workflow", "subject", "created_after", "created_before", "tests")
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    CREATED_AFTER_FIELD_NUMBER: _ClassVar[int]
    CREATED_BEFORE_FIELD_NUMBER: _ClassVar[int]
    TESTS_FIELD_NUMBER: _ClassVar[int]
    limit: int
    cursor: str
    status: _containers.RepeatedScalarFieldContainer[ExecutionStatus]
    workflow: str
    subject: str
    created_after: _timestamp_pb2.Timestamp
    created_before: _timestamp_pb2.Timestamp
    tests: TestFilter
    def __init__(self, limit: _Optional[int] = ..., cursor: _Optional[str] = ..., status: _Optional[_Iterable[_Union[ExecutionStatus, str]]] = ..., workflow: _Optional[str] = ..., subject: _Optional[str] = ..., created_after: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., created_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., tests: _Optional[_Union[TestFilter, str]] = ...) -> None: ...

class CountExecutionsRequest(_message.Message):
    __slots__ = ("workflow", "subject", "tests")
    WORKFLOW_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    TESTS_FIELD_NUMBER: _ClassVar[int]
    workflow: str
    subject: str
    tests: TestFilter
    def __init__(self, workflow: _Optional[str] = ..., subject: _Optional[str] = ..., tests: _Optional[_Union[TestFilter, str]] = ...) -> None: ...

class GetExecutionRequest(_message.Message):
    __slots__ = ("execution_id", "run_data", "run_data_limit", "run_data_cursor")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_DATA_FIELD_NUMBER: _ClassVar[int]
    RUN_DATA_LIMIT_FIELD_NUMBER: _ClassVar[int]
    RUN_DATA_CURSOR_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    run_data: bool
    run_data_limit: int
    run_data_cursor: str
    def __init__(self, execution_id: _Optional[str] = ..., run_data: _Optional[bool] = ..., run_data_limit: _Optional[int] = ..., run_data_cursor: _Optional[str] = ...) -> None: ...

class ListExecutionAssignmentsRequest(_message.Message):
    __slots__ = ("execution_id", "since", "limit")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    since: int
    limit: int
    def __init__(self, execution_id: _Optional[str] = ..., since: _Optional[int] = ..., limit: _Optional[int] = ...) -> None: ...

class GetAssignmentRequest(_message.Message):
    __slots__ = ("execution_id", "assignment_id")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENT_ID_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    assignment_id: str
    def __init__(self, execution_id: _Optional[str] = ..., assignment_id: _Optional[str] = ...) -> None: ...

class WatchExecutionRequest(_message.Message):
    __slots__ = ("execution_id", "since")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    since: int
    def __init__(self, execution_id: _Optional[str] = ..., since: _Optional[int] = ...) -> None: ...

class CancelExecutionRequest(_message.Message):
    __slots__ = ("execution_id", "reason")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    reason: str
    def __init__(self, execution_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class CancelAssignmentRequest(_message.Message):
    __slots__ = ("execution_id", "assignment_id", "reason")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENT_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    assignment_id: str
    reason: str
    def __init__(self, execution_id: _Optional[str] = ..., assignment_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class SuspendExecutionRequest(_message.Message):
    __slots__ = ("execution_id",)
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    def __init__(self, execution_id: _Optional[str] = ...) -> None: ...

class ContinueExecutionRequest(_message.Message):
    __slots__ = ("execution_id",)
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    def __init__(self, execution_id: _Optional[str] = ...) -> None: ...

class RetryExecutionRequest(_message.Message):
    __slots__ = ("execution_id", "from_node", "newest", "idempotency_key")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    FROM_NODE_FIELD_NUMBER: _ClassVar[int]
    NEWEST_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    from_node: str
    newest: bool
    idempotency_key: str
    def __init__(self, execution_id: _Optional[str] = ..., from_node: _Optional[str] = ..., newest: _Optional[bool] = ..., idempotency_key: _Optional[str] = ...) -> None: ...

class ExplainExecutionRequest(_message.Message):
    __slots__ = ("execution_id", "limit")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    limit: int
    def __init__(self, execution_id: _Optional[str] = ..., limit: _Optional[int] = ...) -> None: ...

class ErrorInfo(_message.Message):
    __slots__ = ("code", "message", "details", "retryable", "hint", "attempt")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    RETRYABLE_FIELD_NUMBER: _ClassVar[int]
    HINT_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    details: _values_pb2.Object
    retryable: bool
    hint: str
    attempt: int
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ..., details: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., retryable: _Optional[bool] = ..., hint: _Optional[str] = ..., attempt: _Optional[int] = ...) -> None: ...

class ExecutionSummary(_message.Message):
    __slots__ = ("id", "workflow_id", "workflow", "version", "status", "subject", "created_at", "started_at", "ended_at", "suspended_at", "suspended_by", "retried_from", "error", "change_number", "is_test")
    ID_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    SUSPENDED_AT_FIELD_NUMBER: _ClassVar[int]
    SUSPENDED_BY_FIELD_NUMBER: _ClassVar[int]
    RETRIED_FROM_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    CHANGE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    IS_TEST_FIELD_NUMBER: _ClassVar[int]
    id: str
    workflow_id: str
    workflow: str
    version: int
    status: ExecutionStatus
    subject: str
    created_at: _timestamp_pb2.Timestamp
    started_at: _timestamp_pb2.Timestamp
    ended_at: _timestamp_pb2.Timestamp
    suspended_at: _timestamp_pb2.Timestamp
    suspended_by: str
    retried_from: str
    error: ErrorInfo
    change_number: int
    is_test: bool
    def __init__(self, id: _Optional[str] = ..., workflow_id: _Optional[str] = ..., workflow: _Optional[str] = ..., version: _Optional[int] = ..., status: _Optional[_Union[ExecutionStatus, str]] = ..., subject: _Optional[str] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., suspended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., suspended_by: _Optional[str] = ..., retried_from: _Optional[str] = ..., error: _Optional[_Union[ErrorInfo, _Mapping]] = ..., change_number: _Optional[int] = ..., is_test: _Optional[bool] = ...) -> None: ...

class ExecutionList(_message.Message):
    __slots__ = ("next_cursor", "items")
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    next_cursor: str
    items: _containers.RepeatedCompositeFieldContainer[ExecutionSummary]
    def __init__(self, next_cursor: _Optional[str] = ..., items: _Optional[_Iterable[_Union[ExecutionSummary, _Mapping]]] = ...) -> None: ...

class ExecutionCount(_message.Message):
    __slots__ = ("status", "count", "at_least")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    AT_LEAST_FIELD_NUMBER: _ClassVar[int]
    status: ExecutionStatus
    count: int
    at_least: bool
    def __init__(self, status: _Optional[_Union[ExecutionStatus, str]] = ..., count: _Optional[int] = ..., at_least: _Optional[bool] = ...) -> None: ...

class ExecutionCounts(_message.Message):
    __slots__ = ("counts",)
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    counts: _containers.RepeatedCompositeFieldContainer[ExecutionCount]
    def __init__(self, counts: _Optional[_Iterable[_Union[ExecutionCount, _Mapping]]] = ...) -> None: ...

class AuditEntry(_message.Message):
    __slots__ = ("at", "actor", "action", "details")
    AT_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    at: _timestamp_pb2.Timestamp
    actor: str
    action: str
    details: _values_pb2.Object
    def __init__(self, at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., actor: _Optional[str] = ..., action: _Optional[str] = ..., details: _Optional[_Union[_values_pb2.Object, _Mapping]] = ...) -> None: ...

class PathStep(_message.Message):
    __slots__ = ("assignment_id", "node_id", "node_name", "node_type", "node_subtype", "visit", "attempt", "status", "port", "actor", "input_data", "output_data", "error", "start_time", "end_time", "execution_time_ms", "left_out")
    ASSIGNMENT_ID_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    NODE_NAME_FIELD_NUMBER: _ClassVar[int]
    NODE_TYPE_FIELD_NUMBER: _ClassVar[int]
    NODE_SUBTYPE_FIELD_NUMBER: _ClassVar[int]
    VISIT_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    INPUT_DATA_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_DATA_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    assignment_id: str
    node_id: str
    node_name: str
    node_type: str
    node_subtype: str
    visit: int
    attempt: int
    status: AssignmentStatus
    port: _containers.RepeatedScalarFieldContainer[str]
    actor: str
    input_data: _values_pb2.Object
    output_data: _values_pb2.Object
    error: ErrorInfo
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    execution_time_ms: float
    left_out: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, assignment_id: _Optional[str] = ..., node_id: _Optional[str] = ..., node_name: _Optional[str] = ..., node_type: _Optional[str] = ..., node_subtype: _Optional[str] = ..., visit: _Optional[int] = ..., attempt: _Optional[int] = ..., status: _Optional[_Union[AssignmentStatus, str]] = ..., port: _Optional[_Iterable[str]] = ..., actor: _Optional[str] = ..., input_data: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., output_data: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., error: _Optional[_Union[ErrorInfo, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., execution_time_ms: _Optional[float] = ..., left_out: _Optional[_Iterable[str]] = ...) -> None: ...

class NodeResult(_message.Message):
    __slots__ = ("status", "output_data")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_DATA_FIELD_NUMBER: _ClassVar[int]
    status: AssignmentStatus
    output_data: _values_pb2.Object
    def __init__(self, status: _Optional[_Union[AssignmentStatus, str]] = ..., output_data: _Optional[_Union[_values_pb2.Object, _Mapping]] = ...) -> None: ...

class RunData(_message.Message):
    __slots__ = ("execution_path", "node_results", "truncated", "next_cursor")
    class NodeResultsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: NodeResult
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[NodeResult, _Mapping]] = ...) -> None: ...
    EXECUTION_PATH_FIELD_NUMBER: _ClassVar[int]
    NODE_RESULTS_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    execution_path: _containers.RepeatedCompositeFieldContainer[PathStep]
    node_results: _containers.MessageMap[str, NodeResult]
    truncated: bool
    next_cursor: str
    def __init__(self, execution_path: _Optional[_Iterable[_Union[PathStep, _Mapping]]] = ..., node_results: _Optional[_Mapping[str, NodeResult]] = ..., truncated: _Optional[bool] = ..., next_cursor: _Optional[str] = ...) -> None: ...

class Execution(_message.Message):
    __slots__ = ("id", "workflow_id", "workflow", "version", "status", "subject", "created_at", "started_at", "ended_at", "suspended_at", "suspended_by", "retried_from", "error", "change_number", "input", "output", "context", "deadline_at", "root_id", "retries", "audit", "run_data", "left_out", "is_test")
    ID_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    SUSPENDED_AT_FIELD_NUMBER: _ClassVar[int]
    SUSPENDED_BY_FIELD_NUMBER: _ClassVar[int]
    RETRIED_FROM_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    CHANGE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    INPUT_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_AT_FIELD_NUMBER: _ClassVar[int]
    ROOT_ID_FIELD_NUMBER: _ClassVar[int]
    RETRIES_FIELD_NUMBER: _ClassVar[int]
    AUDIT_FIELD_NUMBER: _ClassVar[int]
    RUN_DATA_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    IS_TEST_FIELD_NUMBER: _ClassVar[int]
    id: str
    workflow_id: str
    workflow: str
    version: int
    status: ExecutionStatus
    subject: str
    created_at: _timestamp_pb2.Timestamp
    started_at: _timestamp_pb2.Timestamp
    ended_at: _timestamp_pb2.Timestamp
    suspended_at: _timestamp_pb2.Timestamp
    suspended_by: str
    retried_from: str
    error: ErrorInfo
    change_number: int
    input: _values_pb2.Object
    output: _values_pb2.Object
    context: _values_pb2.Object
    deadline_at: _timestamp_pb2.Timestamp
    root_id: str
    retries: _containers.RepeatedScalarFieldContainer[str]
    audit: _containers.RepeatedCompositeFieldContainer[AuditEntry]
    run_data: RunData
    left_out: _containers.RepeatedScalarFieldContainer[str]
    is_test: bool
    def __init__(self, id: _Optional[str] = ..., workflow_id: _Optional[str] = ..., workflow: _Optional[str] = ..., version: _Optional[int] = ..., status: _Optional[_Union[ExecutionStatus, str]] = ..., subject: _Optional[str] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., suspended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., suspended_by: _Optional[str] = ..., retried_from: _Optional[str] = ..., error: _Optional[_Union[ErrorInfo, _Mapping]] = ..., change_number: _Optional[int] = ..., input: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., output: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., context: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., deadline_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., root_id: _Optional[str] = ..., retries: _Optional[_Iterable[str]] = ..., audit: _Optional[_Iterable[_Union[AuditEntry, _Mapping]]] = ..., run_data: _Optional[_Union[RunData, _Mapping]] = ..., left_out: _Optional[_Iterable[str]] = ..., is_test: _Optional[bool] = ...) -> None: ...

class AssignmentSummary(_message.Message):
    __slots__ = ("id", "node_id", "name", "type", "subtype", "visit", "attempt", "loss_count", "status", "suspended", "actor", "queue", "wait_for", "due_at", "ports", "error", "previous_assignment_id", "created_at", "started_at", "ended_at", "change_number")
    ID_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SUBTYPE_FIELD_NUMBER: _ClassVar[int]
    VISIT_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    LOSS_COUNT_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    SUSPENDED_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    WAIT_FOR_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    PORTS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_ASSIGNMENT_ID_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    CHANGE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    id: str
    node_id: str
    name: str
    type: str
    subtype: str
    visit: int
    attempt: int
    loss_count: int
    status: AssignmentStatus
    suspended: bool
    actor: str
    queue: str
    wait_for: str
    due_at: _timestamp_pb2.Timestamp
    ports: _containers.RepeatedScalarFieldContainer[str]
    error: ErrorInfo
    previous_assignment_id: str
    created_at: _timestamp_pb2.Timestamp
    started_at: _timestamp_pb2.Timestamp
    ended_at: _timestamp_pb2.Timestamp
    change_number: int
    def __init__(self, id: _Optional[str] = ..., node_id: _Optional[str] = ..., name: _Optional[str] = ..., type: _Optional[str] = ..., subtype: _Optional[str] = ..., visit: _Optional[int] = ..., attempt: _Optional[int] = ..., loss_count: _Optional[int] = ..., status: _Optional[_Union[AssignmentStatus, str]] = ..., suspended: _Optional[bool] = ..., actor: _Optional[str] = ..., queue: _Optional[str] = ..., wait_for: _Optional[str] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ports: _Optional[_Iterable[str]] = ..., error: _Optional[_Union[ErrorInfo, _Mapping]] = ..., previous_assignment_id: _Optional[str] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., change_number: _Optional[int] = ...) -> None: ...

class ExecutionAssignments(_message.Message):
    __slots__ = ("items", "next_since")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_SINCE_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[AssignmentSummary]
    next_since: int
    def __init__(self, items: _Optional[_Iterable[_Union[AssignmentSummary, _Mapping]]] = ..., next_since: _Optional[int] = ...) -> None: ...

class Attempt(_message.Message):
    __slots__ = ("attempt", "loss_count", "outcome", "error", "worker", "started_at", "ended_at")
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    LOSS_COUNT_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    attempt: int
    loss_count: int
    outcome: AttemptOutcome
    error: ErrorInfo
    worker: str
    started_at: _timestamp_pb2.Timestamp
    ended_at: _timestamp_pb2.Timestamp
    def __init__(self, attempt: _Optional[int] = ..., loss_count: _Optional[int] = ..., outcome: _Optional[_Union[AttemptOutcome, str]] = ..., error: _Optional[_Union[ErrorInfo, _Mapping]] = ..., worker: _Optional[str] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Assignment(_message.Message):
    __slots__ = ("id", "node_id", "name", "type", "subtype", "visit", "attempt", "loss_count", "status", "suspended", "actor", "queue", "wait_for", "due_at", "ports", "error", "previous_assignment_id", "created_at", "started_at", "ended_at", "change_number", "execution_id", "idempotency_key", "input", "output", "attempts")
    ID_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SUBTYPE_FIELD_NUMBER: _ClassVar[int]
    VISIT_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    LOSS_COUNT_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    SUSPENDED_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    WAIT_FOR_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    PORTS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_ASSIGNMENT_ID_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    CHANGE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    INPUT_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    id: str
    node_id: str
    name: str
    type: str
    subtype: str
    visit: int
    attempt: int
    loss_count: int
    status: AssignmentStatus
    suspended: bool
    actor: str
    queue: str
    wait_for: str
    due_at: _timestamp_pb2.Timestamp
    ports: _containers.RepeatedScalarFieldContainer[str]
    error: ErrorInfo
    previous_assignment_id: str
    created_at: _timestamp_pb2.Timestamp
    started_at: _timestamp_pb2.Timestamp
    ended_at: _timestamp_pb2.Timestamp
    change_number: int
    execution_id: str
    idempotency_key: str
    input: _values_pb2.Object
    output: _values_pb2.Object
    attempts: _containers.RepeatedCompositeFieldContainer[Attempt]
    def __init__(self, id: _Optional[str] = ..., node_id: _Optional[str] = ..., name: _Optional[str] = ..., type: _Optional[str] = ..., subtype: _Optional[str] = ..., visit: _Optional[int] = ..., attempt: _Optional[int] = ..., loss_count: _Optional[int] = ..., status: _Optional[_Union[AssignmentStatus, str]] = ..., suspended: _Optional[bool] = ..., actor: _Optional[str] = ..., queue: _Optional[str] = ..., wait_for: _Optional[str] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ports: _Optional[_Iterable[str]] = ..., error: _Optional[_Union[ErrorInfo, _Mapping]] = ..., previous_assignment_id: _Optional[str] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., change_number: _Optional[int] = ..., execution_id: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., input: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., output: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., attempts: _Optional[_Iterable[_Union[Attempt, _Mapping]]] = ...) -> None: ...

class ExecutionEvent(_message.Message):
    __slots__ = ("change_number", "kind", "execution", "assignment")
    CHANGE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENT_FIELD_NUMBER: _ClassVar[int]
    change_number: int
    kind: ExecutionEventKind
    execution: ExecutionSummary
    assignment: AssignmentSummary
    def __init__(self, change_number: _Optional[int] = ..., kind: _Optional[_Union[ExecutionEventKind, str]] = ..., execution: _Optional[_Union[ExecutionSummary, _Mapping]] = ..., assignment: _Optional[_Union[AssignmentSummary, _Mapping]] = ...) -> None: ...

class Changed(_message.Message):
    __slots__ = ("changed", "status")
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    changed: bool
    status: ExecutionStatus
    def __init__(self, changed: _Optional[bool] = ..., status: _Optional[_Union[ExecutionStatus, str]] = ...) -> None: ...

class RetriedExecution(_message.Message):
    __slots__ = ("execution_id", "created")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    CREATED_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    created: bool
    def __init__(self, execution_id: _Optional[str] = ..., created: _Optional[bool] = ...) -> None: ...

class Reason(_message.Message):
    __slots__ = ("assignment_id", "node_id", "status", "reason", "message", "until", "details", "hint")
    ASSIGNMENT_ID_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    HINT_FIELD_NUMBER: _ClassVar[int]
    assignment_id: str
    node_id: str
    status: str
    reason: str
    message: str
    until: _timestamp_pb2.Timestamp
    details: _values_pb2.Object
    hint: str
    def __init__(self, assignment_id: _Optional[str] = ..., node_id: _Optional[str] = ..., status: _Optional[str] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., details: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., hint: _Optional[str] = ...) -> None: ...

class Explanation(_message.Message):
    __slots__ = ("status", "reasons", "truncated")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    status: ExecutionStatus
    reasons: _containers.RepeatedCompositeFieldContainer[Reason]
    truncated: bool
    def __init__(self, status: _Optional[_Union[ExecutionStatus, str]] = ..., reasons: _Optional[_Iterable[_Union[Reason, _Mapping]]] = ..., truncated: _Optional[bool] = ...) -> None: ...

class GetExecutionDefinitionRequest(_message.Message):
    __slots__ = ("execution_id",)
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    def __init__(self, execution_id: _Optional[str] = ...) -> None: ...

class ExecutionDefinition(_message.Message):
    __slots__ = ("workflow", "version", "definition", "scope")
    WORKFLOW_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DEFINITION_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    workflow: str
    version: int
    definition: _values_pb2.Object
    scope: _values_pb2.Object
    def __init__(self, workflow: _Optional[str] = ..., version: _Optional[int] = ..., definition: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., scope: _Optional[_Union[_values_pb2.Object, _Mapping]] = ...) -> None: ...
