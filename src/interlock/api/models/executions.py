"""Executions: listed, read, watched, moved. What is read is `interlock.insight.records`; here it is put into lists and parts."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from interlock.api.models.base import Answer, Cursor, JsonObject, Page, PageRequest, Request, ShortText, WorkflowReference, ZonedTime
from interlock.insight.records.assignments import Assignment, AssignmentStatus, AssignmentSummary
from interlock.insight.records.executions import (
    ExecutionCount,
    ExecutionDetails,
    ExecutionStatus,
    ExecutionSummary,
    Explanation,
    PathStep,
    TestFilter,
)

__all__ = ["Assignment", "AssignmentStatus", "AssignmentSummary", "ExecutionCount", "ExecutionStatus", "ExecutionSummary", "Explanation", "PathStep"]
ExecutionEventKind = Literal["execution", "assignment", "end"]
"""What an event reports. `end`: the execution has ended, and this is the last event."""
NodeId = Annotated[str, Field(min_length=1, max_length=100)]


class ExecutionFilter(Request):
    status: Annotated[list[ExecutionStatus], Field(max_length=8)] = Field(default_factory=list)
    """One or more; executions of every status if you leave it out."""
    workflow: WorkflowReference | None = None
    subject: ShortText | None = None
    created_after: ZonedTime | None = None
    """Like every time, with its zone: `2026-01-31T12:00:00Z`, or `+01:00` in place of `Z`. One without a zone is refused."""
    created_before: ZonedTime | None = None
    tests: TestFilter = "exclude"
    """Whether test runs are left out, included, or the only ones returned."""


class ListExecutions(ExecutionFilter, PageRequest):
    """Lists the executions that match all filters, newest first."""


class CountExecutions(Request):
    """Counts executions by status."""

    workflow: WorkflowReference | None = None
    subject: ShortText | None = None
    tests: TestFilter = "exclude"
    """Whether test runs are left out, included, or the only ones counted."""


class ListWorkflowExecutions(PageRequest):
    """Lists the executions of one workflow, newest first."""

    workflow: WorkflowReference
    status: Annotated[list[ExecutionStatus], Field(max_length=8)] = Field(default_factory=list)
    tests: TestFilter = "exclude"
    """Whether test runs are left out, included, or the only ones returned."""


class GetExecution(Request):
    """Returns an execution with its input, its output and the path that it took."""

    execution_id: UUID
    run_data: bool = True
    """Whether to return the path with its inputs and outputs, too."""
    run_data_limit: Annotated[int, Field(ge=1, le=1000)] = 200
    """Maximum number of steps of the path returned; fewer are returned if their inputs and outputs are large."""
    run_data_cursor: Cursor | None = None
    """`run_data.next_cursor` of the part before; leave it out for the first part."""


class GetExecutionDefinition(Request):
    """Returns the definition that an execution runs; of a test run the one that was tested, saved or not."""

    execution_id: UUID


class ListExecutionAssignments(Request):
    """Lists the visits of an execution's nodes without inputs and outputs, in the order in which they last changed."""

    execution_id: UUID
    since: Annotated[int, Field(ge=0, le=9_223_372_036_854_775_807)] = 0
    """Return only what changed after this change number."""
    limit: Annotated[int, Field(ge=1, le=1000)] = 1000
    """Maximum number of visits returned."""


class GetAssignment(Request):
    """Returns one visit of one node with its input, its output and the attempts that did not succeed."""

    execution_id: UUID
    assignment_id: UUID


class WatchExecution(Request):
    """Streams every change after a change number, until the execution ends."""

    execution_id: UUID
    since: Annotated[int, Field(ge=0, le=9_223_372_036_854_775_807)] = 0
    """The `change_number` of the last event received; 0 for all events. REST also takes the header `Last-Event-ID`."""


class CancelExecution(Request):
    """Cancels an execution: nothing more of it runs, and what completed stays completed."""

    execution_id: UUID
    reason: ShortText = ""


class CancelAssignment(Request):
    """Cancels one visit of one node; its execution continues as the node's `on_error` says."""

    execution_id: UUID
    assignment_id: UUID
    reason: ShortText = ""


class SuspendExecution(Request):
    """Suspends an execution: workers get nothing of it until it is continued."""

    execution_id: UUID


class ContinueExecution(Request):
    """Continues a suspended execution."""

    execution_id: UUID


class RetryExecution(Request):
    """Starts a new execution that takes over what completed, and runs the rest again."""

    execution_id: UUID
    from_node: NodeId | None = None
    """Run again from this node; from what failed if you leave it out."""
    newest: bool = False
    """Use the newest version of the workflow, not that of the execution."""
    idempotency_key: Annotated[str, Field(min_length=1, max_length=500)] | None = None


class ExplainExecution(Request):
    """Explains why an execution does not move, with one reason for each open assignment, oldest first."""

    execution_id: UUID
    limit: Annotated[int, Field(ge=1, le=1000)] = 200
    """Maximum number of open assignments explained."""


class ExecutionList(Page):
    """A page of executions."""

    items: list[ExecutionSummary]


class ExecutionCounts(Answer):
    """The number of executions of each status."""

    counts: list[ExecutionCount]
    """One for each status."""


class NodeResult(Answer):
    """The result of a node."""

    status: AssignmentStatus
    output_data: JsonObject | None


class RunData(Answer):
    """How an execution went, or a part of that."""

    execution_path: list[PathStep]
    """In the order in which the visits were made."""
    node_results: dict[str, NodeResult]
    """By node id; the latest of several visits among these."""
    truncated: bool
    """Whether more steps follow; `next_cursor` returns them."""
    next_cursor: str | None
    """Send it as `run_data_cursor` for the next part; none in the last part."""


class Execution(ExecutionDetails):
    """A whole execution."""

    run_data: RunData | None = None


class ExecutionAssignments(Answer):
    """A page of the visits of an execution's nodes."""

    items: list[AssignmentSummary]
    next_since: int | None
    """Send it as `since` for the next page; none on the last page."""


class ExecutionEvent(Answer):
    """One change. A watcher that reconnects resumes from its `change_number`, which orders the events of an execution."""

    change_number: int
    kind: ExecutionEventKind
    """`end`: the execution has ended, and this is the last event; it has `execution`, too."""
    execution: ExecutionSummary | None = None
    assignment: AssignmentSummary | None = None


class Changed(Answer):
    """What a change did."""

    changed: bool
    """False if it was so before."""
    status: ExecutionStatus


class RetriedExecution(Answer):
    """The execution that a retry made."""

    execution_id: UUID
    """The new execution."""
    created: bool


class ExecutionDefinition(Answer):
    """What an execution runs."""

    workflow: str
    """Name of the workflow."""
    version: int | None
    """None of a test run."""
    definition: JsonObject
    """As it was saved; of a test run as it was given, which may have errors in the part that did not run."""
    scope: JsonObject | None
    """Of a test run: the part that runs, for example `{"until": "a node"}`."""
