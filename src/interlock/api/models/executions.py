"""Executions: listed, read, watched, moved. What is read is `interlock.insight.records`; here it is put into lists and parts."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from interlock.api.models.base import Answer, Cursor, JsonObject, Page, PageRequest, Request, ShortText, WorkflowReference
from interlock.insight.records.assignments import Assignment, AssignmentStatus, AssignmentSummary
from interlock.insight.records.executions import (
    ExecutionCount,
    ExecutionDetails,
    ExecutionStatus,
    ExecutionSummary,
    Explanation,
    PathStep,
)

__all__ = ["Assignment", "AssignmentStatus", "AssignmentSummary", "ExecutionCount", "ExecutionStatus", "ExecutionSummary", "Explanation", "PathStep"]
ExecutionEventKind = Literal["execution", "assignment", "end"]
"""What an event reports. `end`: the execution has ended, and this is the last event."""
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
    """By node id; of several visits among these the latest."""
    truncated: bool
    """More steps follow; `next_cursor` gives them."""
    next_cursor: str | None
    """As `run_data_cursor` it gives the next part; none after the last."""


class Execution(ExecutionDetails):
    """A whole execution."""

    run_data: RunData | None = None


class ExecutionAssignments(Answer):
    """A page of the visits of an execution's nodes."""

    items: list[AssignmentSummary]
    next_since: int | None
    """As `since` it gives those that follow; none after the last."""


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
    """The execution that a retry made."""

    execution_id: UUID
    """The new execution."""
    created: bool
