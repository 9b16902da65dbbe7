"""One execution with everything that happened in it, put together from the parts that a database or a server answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from interlock.cli.backend import BackendConnection
from interlock.insight.records.assignments import AssignmentSummary, Attempt
from interlock.insight.records.base import JsonObject
from interlock.insight.records.executions import ExecutionDetails, PathStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One visit of one node; `attempts` are those that did not succeed, the newest 100."""

    summary: AssignmentSummary
    input: JsonObject | None
    output: JsonObject | None
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionHistory:
    """An execution with all its visits, in the order in which they were made."""

    execution: ExecutionDetails
    visits: tuple[Visit, ...]


async def read_history(connection: BackendConnection, execution: UUID) -> ExecutionHistory:
    """Read part after part, however long it is.

    Raises:
        ExecutionNotFound: there is no such execution.
    """
    details = await connection.read_details(execution)
    summaries = sorted(await connection.list_visits(execution), key=_when_made)
    steps = {step.assignment_id: step async for step in connection.path_steps(execution)}
    return ExecutionHistory(execution=details, visits=tuple([await _read_visit(connection, execution, summary, steps) for summary in summaries]))


async def _read_visit(connection: BackendConnection, execution: UUID, summary: AssignmentSummary, steps: Mapping[UUID, PathStep]) -> Visit:
    """What the path has of it; the whole visit is asked for where it may have more."""
    step = steps.get(summary.id)
    may_have_attempts = summary.attempt > 1 or summary.loss_count > 0 or summary.status in {"failed", "cancelled"}
    if may_have_attempts or (step is not None and step.left_out):
        whole = await connection.read_assignment(execution, summary.id)
        return Visit(summary=summary, input=whole.input, output=whole.output, attempts=tuple(whole.attempts))
    if step is None:
        return Visit(summary=summary, input=None, output=None, attempts=())
    return Visit(summary=summary, input=step.input_data, output=step.output_data, attempts=())


def _when_made(visit: AssignmentSummary) -> tuple[datetime, bool, datetime, int]:
    """By when they were made, then by when they began; what has not begun is last."""
    return visit.created_at, visit.started_at is None, visit.started_at or visit.created_at, visit.change_number
