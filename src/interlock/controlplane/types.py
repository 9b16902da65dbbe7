"""The typed JSON that the SQL functions take and return."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NotRequired, Self, TypedDict
from uuid import UUID

from interlock.errors import InterlockError

JsonObject = dict[str, Any]


class NewExecution(TypedDict, total=False):
    """One execution to start. `idempotency_key` and `subject`: at most 500 characters; `trace_parent`: W3C's `traceparent` of the request."""

    input: JsonObject
    idempotency_key: str | None
    subject: str | None
    trace_parent: str | None


class ResultError(TypedDict):
    """The reason why an attempt failed. Without `retryable` it counts as retryable."""

    code: str
    message: str
    hint: NotRequired[str | None]
    details: NotRequired[JsonObject]
    retryable: NotRequired[bool]


class AssignmentResult(TypedDict):
    """A worker's result for one assignment that it holds."""

    execution_id: str
    assignment_id: str
    attempt: int
    outcome: Literal["completed", "failed", "waiting", "released"]
    output: NotRequired[JsonObject]
    port: NotRequired[str | list[str]]
    error: NotRequired[ResultError]
    wait: NotRequired[JsonObject]
    context: NotRequired[JsonObject]
    tries: NotRequired[int]


class Assignment(TypedDict):
    """An assignment that a worker has claimed, with everything that its executor needs. Ids are text, times ISO 8601."""

    execution_id: str
    assignment_id: str
    version_id: int
    node_no: int
    visit: int
    attempt: int
    loss_count: int
    input: JsonObject
    nodes: JsonObject
    context: JsonObject
    subject: str | None
    execution: JsonObject
    idempotency_key: str
    deadline_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One answer for each result, in the same order, and the claimed assignments."""

    answers: list[str]
    assignments: list[Assignment]
    next_due_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlimExchange:
    """What a worker does not know yet.

    Attributes:
        answers: one for each result, in the same order; None if all are ok.
        assignments: claimed, and complete.
        handed: visits that follow a result of the request and share its execution: `[place of the result from 0, id]` for a visit of the plain
            successor, whose input is the output just reported; `[place, id, input]` if the result asked for an echo;
            `[place, id, input or None, node_no]` for a visit of another node.
        now: the database's time; what was handed over times out after its node's timeout from now.
        offered: the id of the one of `assignments` that a start began for this worker; a notification may have brought it before.
    """

    answers: list[str] | None
    assignments: list[Assignment]
    handed: list[list[Any]]
    now: str
    next_due_seconds: float | None
    offered: str | None = None

    @classmethod
    def of(cls, answer: JsonObject) -> Self:
        """What has no value may be missing."""
        return cls(
            answers=answer.get("answers"),
            assignments=answer.get("assignments") or [],
            handed=answer.get("handed") or [],
            now=answer["now"],
            next_due_seconds=answer.get("next_due_seconds"),
            offered=answer.get("offered"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedWorkflow:
    """The version that a definition was saved as; `created` is false if this content was saved before."""

    workflow_id: UUID
    version: int
    version_id: int
    created: bool

    @classmethod
    def of(cls, answer: JsonObject) -> Self:
        return cls(workflow_id=UUID(answer["workflow_id"]), version=answer["version"], version_id=answer["version_id"], created=answer["created"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version as workers cache it: `nodes` are the compiled ones, ordered by `node_no`."""

    workspace_id: int
    workflow: str
    workflow_id: UUID
    version: int
    version_id: int
    definition: JsonObject
    nodes: list[JsonObject]
    connections: list[JsonObject]

    @classmethod
    def of(cls, answer: JsonObject) -> Self:
        return cls(**{**answer, "workflow_id": UUID(answer["workflow_id"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedExecution:
    """One answer of `start_executions`: an execution, created now or by an earlier call with the same key, or why there is none."""

    execution_id: UUID | None
    created: bool
    error: JsonObject | None = None

    @classmethod
    def of(cls, answer: JsonObject) -> Self:
        if "error" in answer:
            return cls(execution_id=None, created=False, error=answer["error"])
        return cls(execution_id=UUID(answer["execution_id"]), created=answer["created"])

    @classmethod
    def refused(cls, error: InterlockError) -> Self:
        return cls(execution_id=None, created=False, error={"code": error.code, "message": error.message, "hint": error.hint})


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """An assignment that a worker no longer holds."""

    execution_id: UUID
    assignment_id: UUID
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """The answer to a heartbeat. `lost`: the worker was given up and has to register under a new id."""

    lost: bool
    revoked: list[Revocation]

    @classmethod
    def of(cls, answer: JsonObject) -> Self:
        return cls(
            lost=answer["lost"],
            revoked=[
                Revocation(execution_id=UUID(one["execution_id"]), assignment_id=UUID(one["assignment_id"]), attempt=one["attempt"])
                for one in answer["revoked"]
            ],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """How many rows a tick moved, by kind; all zero with `skipped` if another tick was running."""

    skipped: bool
    next_due_seconds: float | None
    moved: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, answer: JsonObject) -> Self:
        moved = {name: count for name, count in answer.items() if name not in ("skipped", "next_due_seconds")}
        return cls(skipped=answer["skipped"], next_due_seconds=answer["next_due_seconds"], moved=moved)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """The reason why something in an execution does not move.

    Attributes:
        hint: what to do about it; None if there is nothing to do.
        until: when it goes on by itself, if that is known.
    """

    assignment_id: UUID | None
    node_id: str | None
    status: str
    reason: str
    message: str
    hint: str | None = None
    until: datetime | None = None
    details: JsonObject = field(default_factory=dict)

    @classmethod
    def of(cls, answer: JsonObject) -> Self:
        assignment, until = answer["assignment_id"], answer["until"]
        return cls(
            assignment_id=UUID(assignment) if assignment else None,
            node_id=answer["node_id"],
            status=answer["status"],
            reason=answer["reason"],
            message=answer["message"],
            hint=answer["hint"],
            until=datetime.fromisoformat(until) if until else None,
            details=answer["details"],
        )
