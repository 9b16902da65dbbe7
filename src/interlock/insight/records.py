"""What is read about an execution, as values."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionSummary:
    id: UUID
    workflow: str
    version: int
    status: str
    subject: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    suspended_at: datetime | None
    suspended_by: str | None
    retried_from: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """An attempt that did not succeed: failed, timed out, or lost with its worker."""

    attempt: int
    outcome: str
    error: dict[str, Any] | None
    worker: str | None
    started_at: datetime | None
    ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentRecord:
    """A visit of a node; `change_number` orders the changes of an execution."""

    id: UUID
    node_no: int
    node_id: str
    name: str
    type: str
    subtype: str
    visit: int
    attempt: int
    loss_count: int
    status: str
    queue: str | None
    wait_for: str | None
    due_at: datetime | None
    ports: tuple[str, ...]
    worker: str | None
    error: dict[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    change_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentData:
    """What went into a visit and what came out of it."""

    input: dict[str, Any] | None
    output: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionRecord:
    """An execution with all its visits, in the order in which they began; `left_out`: its values that were too large to be told."""

    summary: ExecutionSummary
    input: dict[str, Any]
    output: dict[str, Any] | None
    context: dict[str, Any]
    error: dict[str, Any] | None
    assignments: tuple[AssignmentRecord, ...]
    data: dict[UUID, AssignmentData]
    attempts: dict[UUID, tuple[AttemptRecord, ...]]
    left_out: tuple[str, ...] = ()
