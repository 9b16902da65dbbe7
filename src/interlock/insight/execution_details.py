"""Reads one execution and its visits; however long it is, each answer is bounded."""

from dataclasses import dataclass
from typing import Final, LiteralString
from uuid import UUID

from interlock.errors import ExecutionNotFound
from interlock.insight.execution_pages import OF_WORKFLOW, OWN_COLUMNS, SUMMARY_COLUMNS
from interlock.insight.reading import Row, Scope, in_workspace, read_records, read_rows, short_error
from interlock.insight.records.assignments import Assignment, AssignmentSummary
from interlock.insight.records.executions import ExecutionDetails, ExecutionStatus, ExecutionSummary, PathStep

PAGE_BYTES: Final = 3 * 1024 * 1024
"""Maximum size of the inputs and outputs in a part of a path. One visit with the largest input and output that a worker takes fits in."""
VALUE_BYTES: Final = 4 * 1024 * 1024
"""Maximum size of an execution's input, output or context; a larger one is left out, and named in `left_out`."""
NEWEST_LIMIT: Final = 100
"""Maximum number of retries, of audit entries and of attempts returned; the newest ones."""

# An assignment that waits for a lock has a due time beyond the range of dates: it has none for people. Large details of errors are only in
# the answer about one assignment.
_VISIT_COLUMNS: LiteralString = """
    a.execution_id, a.id, a.node_id, a.name, a.type, a.subtype, a.visit, a.attempt, a.loss_count, a.status, a.suspended, a.actor, a.queue,
    a.wait_for, case when a.due_at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00' then a.due_at end as due_at, a.ports,
    a.previous_assignment_id, a.created_at, a.started_at, a.ended_at, a.change_number
"""
ASSIGNMENT_COLUMNS: LiteralString = f"{_VISIT_COLUMNS}, {short_error('a')}"
_IS_VISIBLE: LiteralString = f"exists (select from interlock.executions e where e.id = %(execution)s and {in_workspace('e')})"
_EXECUTION: LiteralString = f"""
    select {OWN_COLUMNS}, e.error, e.deadline_at, coalesce(e.root_id, e.id) as root_id,
           case when l.input then '{{}}' else e.input end as input, case when not l.output then o.output end as output,
           case when l.context then '{{}}' else e.context end as context,
           array_remove(array[case when l.input then 'input' end, case when l.output then 'output' end, case when l.context then 'context' end], null)
               as left_out
    from interlock.executions e {OF_WORKFLOW}
    cross join lateral (select interlock.execution_output(e.id) as output offset 0) o
    cross join lateral (
        select coalesce(octet_length(e.input::text) > %(most)s, false) as input, coalesce(octet_length(o.output::text) > %(most)s, false) as output,
               coalesce(octet_length(e.context::text) > %(most)s, false) as context
        offset 0
    ) l
    where e.id = %(execution)s and {in_workspace("e")}
"""
_SUMMARY: LiteralString = f"""
    select {SUMMARY_COLUMNS} from interlock.executions e {OF_WORKFLOW} where e.id = %(execution)s and {in_workspace("e")}
"""
_PATH: LiteralString = f"""
    select a.id as assignment_id, a.node_id, a.name as node_name, a.type as node_type, a.subtype as node_subtype, a.visit, a.attempt, a.status,
           a.ports as port, a.actor, p.input as input_data, p.output as output_data, p.left_out, a.error, a.started_at as start_time,
           a.ended_at as end_time, (extract(epoch from a.ended_at - a.started_at) * 1000)::float8 as execution_time_ms, p.is_last
    from interlock.run_data_page(%(execution)s, %(after)s, %(limit)s, %(most)s) p
    join interlock.assignment_details a on a.execution_id = %(execution)s and a.id = p.id
    where {_IS_VISIBLE}
    order by a.created_at, a.change_number
"""
_STATUS: LiteralString = f"select e.status from interlock.executions e where e.id = %(execution)s and {in_workspace('e')}"
_DEFINITION: LiteralString = f"""
    select w.name as workflow, v.version, v.definition, e.test as scope
    from interlock.executions e
    join interlock.workflow_versions v on v.id = e.version_id
    join interlock.workflows w on w.id = e.workflow_id
    where e.id = %(execution)s and {in_workspace("e")}
"""
_OUTPUTS: LiteralString = f"""
    select distinct on (n.node_id) n.node_id, a.id, coalesce(a.ports, '{{main}}') as ports
    from interlock.assignments a
    join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
    where a.execution_id = %(execution)s and a.parent_assignment_id is null and {_IS_VISIBLE}
      and (a.status = 'completed' or a.status = 'failed' and a.output is not null)
    order by n.node_id, a.visit desc
"""
_RETRIES: LiteralString = f"""
    select e.id from interlock.executions e where e.retried_from = %(execution)s and {in_workspace("e")} order by e.id desc limit %(limit)s
"""
_AUDIT: LiteralString = f"""
    select g.at, g.actor, g.action, g.details from interlock.audit_log g where g.execution_id = %(execution)s and {_IS_VISIBLE}
    order by g.id desc limit %(limit)s
"""
_ASSIGNMENTS: LiteralString = f"""
    select {ASSIGNMENT_COLUMNS} from interlock.assignment_details a
    where a.execution_id = %(execution)s and a.change_number > %(since)s and {_IS_VISIBLE}
    order by a.change_number limit %(limit)s
"""
_ASSIGNMENT: LiteralString = f"""
    select {_VISIT_COLUMNS}, a.error, a.idempotency_key, a.output, case when a.status <> 'holding' then a.input end as input
    from interlock.assignment_details a
    where a.execution_id = %(execution)s and a.id = %(assignment)s and {_IS_VISIBLE}
"""
_ATTEMPTS: LiteralString = f"""
    select t.attempt, t.loss_count, t.outcome, t.error, w.name as worker, t.started_at, t.ended_at
    from interlock.assignment_attempts t
    left join interlock.workers w on w.id = t.worker_id
    where t.execution_id = %(execution)s and t.assignment_id = %(assignment)s and {_IS_VISIBLE}
    order by t.ended_at desc, t.attempt desc, t.loss_count desc limit %(limit)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathPart:
    """Visits with their inputs and outputs, in the order in which they were made. `last`: the visit before the next part, if one follows."""

    steps: list[PathStep]
    last: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOutput:
    """The visit whose output a test run can take over, and the ports that it left through."""

    assignment_id: UUID
    ports: tuple[str, ...]


async def read_summary(scope: Scope, execution: UUID) -> ExecutionSummary:
    """Read an execution without its values.

    Raises:
        ExecutionNotFound: there is no such execution.
    """
    found = await read_records(scope, ExecutionSummary, _SUMMARY, execution=execution)
    if not found:
        raise not_found(execution)
    return found[0]


async def read_execution(scope: Scope, execution: UUID, *, value_bytes: int = VALUE_BYTES) -> ExecutionDetails:
    """Read an execution with its values, its newest retries and its newest audit entries.

    Args:
        value_bytes: maximum size of input, output and context; a larger one is left out, and named in `left_out`.

    Raises:
        ExecutionNotFound: there is no such execution.
    """
    found = await read_rows(scope, _EXECUTION, execution=execution, most=value_bytes)
    if not found:
        raise not_found(execution)
    (row,) = found
    retries = await read_rows(scope, _RETRIES, execution=execution, limit=NEWEST_LIMIT)
    audit = await read_rows(scope, _AUDIT, execution=execution, limit=NEWEST_LIMIT)
    return ExecutionDetails.model_validate({**row, "retries": [retry["id"] for retry in reversed(retries)], "audit": audit[::-1]})


async def read_path(scope: Scope, execution: UUID, *, after: UUID | None, limit: int) -> PathPart:
    """Read at most `limit` visits that were made after the visit `after`, with about `PAGE_BYTES` of inputs and outputs at most."""
    rows = await read_rows(scope, _PATH, execution=execution, after=after or UUID(int=0), limit=limit, most=PAGE_BYTES)
    is_whole = not rows or any(row["is_last"] for row in rows)
    return PathPart(steps=[PathStep.model_validate(row) for row in rows], last=None if is_whole else max(row["assignment_id"] for row in rows))


async def read_status(scope: Scope, execution: UUID) -> ExecutionStatus:
    """Read the status of an execution.

    Raises:
        ExecutionNotFound: there is no such execution.
    """
    found = await read_rows(scope, _STATUS, execution=execution)
    if not found:
        raise not_found(execution)
    status: ExecutionStatus = found[0]["status"]
    return status


async def read_definition(scope: Scope, execution: UUID) -> Row:
    """Read what an execution runs: `workflow`, `version`, `definition`, and `scope` of a test run.

    Raises:
        ExecutionNotFound: there is no such execution.
    """
    found = await read_rows(scope, _DEFINITION, execution=execution)
    if not found:
        raise not_found(execution)
    return found[0]


async def read_outputs(scope: Scope, execution: UUID) -> dict[str, TakenOutput]:
    """Read which nodes an execution has an output of: their latest visits that left, by node id.

    Raises:
        ExecutionNotFound: there is no such execution.
    """
    rows = await read_rows(scope, _OUTPUTS, execution=execution)
    if not rows:
        await read_status(scope, execution)
    return {row["node_id"]: TakenOutput(assignment_id=row["id"], ports=tuple(row["ports"])) for row in rows}


async def read_assignments(scope: Scope, execution: UUID, *, since: int, limit: int) -> list[AssignmentSummary]:
    """Read the visits that changed after the change number `since`, in the order in which they last changed.

    Raises:
        ExecutionNotFound: there is no such execution.
    """
    found = await read_records(scope, AssignmentSummary, _ASSIGNMENTS, execution=execution, since=since, limit=limit)
    if not found:
        await read_status(scope, execution)
    return found


async def read_assignment(scope: Scope, execution: UUID, assignment: UUID) -> Assignment:
    """Read a visit with its input and output, and the attempts at it that did not succeed.

    Raises:
        ExecutionNotFound: there is no such execution, or no such assignment in it.
    """
    found = await read_rows(scope, _ASSIGNMENT, execution=execution, assignment=assignment)
    if not found:
        await read_status(scope, execution)
        raise ExecutionNotFound(f"the execution {execution} has no assignment {assignment}")
    attempts = await read_rows(scope, _ATTEMPTS, execution=execution, assignment=assignment, limit=NEWEST_LIMIT)
    return Assignment.model_validate({**found[0], "attempts": attempts[::-1]})


def not_found(execution: UUID) -> ExecutionNotFound:
    return ExecutionNotFound(f"there is no execution {execution}")
