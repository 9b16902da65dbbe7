"""Executions: how one stands, what it was given, what came of it, and why it does not move."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from interlock.insight.records.assignments import AssignmentStatus
from interlock.insight.records.base import JsonObject, Record
from interlock.insight.records.errors import ErrorInfo

ExecutionStatus = Literal["pending", "running", "waiting", "paused", "completed", "failed", "cancelled", "timed_out"]
OPEN_STATUSES: Final[tuple[ExecutionStatus, ...]] = ("pending", "running", "waiting", "paused")
ALL_STATUSES: Final[tuple[ExecutionStatus, ...]] = (*OPEN_STATUSES, "completed", "failed", "cancelled", "timed_out")


class ExecutionSummary(Record):
    id: UUID
    workflow_id: UUID
    workflow: str
    version: int
    status: ExecutionStatus
    subject: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    suspended_at: datetime | None
    suspended_by: str | None
    retried_from: UUID | None
    error: ErrorInfo | None
    change_number: int


class ExecutionCount(Record):
    status: ExecutionStatus
    count: int
    at_least: bool
    """There are more, but they were not counted."""


class AuditEntry(Record):
    at: datetime
    actor: str
    action: str
    details: JsonObject


class ExecutionDetails(ExecutionSummary):
    """An execution with its values and its history, without its visits."""

    input: JsonObject
    output: JsonObject | None
    context: JsonObject
    left_out: list[Literal["input", "output", "context"]]
    """What is larger than 4 MiB and so is empty in this answer; its parts are the outputs of assignments."""
    deadline_at: datetime | None
    root_id: UUID
    retries: list[UUID]
    """Executions that were made by retrying this one; the newest 100."""
    audit: list[AuditEntry]
    """The newest 100."""


class PathStep(Record):
    """One visit of one node as it went [seed 004]."""

    assignment_id: UUID
    node_id: str
    node_name: str
    node_type: str
    node_subtype: str
    visit: int
    attempt: int
    status: AssignmentStatus
    port: list[str]
    actor: str | None
    input_data: JsonObject | None
    output_data: JsonObject | None
    left_out: list[Literal["input_data", "output_data"]]
    """What is too large for this answer; `get_assignment` has it."""
    error: ErrorInfo | None
    start_time: datetime | None
    end_time: datetime | None
    execution_time_ms: float | None


class Reason(Record):
    """Why something does not move; `until`: when it will by itself, if that is known."""

    assignment_id: UUID | None
    node_id: str | None
    status: str
    reason: str
    message: str
    hint: str | None
    """What to do about it; none where there is nothing to do."""
    until: datetime | None
    details: JsonObject


class Explanation(Record):
    status: ExecutionStatus
    reasons: list[Reason]
    truncated: bool
    """More assignments are open than are explained here."""
