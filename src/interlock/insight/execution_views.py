"""One execution with all that happened in it."""

from typing import LiteralString
from uuid import UUID

from interlock.errors import ExecutionNotFound
from interlock.insight.execution_pages import OF_WORKFLOW, OWN_COLUMNS
from interlock.insight.reading import Pool, Row, read_rows, short_error, told_error

# What stands back for a lock has no time. Details of errors that are large are told of the one that is asked for.
_VISIT_COLUMNS: LiteralString = """
    a.execution_id, a.id, a.node_id, a.name, a.type, a.subtype, a.visit, a.attempt, a.loss_count, a.status, a.suspended, a.actor, a.queue,
    a.wait_for, case when a.due_at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00' then a.due_at end as due_at, a.ports,
    a.previous_assignment_id, a.created_at, a.started_at, a.ended_at, a.change_number
"""
ASSIGNMENT_COLUMNS: LiteralString = f"{_VISIT_COLUMNS}, {short_error('a')}"
_EXECUTION: LiteralString = f"""
    select {OWN_COLUMNS}, e.error, e.input, e.context, e.deadline_at, coalesce(e.root_id, e.id) as root_id,
           interlock.execution_output(e.id) as output, case when %(run_data)s then interlock.run_data(e.id) end as run_data
    from interlock.executions e {OF_WORKFLOW}
    where e.id = %(execution)s
"""
_STATUS: LiteralString = "select e.status from interlock.executions e where e.id = %(execution)s"
_RETRIES: LiteralString = "select e.id from interlock.executions e where e.retried_from = %(execution)s order by e.id"
_AUDIT: LiteralString = """
    select g.at, g.actor, g.action, g.details from interlock.audit_log g where g.execution_id = %(execution)s order by g.id
"""
_ASSIGNMENTS: LiteralString = f"""
    select {ASSIGNMENT_COLUMNS} from interlock.assignment_details a
    where a.execution_id = %(execution)s and a.change_number > %(since)s
    order by a.created_at, a.started_at, a.node_no, a.visit
"""
_ASSIGNMENT: LiteralString = f"""
    select {_VISIT_COLUMNS}, a.error, a.idempotency_key, a.output, case when a.status <> 'holding' then a.input end as input
    from interlock.assignment_details a
    where a.execution_id = %(execution)s and a.id = %(assignment)s
"""
_ATTEMPTS: LiteralString = """
    select t.attempt, t.loss_count, t.outcome, t.error, w.name as worker, t.started_at, t.ended_at
    from interlock.assignment_attempts t
    left join interlock.workers w on w.id = t.worker_id
    where t.execution_id = %(execution)s and t.assignment_id = %(assignment)s
    order by t.ended_at, t.attempt, t.loss_count
"""


async def read_execution_view(pool: Pool, execution: UUID, *, run_data: bool) -> Row:
    """An execution with its output, retries and audit entries; with every visit, input and output where `run_data` is asked for.

    Raises:
        ExecutionNotFound: there is none with this id.
    """
    found = await read_rows(pool, _EXECUTION, execution=execution, run_data=run_data)
    if not found:
        raise not_found(execution)
    (row,) = found
    for step in (row["run_data"] or {}).get("execution_path", ()):
        step["error"] = told_error(step["error"])
    retries = await read_rows(pool, _RETRIES, execution=execution)
    audit = await read_rows(pool, _AUDIT, execution=execution)
    return {**row, "error": told_error(row["error"]), "retries": [retry["id"] for retry in retries], "audit": audit}


async def read_status(pool: Pool, execution: UUID) -> str:
    """How it stands.

    Raises:
        ExecutionNotFound: there is none with this id.
    """
    found = await read_rows(pool, _STATUS, execution=execution)
    if not found:
        raise not_found(execution)
    status: str = found[0]["status"]
    return status


async def read_assignments(pool: Pool, execution: UUID, *, since: int) -> list[Row]:
    """Its visits that changed after a change number, in the order in which they began.

    Raises:
        ExecutionNotFound: there is no such execution.
    """
    rows = await read_rows(pool, _ASSIGNMENTS, execution=execution, since=since)
    if not rows:
        await read_status(pool, execution)
    return [{**row, "error": told_error(row["error"])} for row in rows]


async def read_assignment(pool: Pool, execution: UUID, assignment: UUID) -> Row:
    """A visit with what went in and came out, and the attempts that did not succeed.

    Raises:
        ExecutionNotFound: there is no such execution, or no such assignment in it.
    """
    found = await read_rows(pool, _ASSIGNMENT, execution=execution, assignment=assignment)
    if not found:
        await read_status(pool, execution)
        raise ExecutionNotFound(f"the execution {execution} has no assignment {assignment}")
    attempts = await read_rows(pool, _ATTEMPTS, execution=execution, assignment=assignment)
    told = [{**attempt, "error": told_error(attempt["error"])} for attempt in attempts]
    return {**found[0], "error": told_error(found[0]["error"]), "attempts": told}


def not_found(execution: UUID) -> ExecutionNotFound:
    return ExecutionNotFound(f"there is no execution {execution}")
