"""Executions as rows: found, listed, read with all their visits. Only reads: whatever changes goes through the control plane."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self
from uuid import UUID

from psycopg.rows import class_row, dict_row
from psycopg_pool import AsyncConnectionPool

from interlock.errors import ExecutionNotFound
from interlock.insight.records import AssignmentData, AssignmentRecord, AttemptRecord, ExecutionRecord, ExecutionSummary

Pool = AsyncConnectionPool[Any]

OPEN_STATUSES: Final = ("pending", "running", "waiting", "paused")
ALL_STATUSES: Final = (*OPEN_STATUSES, "completed", "failed", "cancelled", "timed_out")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionFilter:
    statuses: tuple[str, ...] = ALL_STATUSES
    workflow: str | None = None
    subject: str | None = None
    limit: int = 20

    @classmethod
    def of(cls, *, statuses: Sequence[str], workflow: str | None, subject: str | None, limit: int) -> Self:
        """`open` stands for every status that has not ended.

        Raises:
            ValueError: a status that does not exist.
        """
        wanted: list[str] = []
        for status in statuses:
            if status != "open" and status not in ALL_STATUSES:
                raise ValueError(f"there is no status {status!r}; there are {', '.join((*ALL_STATUSES, 'open'))}")
            wanted.extend(OPEN_STATUSES if status == "open" else [status])
        return cls(statuses=tuple(wanted) or ALL_STATUSES, workflow=workflow, subject=subject, limit=limit)


_SUMMARY: Final = """
    select e.id, e.workflow, e.version, e.status, e.subject, e.created_at, e.started_at, e.ended_at, e.suspended_at, e.suspended_by, e.retried_from
    from interlock.execution_details e
"""
_LIST: Final = """
    select e.id, w.name as workflow, v.version, e.status, e.subject, e.created_at, e.started_at, e.ended_at, e.suspended_at, e.suspended_by,
           e.retried_from
    from interlock.list_executions(%(statuses)s::text[], interlock.find_workflow(%(workflow)s::text), %(subject)s::text, '-infinity', 'infinity',
        'infinity', '00000000-0000-0000-0000-000000000000', %(limit)s::integer) e
    cross join lateral (select x.version from interlock.workflow_versions x where x.id = e.version_id offset 0) v
    cross join lateral (select x.name from interlock.workflows x where x.id = e.workflow_id offset 0) w
    where %(workflow)s::text is null or interlock.find_workflow(%(workflow)s::text) is not null
    order by e.created_at desc, e.id desc
"""
_ASSIGNMENTS: Final = """
    select a.id, a.node_no, n.node_id, n.name, n.type, n.subtype, a.visit, a.attempt, a.loss_count, a.status, a.queue, a.wait_for,
           case when a.due_at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00' then a.due_at end as due_at,
           coalesce(a.ports, '{main}') as ports, w.name as worker, a.error, a.created_at, a.started_at, a.ended_at, a.change_number
    from interlock.assignments a
    join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
    left join interlock.workers w on w.id = a.worker_id
    where a.execution_id = %(execution)s and a.change_number > %(since)s
    order by a.created_at, a.started_at, a.node_no, a.visit
"""
_DATA: Final = """
    select a.id, interlock.input_of(a.execution_id, a.id) as input,
           case when a.status in ('completed', 'failed') and (a.error is null or a.output is not null or a.source_id is not null)
               then interlock.output_of(a.execution_id, a.id) end as output
    from interlock.assignments a
    where a.execution_id = %(execution)s and a.status <> 'holding'
"""
_ATTEMPTS: Final = """
    select t.assignment_id, t.attempt, t.outcome, t.error, w.name as worker, t.started_at, t.ended_at
    from interlock.assignment_attempts t
    left join interlock.workers w on w.id = t.worker_id
    where t.execution_id = %(execution)s
    order by t.ended_at, t.attempt
