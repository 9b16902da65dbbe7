"""Executions: how one stands, what it was given, what came of it, and why it does not move."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from interlock.insight.records.assignments import AssignmentStatus
from interlock.insight.records.base import JsonObject, Record
from interlock.insight.records.errors import ErrorInfo

ExecutionStatus = Literal["pending", "running", "waiting", "paused", "completed", "failed", "cancelled", "timed_out"]
"""The status of an execution; docs/states.md explains each."""
TestFilter = Literal["exclude", "include", "only"]
"""Whether lists and counts have test runs: without a filter they do not."""
OPEN_STATUSES: Final[tuple[ExecutionStatus, ...]] = ("pending", "running", "waiting", "paused")
ALL_STATUSES: Final[tuple[ExecutionStatus, ...]] = (*OPEN_STATUSES, "completed", "failed", "cancelled", "timed_out")


class ExecutionSummary(Record):
    """An execution in a list. Times come from the database's clock."""

    id: UUID
    workflow_id: UUID
    workflow: str
    """Name of the workflow."""
    version: int | None
    """The version that it stays on, from 1; none of a test run, which runs a definition that need not be saved."""
    status: ExecutionStatus
    subject: str | None
    """What it is about: an account, a document …; at most 500 characters."""
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    suspended_at: datetime | None
    """Set while an operator keeps it stopped."""
    suspended_by: str | None
    retried_from: UUID | None
    """The execution that this one retries."""
    is_test: bool
    """Whether it is a test run, which no statistics count."""
    error: ErrorInfo | None
    """Why it failed, was cancelled or timed out. In lists and events without `details` where it is larger than 8 KiB."""
    change_number: int
    """Number of its last change; it grows with each change of the execution or of one of its visits."""


class ExecutionCount(Record):
    """Number of executions with one status."""

    status: ExecutionStatus
    count: int
    """Exact up to 10,000."""
    at_least: bool
    """There are more, but they were not counted."""


class AuditEntry(Record):
    """Something that a person, or a program, did to an execution: cancelled it or one of its assignments, suspended, continued or retried it."""

    at: datetime
    actor: str
    """Who did it."""
    action: str
    details: JsonObject


class ExecutionDetails(ExecutionSummary):
    """An execution with its values and its history, without its visits."""

    input: JsonObject
    output: JsonObject | None
    """None until it has completed."""
    context: JsonObject
    """The object that all of its nodes share."""
    left_out: list[Literal["input", "output", "context"]]
    """What is larger than 4 MiB and so is empty in this answer; its parts are the outputs of assignments."""
    deadline_at: datetime | None
    """When it times out."""
    root_id: UUID
    """The first execution of the chain of retries that it belongs to; its own id where it retries none."""
    retries: list[UUID]
    """Executions that retry this one; the newest 100, oldest first."""
    audit: list[AuditEntry]
    """The newest 100, oldest first."""


class PathStep(Record):
    """One visit of one node, with its input and output [seed 004]."""

    assignment_id: UUID
    node_id: str
    node_name: str
    node_type: str
    node_subtype: str
    visit: int
    """Which visit of this node in this execution, from 1."""
    attempt: int
    """Which attempt at this visit, from 1."""
    status: AssignmentStatus
    port: list[str]
    """The ports that it leaves through."""
    actor: str | None
    """The worker, person or virtual user that it is assigned to."""
    input_data: JsonObject | None
    output_data: JsonObject | None
    left_out: list[Literal["input_data", "output_data"]]
    """What is too large for this answer; `get_assignment` has it."""
    error: ErrorInfo | None
    start_time: datetime | None
    end_time: datetime | None
    execution_time_ms: float | None
    """From start to end, in milliseconds."""


class Reason(Record):
    """Why something does not move; `until`: when it will by itself, if that is known."""

    assignment_id: UUID | None
    """None where the reason is the execution's."""
    node_id: str | None
    status: str
    """Status of the assignment, or of the execution."""
    reason: str
    """A word for programs: `ended`, `suspended`, `continues_next`, `holding`, `running`, `waiting_for_` and what it waits for, `lock_held`,
    `retry_at`, `virtual_user`, `no_worker`, `no_capable_worker`, `runs_alone`, `workspace_full` or `queued`."""
    message: str
    """The same for people."""
    hint: str | None
    """What to do about it; none where there is nothing to do."""
    until: datetime | None
    details: JsonObject


class Explanation(Record):
    """Why an execution does not move: reasons of the execution first, then one for each open assignment, the oldest first."""

    status: ExecutionStatus
    reasons: list[Reason]
    truncated: bool
    """More assignments are open than are explained here."""
