"""Executions: listed, read, watched, moved."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from interlock.api.models.base import Answer, Cursor, JsonObject, Page, PageRequest, Request, ShortText, WorkflowReference

ExecutionStatus = Literal["pending", "running", "waiting", "paused", "completed", "failed", "cancelled", "timed_out"]
AssignmentStatus = Literal["holding", "pending", "running", "waiting", "completed", "failed", "cancelled"]
AttemptOutcome = Literal["failed", "timed_out", "lost", "cancelled"]
ExecutionEventKind = Literal["execution", "assignment", "end"]
NodeId = Annotated[str, Field(min_length=1, max_length=100)]


class ExecutionFilter(Request):
    status: Annotated[list[ExecutionStatus], Field(max_length=8)] = Field(default_factory=list)
    """One or several; all where none is given."""
    workflow: WorkflowReference | None = None
    subject: ShortText | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


class ListExecutions(ExecutionFilter, PageRequest):
    """Executions that match all filters, newest first."""


class CountExecutions(Request):
    """How many executions there are of each status."""

    workflow: WorkflowReference | None = None
    subject: ShortText | None = None


class ListWorkflowExecutions(PageRequest):
    """Executions of one workflow, newest first."""

    workflow: WorkflowReference
    status: Annotated[list[ExecutionStatus], Field(max_length=8)] = Field(default_factory=list)


class GetExecution(Request):
    """One execution: status, input, output, and the path it took."""

    execution_id: UUID
    run_data: bool = True
    """Whether the path with its inputs and outputs comes along."""
    run_data_limit: Annotated[int, Field(ge=1, le=1000)] = 200
    """How many steps of the path at most; there are fewer where their inputs and outputs are large."""
    run_data_cursor: Cursor | None = None
    """`run_data.next_cursor` of the part before; the first part without it."""


class ListExecutionAssignments(Request):
    """The visits of an execution's nodes without inputs and outputs, in the order in which they last changed."""

    execution_id: UUID
    since: Annotated[int, Field(ge=0, le=9_223_372_036_854_775_807)] = 0
    """Only what changed after this change number."""
    limit: Annotated[int, Field(ge=1, le=1000)] = 1000
    """How many at most."""


class GetAssignment(Request):
    """One visit of one node: input, output and attempts."""

    execution_id: UUID
    assignment_id: UUID


class WatchExecution(Request):
    """Every change from a change number on, until the execution ends."""

    execution_id: UUID
    since: Annotated[int, Field(ge=0, le=9_223_372_036_854_775_807)] = 0
    """The `change_number` of the last event seen; 0: from the beginning. In REST also the header `Last-Event-ID`."""


class CancelExecution(Request):
    """Ends an execution."""

    execution_id: UUID
    reason: ShortText = ""


class CancelAssignment(Request):
    """Ends one visit; its execution goes on by the node's error policy."""

    execution_id: UUID
    assignment_id: UUID
    reason: ShortText = ""


class SuspendExecution(Request):
    """Stops an execution: nothing of it is given to workers until it is continued."""

    execution_id: UUID


class ContinueExecution(Request):
    """Lets a suspended execution go on."""

    execution_id: UUID


class RetryExecution(Request):
    """A new execution that takes over what completed and does the rest again."""

    execution_id: UUID
    from_node: NodeId | None = None
    """Run again from this node; from what failed where none is given."""
    newest: bool = False
    """On the newest version of the workflow instead of its own."""
    idempotency_key: Annotated[str, Field(min_length=1, max_length=500)] | None = None


class ExplainExecution(Request):
    """Why an execution is not moving: one reason for each open assignment, the oldest first."""

    execution_id: UUID
    limit: Annotated[int, Field(ge=1, le=1000)] = 200
    """Of how many open assignments at most."""


class ErrorInfo(Answer):
    """Why something failed."""

    code: str = ""
    """One of docs/errors.md, or one that the author of the workflow or of the executor chose."""
    message: str = ""
    hint: str | None = None
    """How to fix it."""
    details: JsonObject = Field(default_factory=dict)
    retryable: bool | None = None
    attempt: int | None = None
    """The attempt that failed."""


class ExecutionSummary(Answer):
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


class ExecutionList(Page):
    items: list[ExecutionSummary]


class ExecutionCount(Answer):
    status: ExecutionStatus
    count: int
    at_least: bool
    """There are more, but they were not counted."""


class ExecutionCounts(Answer):
    counts: list[ExecutionCount]
    """One for each status."""


class PathStep(Answer):
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


class NodeResult(Answer):
    status: AssignmentStatus
    output_data: JsonObject | None


class RunData(Answer):
    """How an execution went, or a part of that."""

    execution_path: list[PathStep]
    """In the order in which the visits were made."""
    node_results: dict[str, NodeResult]
    """By node id; of several visits among these the latest."""
    truncated: bool
    """More steps follow; `next_cursor` gives them."""
    next_cursor: str | None
    """As `run_data_cursor` it gives the next part; none after the last."""


class AuditEntry(Answer):
    at: datetime
    actor: str
    action: str
    details: JsonObject


class Execution(ExecutionSummary):
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
    run_data: RunData | None = None


class AssignmentSummary(Answer):
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


class ExecutionAssignments(Answer):
    items: list[AssignmentSummary]
    next_since: int | None
    """As `since` it gives those that follow; none after the last."""


class Attempt(Answer):
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


class ExecutionEvent(Answer):
    """One change. `change_number` orders the events of an execution and is what a watcher resumes from."""

    change_number: int
    kind: ExecutionEventKind
    """`end`: the execution has ended and this is the last event; `execution` is filled then too."""
    execution: ExecutionSummary | None = None
    assignment: AssignmentSummary | None = None


class Changed(Answer):
    """What a change did."""

    changed: bool
    """False where it was so already."""
    status: ExecutionStatus


class RetriedExecution(Answer):
    execution_id: UUID
    """The new execution."""
    created: bool


class Reason(Answer):
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


class Explanation(Answer):
    status: ExecutionStatus
    reasons: list[Reason]
    truncated: bool
    """More assignments are open than are explained here."""
