import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from interlock.api.grpc.v1 import errors_pb2 as _errors_pb2
from interlock.api.grpc.v1 import executions_pb2 as _executions_pb2
from interlock.api.grpc.v1 import values_pb2 as _values_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_UNSPECIFIED: _ClassVar[Outcome]
    OUTCOME_COMPLETED: _ClassVar[Outcome]
    OUTCOME_FAILED: _ClassVar[Outcome]
    OUTCOME_RELEASED: _ClassVar[Outcome]
OUTCOME_UNSPECIFIED: Outcome
OUTCOME_COMPLETED: Outcome
OUTCOME_FAILED: Outcome
OUTCOME_RELEASED: Outcome

class ListAssignmentsRequest(_message.Message):
    __slots__ = ("limit", "cursor", "status", "queue", "workflow", "mine")
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_FIELD_NUMBER: _ClassVar[int]
    MINE_FIELD_NUMBER: _ClassVar[int]
    limit: int
    cursor: str
    status: _containers.RepeatedScalarFieldContainer[_executions_pb2.AssignmentStatus]
    queue: str
    workflow: str
    mine: bool
    def __init__(self, limit: _Optional[int] = ..., cursor: _Optional[str] = ..., status: _Optional[_Iterable[_Union[_executions_pb2.AssignmentStatus, str]]] = ..., queue: _Optional[str] = ..., workflow: _Optional[str] = ..., mine: _Optional[bool] = ...) -> None: ...

class ClaimAssignmentsRequest(_message.Message):
    __slots__ = ("worker_id", "request", "worker_name", "queues", "limit", "lease_seconds")
    WORKER_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    WORKER_NAME_FIELD_NUMBER: _ClassVar[int]
    QUEUES_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    LEASE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    worker_id: str
    request: int
    worker_name: str
    queues: _containers.RepeatedScalarFieldContainer[str]
    limit: int
    lease_seconds: int
    def __init__(self, worker_id: _Optional[str] = ..., request: _Optional[int] = ..., worker_name: _Optional[str] = ..., queues: _Optional[_Iterable[str]] = ..., limit: _Optional[int] = ..., lease_seconds: _Optional[int] = ...) -> None: ...

class CompleteAssignmentsRequest(_message.Message):
    __slots__ = ("worker_id", "request", "results")
    WORKER_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    worker_id: str
    request: int
    results: _containers.RepeatedCompositeFieldContainer[AssignmentOutcome]
    def __init__(self, worker_id: _Optional[str] = ..., request: _Optional[int] = ..., results: _Optional[_Iterable[_Union[AssignmentOutcome, _Mapping]]] = ...) -> None: ...

class HeartbeatWorkerRequest(_message.Message):
    __slots__ = ("worker_id",)
    WORKER_ID_FIELD_NUMBER: _ClassVar[int]
    worker_id: str
    def __init__(self, worker_id: _Optional[str] = ...) -> None: ...

class ListedAssignment(_message.Message):
    __slots__ = ("id", "node_id", "name", "type", "subtype", "visit", "attempt", "loss_count", "status", "suspended", "actor", "queue", "wait_for", "due_at", "ports", "error", "previous_assignment_id", "created_at", "started_at", "ended_at", "change_number", "execution_id", "workflow", "subject")
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
    WORKFLOW_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    id: str
    node_id: str
    name: str
    type: str
    subtype: str
    visit: int
    attempt: int
    loss_count: int
    status: _executions_pb2.AssignmentStatus
    suspended: bool
    actor: str
    queue: str
    wait_for: str
    due_at: _timestamp_pb2.Timestamp
    ports: _containers.RepeatedScalarFieldContainer[str]
    error: _executions_pb2.ErrorInfo
    previous_assignment_id: str
    created_at: _timestamp_pb2.Timestamp
    started_at: _timestamp_pb2.Timestamp
    ended_at: _timestamp_pb2.Timestamp
    change_number: int
    execution_id: str
    workflow: str
    subject: str
    def __init__(self, id: _Optional[str] = ..., node_id: _Optional[str] = ..., name: _Optional[str] = ..., type: _Optional[str] = ..., subtype: _Optional[str] = ..., visit: _Optional[int] = ..., attempt: _Optional[int] = ..., loss_count: _Optional[int] = ..., status: _Optional[_Union[_executions_pb2.AssignmentStatus, str]] = ..., suspended: _Optional[bool] = ..., actor: _Optional[str] = ..., queue: _Optional[str] = ..., wait_for: _Optional[str] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ports: _Optional[_Iterable[str]] = ..., error: _Optional[_Union[_executions_pb2.ErrorInfo, _Mapping]] = ..., previous_assignment_id: _Optional[str] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., change_number: _Optional[int] = ..., execution_id: _Optional[str] = ..., workflow: _Optional[str] = ..., subject: _Optional[str] = ...) -> None: ...

