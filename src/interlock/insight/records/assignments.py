"""Assignments: the visits of an execution's nodes, and the attempts at them."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from interlock.insight.records.base import JsonObject, Record
from interlock.insight.records.errors import ErrorInfo

AssignmentStatus = Literal["holding", "pending", "running", "waiting", "completed", "failed", "cancelled"]
AttemptOutcome = Literal["failed", "timed_out", "lost", "cancelled"]
OPEN_ASSIGNMENT_STATUSES: Final[tuple[AssignmentStatus, ...]] = ("holding", "pending", "running", "waiting")


class AssignmentSummary(Record):
    """One visit of one node, without what went in and came out."""

    id: UUID
    node_id: str
    name: str
    type: str
    subtype: str
    visit: int
    attempt: int
    loss_count: int
    status: AssignmentStatus
    suspended: bool
    actor: str | None
    queue: str | None
    wait_for: str | None
    due_at: datetime | None
    ports: list[str]
    error: ErrorInfo | None
    previous_assignment_id: UUID | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    change_number: int


class Attempt(Record):
    """An attempt that did not succeed."""

    attempt: int
    loss_count: int
    outcome: AttemptOutcome
    error: ErrorInfo | None
    worker: str | None
    started_at: datetime | None
    ended_at: datetime


class Assignment(AssignmentSummary):
    execution_id: UUID
    idempotency_key: str
    input: JsonObject | None
    output: JsonObject | None
    attempts: list[Attempt]
    """Those that did not succeed; the newest 100."""


class ListedAssignment(AssignmentSummary):
    execution_id: UUID
    workflow: str
    subject: str | None
