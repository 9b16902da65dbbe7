"""Assignments for workers outside: claimed, kept alive, completed."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from interlock.api.models.base import Answer, JsonObject, Page, PageRequest, Request, ShortText, WorkflowReference
from interlock.insight.records.assignments import AssignmentStatus, ListedAssignment

QueueName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$")]
Outcome = Literal["completed", "failed", "released"]
"""How an assignment ended for its worker. `released`: it did not begin, and goes back to its queue."""
RequestNumber = Annotated[int, Field(ge=1, le=9_223_372_036_854_775_807)]


class ListAssignments(PageRequest):
    """Open assignments, oldest first; with `mine`, and for an annotator always, only those assigned to who asks."""

    status: Annotated[list[AssignmentStatus], Field(max_length=7)] = Field(default_factory=list)
    """Of the open ones: holding, pending, running, waiting; all four where none is given."""
    queue: QueueName | None = None
    workflow: WorkflowReference | None = None
    mine: bool = False


class ClaimAssignments(Request):
    """Takes due assignments, oldest first. A repeat with the same request number answers with the same assignments."""

    worker_id: UUID
    """Chosen by the worker, a UUID; a new one after it was given up (IL011)."""
    request: RequestNumber
    """Number of this claim or completion, counted by the worker from 1 over both."""
    worker_name: ShortText = ""
    queues: Annotated[list[QueueName], Field(min_length=1, max_length=50)]
    limit: Annotated[int, Field(ge=1, le=1000)] = 1
    lease_seconds: Annotated[int, Field(ge=5, le=86_400)] = 60
    """How long without a call of this worker until its assignments go to others. Every claim, completion and heartbeat counts."""


class AssignmentOutcome(Request):
    """The result of one assignment."""

    execution_id: UUID
    assignment_id: UUID
    attempt: Annotated[int, Field(ge=1)]
    outcome: Outcome
    """`released`: handed back unbegun, for any worker."""
    output: JsonObject | None = None
    port: Annotated[str, Field(max_length=100)] | None = None
    error: "OutcomeError | None" = None
    """Needed where the outcome is `failed`."""


class OutcomeError(Request):
    """Why an assignment failed."""

    code: Annotated[str, Field(min_length=1, max_length=100)]
    """Of your own; docs/errors.md lists those of Interlock."""
    message: Annotated[str, Field(max_length=10_000)]
    hint: Annotated[str, Field(max_length=10_000)] | None = None
    """How to fix it."""
    details: JsonObject = Field(default_factory=dict)
    retryable: bool = True


class CompleteAssignments(Request):
    """Reports what came of assignments that the worker holds. A repeat with the same request number changes nothing and answers the same."""

    worker_id: UUID
    request: RequestNumber
    results: Annotated[list[AssignmentOutcome], Field(min_length=1, max_length=1000)]


class HeartbeatWorker(Request):
    """Proof of life of a worker that has nothing to report."""

    worker_id: UUID


class StopWorker(Request):
    """Ends a worker: what it holds goes back to the queues at once, and does not count as lost."""

    worker_id: UUID


class AssignmentList(Page):
    """A page of open assignments."""

    items: list[ListedAssignment]


class ClaimedAssignment(Answer):
    """An assignment that the worker now holds, with everything that it needs to work on it."""

    execution_id: UUID
    assignment_id: UUID
    workflow: str
    version: int
    node_id: str
    name: str
    type: str
    subtype: str
    parameters: JsonObject
    """As written: templates are not rendered."""
    input: JsonObject
    visit: int
    attempt: int
    idempotency_key: str
    """The same for every attempt and re-run of this visit; pass it on to whoever is called."""
    subject: str | None
    deadline_at: datetime | None


class ClaimedAssignments(Answer):
    """The assignments that the worker now holds."""

    items: list[ClaimedAssignment]
    next_due_seconds: float | None
    """When there may be more; none: not known."""


class OutcomeAnswer(Answer):
    """What became of one result."""

    execution_id: UUID
    assignment_id: UUID
    answer: str
    """`ok`, `repeated`, `busy` (send it again with a new request number), or a code of docs/errors.md."""


class CompletedAssignments(Answer):
    """What became of the results."""

    answers: list[OutcomeAnswer]
    """One for each result, in the same order."""


class RevokedAssignment(Answer):
    """An assignment that the worker no longer holds."""

    execution_id: UUID
    assignment_id: UUID
    attempt: int


class WorkerHeartbeat(Answer):
    """The answer to a heartbeat."""

    revoked: list[RevokedAssignment]
    """Assignments that the worker no longer holds; to be dropped."""


class StoppedWorker(Answer):
    """What a worker gave back when it ended."""

    released: int
    """Number of assignments that went back to the queues; 0 for a worker that had ended before."""
