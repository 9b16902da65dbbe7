"""How the whole is doing: throughput, failures, durations, what waits, workers, queues, health."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from interlock.api.models.base import Answer, JsonObject, Request, WorkflowReference

FindingLevel = Literal["ok", "warning", "error"]
WorkerStatus = Literal["alive", "stopped", "lost"]


class GetOverview(Request):
    """Throughput, failures, durations, what waits and what `interlock doctor` finds, over a window of time."""

    window_minutes: Annotated[int, Field(ge=5, le=43_200)] = 60
    workflow: WorkflowReference | None = None


class ListWorkers(Request):
    """Those alive, and those that ended or were lost within the last hour."""


class ListQueues(Request):
    """Queues in which something is open, or that somebody serves."""


class OverviewBucket(Answer):
    at: datetime
    started: int
    completed: int
    failed: int
    """Failed, timed out or cancelled, counted at the time the execution was made, as `completed` is."""


class Durations(Answer):
    """Of executions that completed within the window, in seconds; at most 10,000 of the newest are looked at."""

    count: int
    p50_seconds: float | None
    p95_seconds: float | None
    p99_seconds: float | None


class FailingNode(Answer):
    workflow: str
    node_id: str
    count: int
    last_message: str
    last_execution_id: UUID


class WaitingFor(Answer):
    wait_for: str
    count: int
    oldest_at: datetime


class Finding(Answer):
    """What `interlock doctor` found."""

    level: FindingLevel
    check: str
    message: str
    hint: str | None


class Overview(Answer):
    at: datetime
    window_minutes: int
    bucket_seconds: int
    buckets: list[OverviewBucket]
    durations: Durations
    failing_nodes: list[FailingNode]
    waiting: list[WaitingFor]
    findings: list[Finding]


class WorkerSummary(Answer):
    id: UUID
    name: str
    status: WorkerStatus
    queues: list[str]
    running: int
    registered_at: datetime
    heartbeat_at: datetime
    ended_at: datetime | None
    details: JsonObject


class WorkerList(Answer):
    items: list[WorkerSummary]


class QueueSummary(Answer):
    queue: str
    due: int
    """Pending and due now."""
    delayed: int
    """Pending, not due yet: retries, and what stands back for a lock."""
    running: int
    oldest_due_seconds: float | None
    """How long the oldest due one has waited."""
    workers: int


class QueueList(Answer):
    items: list[QueueSummary]
