"""Assignments, for workers that use the API."""

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
    """Lists open assignments, oldest first. With `mine`, and for an annotator always, only those that are assigned to the caller."""

    status: Annotated[list[AssignmentStatus], Field(max_length=7)] = Field(default_factory=list)
    """Any of holding, pending, running and waiting; all four if you leave it out."""
    queue: QueueName | None = None
    workflow: WorkflowReference | None = None
    mine: bool = False


class ClaimAssignments(Request):
    """Claims due assignments, oldest first. The first claim registers the worker."""

    worker_id: UUID
    """A UUID that the worker chooses; it takes a new one after it was lost (IL011)."""
    request: RequestNumber
    """Number of this request; the worker counts its claims and completions together, from 1."""
    worker_name: ShortText = ""
    queues: Annotated[list[QueueName], Field(min_length=1, max_length=50)]
    limit: Annotated[int, Field(ge=1, le=1000)] = 1
    lease_seconds: Annotated[int, Field(ge=5, le=86_400)] = 60
    """After this time without a claim, completion or heartbeat the worker is lost, and its assignments go to others."""


class AssignmentOutcome(Request):
    """The result of one assignment."""

    execution_id: UUID
    assignment_id: UUID
    attempt: Annotated[int, Field(ge=1)]
    outcome: Outcome
    """`released`: it did not begin, and goes back to its queue."""
    output: JsonObject | None = None
    port: Annotated[str, Field(max_length=100)] | None = None
    error: "OutcomeError | None" = None
    """Required if the outcome is `failed`, and refused otherwise."""


class OutcomeError(Request):
    """Why an assignment failed."""

    code: Annotated[str, Field(min_length=1, max_length=100)]
    """A code of your own, or one of docs/errors.md."""
    message: Annotated[str, Field(max_length=10_000)]
    hint: Annotated[str, Field(max_length=10_000)] | None = None
    """How to fix it."""
    details: JsonObject = Field(default_factory=dict)
    retryable: bool = True


class CompleteAssignments(Request):
    """Reports the results of assignments that the worker holds."""

    worker_id: UUID
    request: RequestNumber
    results: Annotated[list[AssignmentOutcome], Field(min_length=1, max_length=1000)]


class HeartbeatWorker(Request):
    """Keeps a worker alive that has nothing to report, and returns which assignments it no longer holds."""

    worker_id: UUID


class StopWorker(Request):
    """Stops a worker: what it holds goes back to the queues at once, and does not count as lost."""

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
    """As written in the definition: templates are not rendered."""
    input: JsonObject
    visit: int
    attempt: int
    idempotency_key: str
    """The same for every attempt and re-run of this visit; pass it on to the services that the worker calls."""
    subject: str | None
    deadline_at: datetime | None


class ClaimedAssignments(Answer):
    """The assignments that the worker now holds."""

    items: list[ClaimedAssignment]
    next_due_seconds: float | None
    """When more may be due; none if that is not known."""


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
    """Assignments that the worker no longer holds; it has to drop them."""


class StoppedWorker(Answer):
    """What a stopped worker handed back."""

    released: int
    """Number of assignments that went back to the queues; 0 for a worker that stopped before, or was lost."""
