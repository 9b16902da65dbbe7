"""An installation as a whole: its workers, its queues, what happened lately, and what is wrong with it."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from interlock.insight.records.base import JsonObject, Record

FindingLevel = Literal["ok", "warning", "error"]
"""How serious a finding is."""
WorkerStatus = Literal["alive", "stopped", "lost"]
"""Whether a worker is alive."""


class OverviewBucket(Record):
    """What happened to the executions that were made within one bucket of time."""

    at: datetime
    """When it begins."""
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
    """A node whose failures made executions fail within the window."""

    workflow: str
    """Name of the workflow."""
    node_id: str
    count: int
    last_message: str
    last_execution_id: UUID


class WaitingFor(Record):
    """What open assignments wait for; the 5,000 oldest executions of each status are looked at."""

    wait_for: str
    count: int
    oldest_at: datetime
    """Since when the oldest one waits."""


class WorkerSummary(Record):
    """A worker that is alive, or ended within the last hour."""

    id: UUID
    name: str
    status: WorkerStatus
    queues: list[str]
    running: int
    """Number of assignments that it has now."""
    registered_at: datetime
    heartbeat_at: datetime
    """When it last gave a sign of life."""
    ended_at: datetime | None
    details: JsonObject
    """What it says of itself, and `statistics`: what it did since it began."""


class QueueSummary(Record):
    """A queue in which something is pending or running, or that a worker serves."""

    queue: str
    due: int
    """Pending and due now; exact up to 10,000."""
    delayed: int
    """Pending, but due later: retries, and what waits for a lock; exact up to 10,000."""
    running: int
    oldest_due_seconds: float | None
    """How long the oldest due one has waited; none where nothing is due."""
    workers: int
    """Number of workers that are alive and serve it."""


class Finding(Record):
    """What one check of `interlock doctor` found."""

    level: FindingLevel
    check: str
    """Name of the check: `schema`, `server`, `settings`, `vacuum`, `clock`, `storage`, `disk`, `workers`, `queues`, `executions`, `runaways`
    or `limits`."""
    message: str
    hint: str | None
    """How to fix it."""
