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

class FindingLevel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FINDING_LEVEL_UNSPECIFIED: _ClassVar[FindingLevel]
    FINDING_LEVEL_OK: _ClassVar[FindingLevel]
    FINDING_LEVEL_WARNING: _ClassVar[FindingLevel]
    FINDING_LEVEL_ERROR: _ClassVar[FindingLevel]

class WorkerStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WORKER_STATUS_UNSPECIFIED: _ClassVar[WorkerStatus]
    WORKER_STATUS_ALIVE: _ClassVar[WorkerStatus]
    WORKER_STATUS_STOPPED: _ClassVar[WorkerStatus]
    WORKER_STATUS_LOST: _ClassVar[WorkerStatus]
FINDING_LEVEL_UNSPECIFIED: FindingLevel
FINDING_LEVEL_OK: FindingLevel
FINDING_LEVEL_WARNING: FindingLevel
FINDING_LEVEL_ERROR: FindingLevel
WORKER_STATUS_UNSPECIFIED: WorkerStatus
WORKER_STATUS_ALIVE: WorkerStatus
WORKER_STATUS_STOPPED: WorkerStatus
WORKER_STATUS_LOST: WorkerStatus

class GetOverviewRequest(_message.Message):
    __slots__ = ("window_minutes", "workflow")
    WINDOW_MINUTES_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_FIELD_NUMBER: _ClassVar[int]
    window_minutes: int
    workflow: str
    def __init__(self, window_minutes: _Optional[int] = ..., workflow: _Optional[str] = ...) -> None: ...

class ListWorkersRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListQueuesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class OverviewBucket(_message.Message):
    __slots__ = ("at", "started", "completed", "failed")
    AT_FIELD_NUMBER: _ClassVar[int]
    STARTED_FIELD_NUMBER: _ClassVar[int]
    COMPLETED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    at: _timestamp_pb2.Timestamp
    started: int
    completed: int
    failed: int
    def __init__(self, at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., started: _Optional[int] = ..., completed: _Optional[int] = ..., failed: _Optional[int] = ...) -> None: ...

class Durations(_message.Message):
    __slots__ = ("count", "p50_seconds", "p95_seconds", "p99_seconds")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    P50_SECONDS_FIELD_NUMBER: _ClassVar[int]
    P95_SECONDS_FIELD_NUMBER: _ClassVar[int]
    P99_SECONDS_FIELD_NUMBER: _ClassVar[int]
    count: int
    p50_seconds: float
    p95_seconds: float
    p99_seconds: float
    def __init__(self, count: _Optional[int] = ..., p50_seconds: _Optional[float] = ..., p95_seconds: _Optional[float] = ..., p99_seconds: _Optional[float] = ...) -> None: ...

class FailingNode(_message.Message):
    __slots__ = ("workflow", "node_id", "count", "last_message", "last_execution_id")
    WORKFLOW_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    LAST_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    LAST_EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    workflow: str
    node_id: str
    count: int
    last_message: str
    last_execution_id: str
    def __init__(self, workflow: _Optional[str] = ..., node_id: _Optional[str] = ..., count: _Optional[int] = ..., last_message: _Optional[str] = ..., last_execution_id: _Optional[str] = ...) -> None: ...