"""


async def list_executions(pool: Pool, chosen: ExecutionFilter) -> list[ExecutionSummary]:
    """Newest first."""
    async with pool.connection() as connection, connection.cursor(row_factory=class_row(ExecutionSummary)) as cursor:
        await cursor.execute(
            _LIST, {"statuses": list(dict.fromkeys(chosen.statuses)), "workflow": chosen.workflow, "subject": chosen.subject, "limit": chosen.limit}
        )
        found: list[ExecutionSummary] = await cursor.fetchall()
    return found


async def find_execution(pool: Pool, reference: str) -> UUID:
    """The id that is meant by a whole id, by the beginning of one, or by `last` (the one that was made last).

    Raises:
        ExecutionNotFound: none, or several, begin so.
    """
    if reference == "last":
        found = await list_executions(pool, ExecutionFilter(limit=1))
        if not found:
            raise ExecutionNotFound("there is no execution yet", hint="start one with `interlock run`")
        return found[0].id
    digits = reference.replace("-", "").lower()
    if not re.fullmatch("[0-9a-f]{1,32}", digits):
        raise ExecutionNotFound(f"{reference!r} is not an id of an execution", hint="`interlock executions list` shows the ids")
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "select id from interlock.executions where id between %s and %s order by id limit 3",
            (UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))),
        )
        rows = await cursor.fetchall()
    if len(rows) == 1:
        found_id: UUID = rows[0][0]
        return found_id
    if not rows:
        raise ExecutionNotFound(f"no execution has an id that begins with {reference}", hint="`interlock executions list` shows the ids")
    raise ExecutionNotFound(
        f"several executions have an id that begins with {reference}", hint=f"write more of it, for example {rows[0][0]} or {rows[1][0]}"
    )


async def read_summary(pool: Pool, execution: UUID) -> ExecutionSummary:
    """How an execution stands.

    Raises:
        ExecutionNotFound: there is none with this id.
    """
    async with pool.connection() as connection, connection.cursor(row_factory=class_row(ExecutionSummary)) as cursor:
        await cursor.execute(f"{_SUMMARY} where e.id = %s", (execution,))
        found: ExecutionSummary | None = await cursor.fetchone()
    if found is None:
        raise ExecutionNotFound(f"there is no execution {execution}", hint="`interlock executions list` shows the ids")
    return found


async def read_changes(pool: Pool, execution: UUID, *, since: int) -> list[AssignmentRecord]:
    """The visits that changed after a change number, as they are now."""
    async with pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_ASSIGNMENTS, {"execution": execution, "since": since})
        return [AssignmentRecord(**{**row, "ports": tuple(row["ports"])}) for row in await cursor.fetchall()]


async def read_execution(pool: Pool, execution: UUID) -> ExecutionRecord:
    """An execution with every visit, attempt, input and output.

    Raises:
        ExecutionNotFound: there is none with this id.
    """
    summary = await read_summary(pool, execution)
    assignments = await read_changes(pool, execution, since=0)
    attempts: defaultdict[UUID, list[AttemptRecord]] = defaultdict(list)
    async with pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_DATA, {"execution": execution})
        data = {row["id"]: AssignmentData(input=row["input"], output=row["output"]) for row in await cursor.fetchall()}
        await cursor.execute(_ATTEMPTS, {"execution": execution})
        for row in await cursor.fetchall():
            attempts[row.pop("assignment_id")].append(AttemptRecord(**row))
        await cursor.execute(
            "select input, context, error, output from interlock.execution_details where id = %s",
            (execution,),
        )
        (whole,) = await cursor.fetchall()
    return ExecutionRecord(
        summary=summary,
        input=whole["input"],
        output=whole["output"],
        context=whole["context"],
        error=whole["error"],
        assignments=tuple(assignments),
        data=data,
        attempts={key: tuple(value) for key, value in attempts.items()},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """The nodes of an execution's version by compiled number, and its MAIN connections in definition order."""

    node_ids: tuple[str, ...]
    connections: tuple[tuple[int, int], ...]


async def read_outline(pool: Pool, execution: UUID) -> Graph:
    async with pool.connection() as connection:
        nodes = await connection.execute(
            """
            select n.node_id from interlock.nodes n join interlock.executions e on e.version_id = n.version_id
            where e.id = %s order by n.node_no
            """,
            (execution,),
        )
        node_ids = tuple(row[0] for row in await nodes.fetchall())
        edges = await connection.execute(
            """
            select c.from_node, c.to_node from interlock.connections c join interlock.executions e on e.version_id = c.version_id
            where e.id = %s and c.type = 'MAIN' order by c.connection_no
            """,
            (execution,),
        )
        return Graph(node_ids=node_ids, connections=tuple((row[0], row[1]) for row in await edges.fetchall()))