class AssignmentList(_message.Message):
    __slots__ = ("next_cursor", "items")
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    next_cursor: str
    items: _containers.RepeatedCompositeFieldContainer[ListedAssignment]
    def __init__(self, next_cursor: _Optional[str] = ..., items: _Optional[_Iterable[_Union[ListedAssignment, _Mapping]]] = ...) -> None: ...

class ClaimedAssignment(_message.Message):
    __slots__ = ("execution_id", "assignment_id", "workflow", "version", "node_id", "name", "type", "subtype", "parameters", "input", "visit", "attempt", "idempotency_key", "subject", "deadline_at")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENT_ID_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SUBTYPE_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    INPUT_FIELD_NUMBER: _ClassVar[int]
    VISIT_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_AT_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    assignment_id: str
    workflow: str
    version: int
    node_id: str
    name: str
    type: str
    subtype: str
    parameters: _values_pb2.Object
    input: _values_pb2.Object
    visit: int
    attempt: int
    idempotency_key: str
    subject: str
    deadline_at: _timestamp_pb2.Timestamp
    def __init__(self, execution_id: _Optional[str] = ..., assignment_id: _Optional[str] = ..., workflow: _Optional[str] = ..., version: _Optional[int] = ..., node_id: _Optional[str] = ..., name: _Optional[str] = ..., type: _Optional[str] = ..., subtype: _Optional[str] = ..., parameters: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., input: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., visit: _Optional[int] = ..., attempt: _Optional[int] = ..., idempotency_key: _Optional[str] = ..., subject: _Optional[str] = ..., deadline_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ClaimedAssignments(_message.Message):
    __slots__ = ("items", "next_due_seconds")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_DUE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[ClaimedAssignment]
    next_due_seconds: float
    def __init__(self, items: _Optional[_Iterable[_Union[ClaimedAssignment, _Mapping]]] = ..., next_due_seconds: _Optional[float] = ...) -> None: ...

class OutcomeError(_message.Message):
    __slots__ = ("code", "message", "details", "retryable", "hint")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    RETRYABLE_FIELD_NUMBER: _ClassVar[int]
    HINT_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    details: _values_pb2.Object
    retryable: bool
    hint: str
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ..., details: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., retryable: _Optional[bool] = ..., hint: _Optional[str] = ...) -> None: ...

class AssignmentOutcome(_message.Message):
    __slots__ = ("execution_id", "assignment_id", "attempt", "outcome", "output", "port", "error")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    assignment_id: str
    attempt: int
    outcome: Outcome
    output: _values_pb2.Object
    port: str
    error: OutcomeError
    def __init__(self, execution_id: _Optional[str] = ..., assignment_id: _Optional[str] = ..., attempt: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., output: _Optional[_Union[_values_pb2.Object, _Mapping]] = ..., port: _Optional[str] = ..., error: _Optional[_Union[OutcomeError, _Mapping]] = ...) -> None: ...

class OutcomeAnswer(_message.Message):
    __slots__ = ("execution_id", "assignment_id", "answer", "invalid")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    INVALID_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    assignment_id: str
    answer: str
    invalid: _containers.RepeatedCompositeFieldContainer[_errors_pb2.InvalidField]
    def __init__(self, execution_id: _Optional[str] = ..., assignment_id: _Optional[str] = ..., answer: _Optional[str] = ..., invalid: _Optional[_Iterable[_Union[_errors_pb2.InvalidField, _Mapping]]] = ...) -> None: ...

class CompletedAssignments(_message.Message):
    __slots__ = ("answers",)
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    answers: _containers.RepeatedCompositeFieldContainer[OutcomeAnswer]
    def __init__(self, answers: _Optional[_Iterable[_Union[OutcomeAnswer, _Mapping]]] = ...) -> None: ...

class RevokedAssignment(_message.Message):
    __slots__ = ("execution_id", "assignment_id", "attempt")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    assignment_id: str
    attempt: int
    def __init__(self, execution_id: _Optional[str] = ..., assignment_id: _Optional[str] = ..., attempt: _Optional[int] = ...) -> None: ...

class WorkerHeartbeat(_message.Message):
    __slots__ = ("revoked",)
    REVOKED_FIELD_NUMBER: _ClassVar[int]
    revoked: _containers.RepeatedCompositeFieldContainer[RevokedAssignment]
    def __init__(self, revoked: _Optional[_Iterable[_Union[RevokedAssignment, _Mapping]]] = ...) -> None: ...

class StopWorkerRequest(_message.Message):
    __slots__ = ("worker_id",)
    WORKER_ID_FIELD_NUMBER: _ClassVar[int]
    worker_id: str
    def __init__(self, worker_id: _Optional[str] = ...) -> None: ...

class StoppedWorker(_message.Message):
    __slots__ = ("released",)
    RELEASED_FIELD_NUMBER: _ClassVar[int]
    released: int
    def __init__(self, released: _Optional[int] = ...) -> None: ...
