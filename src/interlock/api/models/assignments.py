"""Assignments, for workers that use the API."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, ValidationError, ValidationInfo, ValidatorFunctionWrapHandler, WrapValidator

from interlock.api.invalid_fields import invalid_fields
from interlock.api.models.base import Answer, JsonObject, Page, PageRequest, Request, ShortText, WorkflowReference
from interlock.api.models.problems import InvalidField as InvalidFieldAnswer
from interlock.api.storable import check_storable
from interlock.errors import InvalidField, InvalidRequest
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


class RefusedOutcome(AssignmentOutcome):
    """Stands for a result that is not valid. It is answered in its place, and the other results count."""

    refused: tuple[InvalidField, ...]
    """What is wrong, with places inside the result."""


class UnreadableResults(dict[tuple[Any, Any], InvalidField]):
    """What cannot be read in results, by the ids that they give for execution and assignment: the context in which a body is validated."""


def _result_or_refusal(given: Any, read: ValidatorFunctionWrapHandler, info: ValidationInfo) -> AssignmentOutcome:
    """Reads one of several results. Only one that does not say which assignment it is for refuses all of them: nobody could tell whose it is."""
    if isinstance(given, AssignmentOutcome):
        return given
    if isinstance(info.context, UnreadableResults) and isinstance(given, dict):
        unreadable = info.context.get((given.get("execution_id"), given.get("assignment_id")))
        refused = None if unreadable is None else refused_outcome(given, [unreadable])
        if refused is not None:
            return refused
    try:
        outcome: AssignmentOutcome = read(given)
        check_storable(outcome)
    except (ValidationError, InvalidRequest) as error:
        refused = refused_outcome(given, error.fields if isinstance(error, InvalidRequest) else invalid_fields(error))
        if refused is None:
            raise
        return refused
    return outcome


def refused_outcome(given: Any, fields: Sequence[InvalidField]) -> RefusedOutcome | None:
    """Returns what stands for a result that is not valid; None if the result does not say which assignment it is for."""
    try:
        about = _About.model_validate(given)
    except ValidationError:
        return None
    return RefusedOutcome.model_construct(**dict(about), attempt=1, outcome="released", output=None, error=None, refused=tuple(fields))


class _About(BaseModel):
    execution_id: UUID
    assignment_id: UUID


class CompleteAssignments(Request):
    """Reports the results of assignments that the worker holds. A result that is not valid is answered with IL054, and the others count."""

    worker_id: UUID
    request: RequestNumber
    results: Annotated[list[Annotated[AssignmentOutcome, WrapValidator(_result_or_refusal)]], Field(min_length=1, max_length=1000)]


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
    """When more is due in these queues; none if that is not known, as where it is a wait that ends."""


class OutcomeAnswer(Answer):
    """What became of one result."""

    execution_id: UUID
    assignment_id: UUID
    answer: str
    """`ok`, `repeated`, `busy` (send it again with a new request number), or a code of docs/errors.md. After IL054 the worker still holds it."""
    invalid: list[InvalidFieldAnswer] = Field(default_factory=list)
    """With IL054: what is wrong in the result, each with its place."""


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
