"""An installation as a whole: its workers, its queues, what happened lately, and what is wrong with it."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from interlock.insight.records.base import JsonObject, Record

FindingLevel = Literal["ok", "warning", "error"]
WorkerStatus = Literal["alive", "stopped", "lost"]


class OverviewBucket(Record):
    at: datetime
    started: int
    completed: int
    failed: int
    """Failed, timed out or cancelled, counted at the time the execution was made, as `completed` is."""


class Durations(Record):
    """Of executions that completed within the window, in seconds; at most 10,000 of the newest are looked at."""

    count: int
    p50_seconds: float | None
    p95_seconds: float | None
    p99_seconds: float | None


class FailingNode(Record):
    workflow: str
    node_id: str
    count: int
    last_message: str
    last_execution_id: UUID


class WaitingFor(Record):
    wait_for: str
    count: int
    oldest_at: datetime


class WorkerSummary(Record):
    id: UUID
    name: str
    status: WorkerStatus
    queues: list[str]
    running: int
    registered_at: datetime
    heartbeat_at: datetime
    ended_at: datetime | None
    details: JsonObject


class QueueSummary(Record):
    queue: str
    due: int
    """Pending and due now."""
    delayed: int
    """Pending, not due yet: retries, and what stands back for a lock."""
    running: int
    oldest_due_seconds: float | None
    """How long the oldest due one has waited."""
    workers: int


class Finding(Record):
    """What `interlock doctor` found."""

    level: FindingLevel
    check: str
    message: str
    hint: str | None
