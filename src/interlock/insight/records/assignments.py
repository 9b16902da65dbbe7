"""Assignments: the visits of an execution's nodes, and the attempts at them."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from interlock.insight.records.base import JsonObject, Record
from interlock.insight.records.errors import ErrorInfo

AssignmentStatus = Literal["holding", "pending", "running", "waiting", "completed", "failed", "cancelled"]
"""The status of an assignment; docs/states.md explains each."""
AttemptOutcome = Literal["failed", "timed_out", "lost", "cancelled"]
"""How an attempt ended that did not succeed."""
OPEN_ASSIGNMENT_STATUSES: Final[tuple[AssignmentStatus, ...]] = ("holding", "pending", "running", "waiting")


class AssignmentSummary(Record):
    """One visit of one node, without its input and output. Times come from the database's clock."""

    id: UUID
    node_id: str
    name: str
    """What people see of the node."""
    type: str
    subtype: str
    visit: int
    """Which visit of this node in this execution, from 1."""
    attempt: int
    """Which attempt at this visit, from 1."""
    loss_count: int
    """Number of times that it was lost with its worker."""
    status: AssignmentStatus
    suspended: bool
    """Pending, but not given to workers until its execution is continued."""
    actor: str | None
    """The worker, person or virtual user (START, ROUTER, CONSENSUS) that it is assigned to."""
    queue: str | None
    """The queue that workers claim it from; none for what needs no worker."""
    wait_for: str | None
    """What it waits for: `time`, `person`, `signal`, `callback`, `order` (an earlier visit of its node leaves first) or `turn` (the next tick)."""
    due_at: datetime | None
    """When it is due, its wait is over or its attempt times out; none where there is no such time."""
    ports: list[str]
    """The ports that it leaves through."""
    error: ErrorInfo | None
    """In lists and events without `details` where it is larger than 8 KiB."""
    previous_assignment_id: UUID | None
    """The visit that led to this one."""
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    change_number: int
    """Number of its last change within the execution; it orders the changes of all visits."""


class Attempt(Record):
    """An attempt that did not succeed."""

    attempt: int
    """From 1."""
    loss_count: int
    """Number of times that the visit had been lost with its worker."""
    outcome: AttemptOutcome
    error: ErrorInfo | None
    worker: str | None
    """Name of the worker."""
    started_at: datetime | None
    ended_at: datetime


class Assignment(AssignmentSummary):
    """One visit of one node, with its input, its output and the attempts that did not succeed."""

    execution_id: UUID
    idempotency_key: str
    """The same for every attempt and re-run of this visit."""
    input: JsonObject | None
    output: JsonObject | None
    attempts: list[Attempt]
    """Those that did not succeed; the newest 100, oldest first."""


class ListedAssignment(AssignmentSummary):
    """An open assignment in a list over all executions."""

    execution_id: UUID
    workflow: str
    """Name of the workflow."""
    subject: str | None
    """What the execution is about."""