class WaitingFor(_message.Message):
    __slots__ = ("wait_for", "count", "oldest_at")
    WAIT_FOR_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    OLDEST_AT_FIELD_NUMBER: _ClassVar[int]
    wait_for: str
    count: int
    oldest_at: _timestamp_pb2.Timestamp
    def __init__(self, wait_for: _Optional[str] = ..., count: _Optional[int] = ..., oldest_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Finding(_message.Message):
    __slots__ = ("level", "check", "message", "hint")
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    CHECK_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    HINT_FIELD_NUMBER: _ClassVar[int]
    level: FindingLevel
    check: str
    message: str
    hint: str
    def __init__(self, level: _Optional[_Union[FindingLevel, str]] = ..., check: _Optional[str] = ..., message: _Optional[str] = ..., hint: _Optional[str] = ...) -> None: ...

class Overview(_message.Message):
    __slots__ = ("at", "window_minutes", "bucket_seconds", "buckets", "durations", "failing_nodes", "waiting", "findings")
    AT_FIELD_NUMBER: _ClassVar[int]
    WINDOW_MINUTES_FIELD_NUMBER: _ClassVar[int]
    BUCKET_SECONDS_FIELD_NUMBER: _ClassVar[int]
    BUCKETS_FIELD_NUMBER: _ClassVar[int]
    DURATIONS_FIELD_NUMBER: _ClassVar[int]
    FAILING_NODES_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    at: _timestamp_pb2.Timestamp
    window_minutes: int
    bucket_seconds: int
    buckets: _containers.RepeatedCompositeFieldContainer[OverviewBucket]
    durations: Durations
    failing_nodes: _containers.RepeatedCompositeFieldContainer[FailingNode]
    waiting: _containers.RepeatedCompositeFieldContainer[WaitingFor]
    findings: _containers.RepeatedCompositeFieldContainer[Finding]
    def __init__(self, at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., window_minutes: _Optional[int] = ..., bucket_seconds: _Optional[int] = ..., buckets: _Optional[_Iterable[_Union[OverviewBucket, _Mapping]]] = ..., durations: _Optional[_Union[Durations, _Mapping]] = ..., failing_nodes: _Optional[_Iterable[_Union[FailingNode, _Mapping]]] = ..., waiting: _Optional[_Iterable[_Union[WaitingFor, _Mapping]]] = ..., findings: _Optional[_Iterable[_Union[Finding, _Mapping]]] = ...) -> None: ...

class WorkerSummary(_message.Message):
    __slots__ = ("id", "name", "status", "queues", "running", "registered_at", "heartbeat_at", "ended_at", "details")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    QUEUES_FIELD_NUMBER: _ClassVar[int]
    RUNNING_FIELD_NUMBER: _ClassVar[int]
    REGISTERED_AT_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_AT_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    status: WorkerStatus
    queues: _containers.RepeatedScalarFieldContainer[str]
    running: int
    registered_at: _timestamp_pb2.Timestamp
    heartbeat_at: _timestamp_pb2.Timestamp
    ended_at: _timestamp_pb2.Timestamp
    details: _values_pb2.Object
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., status: _Optional[_Union[WorkerStatus, str]] = ..., queues: _Optional[_Iterable[str]] = ..., running: _Optional[int] = ..., registered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., heartbeat_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., details: _Optional[_Union[_values_pb2.Object, _Mapping]] = ...) -> None: ...

class WorkerList(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[WorkerSummary]
    def __init__(self, items: _Optional[_Iterable[_Union[WorkerSummary, _Mapping]]] = ...) -> None: ...

class QueueSummary(_message.Message):
    __slots__ = ("queue", "due", "delayed", "running", "oldest_due_seconds", "workers")
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    DUE_FIELD_NUMBER: _ClassVar[int]
    DELAYED_FIELD_NUMBER: _ClassVar[int]
    RUNNING_FIELD_NUMBER: _ClassVar[int]
    OLDEST_DUE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    WORKERS_FIELD_NUMBER: _ClassVar[int]
    queue: str
    due: int
    delayed: int
    running: int
    oldest_due_seconds: float
    workers: int
    def __init__(self, queue: _Optional[str] = ..., due: _Optional[int] = ..., delayed: _Optional[int] = ..., running: _Optional[int] = ..., oldest_due_seconds: _Optional[float] = ..., workers: _Optional[int] = ...) -> None: ...

class QueueList(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[QueueSummary]
    def __init__(self, items: _Optional[_Iterable[_Union[QueueSummary, _Mapping]]] = ...) -> None: ...
