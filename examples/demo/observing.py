"""Reads what the demo shows while it runs: a few counts, straight from the database."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

Pool = AsyncConnectionPool[Any]

_PROGRESS: Final = """
select count(*) filter (where e.ended_at is not null), count(*) filter (where e.status = 'completed'),
       (select count(*) from interlock.assignments a where a.execution_id = any(%(executions)s) and a.status = 'completed'),
       (select count(*) from interlock.assignments a where a.execution_id = any(%(executions)s) and a.status = 'waiting'),
       (select count(*) from interlock.assignment_attempts t where t.execution_id = any(%(executions)s) and t.outcome = 'failed'),
       (select count(*) from interlock.assignment_attempts t where t.execution_id = any(%(executions)s) and t.outcome = 'lost')
from interlock.executions e where e.id = any(%(executions)s)
"""
_HELD: Final = """
select w.name, count(*) from interlock.assignments a join interlock.workers w on w.id = a.worker_id
where a.execution_id = any(%s) and a.status = 'running' group by w.name
"""
_CONNECTED: Final = """
select exists (select from pg_stat_activity where datname = current_database() and application_name like 'interlock %% ' || %s)
"""
_LOST: Final = """
select t.execution_id, a.status, w.name
from interlock.assignment_attempts t
join interlock.assignments a on a.execution_id = t.execution_id and a.id = t.assignment_id
left join interlock.workers w on w.id = a.worker_id
where t.outcome = 'lost' and t.execution_id = any(%s)
order by t.ended_at
"""
_LONGEST: Final = """
select e.id, e.subject from interlock.executions e
where e.id = any(%s)
order by (select count(*) from interlock.assignments a where a.execution_id = e.id) desc limit 1
"""
_WORK: Final = """
select coalesce(w.name, 'the database itself'), count(*)
from interlock.assignments a left join interlock.workers w on w.id = a.worker_id
where a.execution_id = any(%s) and a.status = 'completed'
group by 1 order by 1
"""
_STORED: Final = """
select count(*) from (
    select a.execution_id from interlock.assignments a join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
    where a.execution_id = any(%s) and n.node_id = 'store' and a.status = 'completed'
    group by a.execution_id having count(*) = 1) once
"""
_SAILINGS: Final = """
with sailings as (
    select a.id, a.started_at, a.ended_at from interlock.assignments a
    join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
    where a.execution_id = any(%s) and n.node_id = 'sail' and a.status = 'completed')
select (select count(*) from sailings),
       (select count(*) from sailings one join sailings other on one.id < other.id
        and one.started_at < other.ended_at and other.started_at < one.ended_at)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    ended: int
    completed: int
    visits: int
    waiting: int
    failed_attempts: int
    lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LostAssignment:
    """An assignment that the killed worker held, and the worker that finished it."""

    execution: UUID
    status: str
    finished_by: str | None


async def read_progress(pool: Pool, executions: list[UUID]) -> Progress:
    (row,) = await _rows(pool, _PROGRESS, {"executions": executions})
    return Progress(ended=row[0], completed=row[1], visits=row[2], waiting=row[3], failed_attempts=row[4], lost=row[5])


async def read_held(pool: Pool, executions: list[UUID]) -> dict[str, int]:
    """Returns how many assignments of these executions each worker holds now."""
    return dict(await _rows(pool, _HELD, [executions]))


async def is_connected(pool: Pool, worker: str) -> bool:
    """Returns whether the database still serves a connection of a worker."""
    ((answer,),) = await _rows(pool, _CONNECTED, [worker])
    return bool(answer)


async def read_lost(pool: Pool, executions: list[UUID]) -> list[LostAssignment]:
    return [LostAssignment(execution=row[0], status=row[1], finished_by=row[2]) for row in await _rows(pool, _LOST, [executions])]


async def find_longest(pool: Pool, executions: list[UUID]) -> tuple[UUID, str]:
    """Returns the execution with the most visits, and its subject."""
    (row,) = await _rows(pool, _LONGEST, [executions])
    return row[0], row[1]


async def read_work(pool: Pool, executions: list[UUID]) -> dict[str, int]:
    """Returns how many visits each worker completed."""
    return dict(await _rows(pool, _WORK, [executions]))


async def count_stored_once(pool: Pool, executions: list[UUID]) -> int:
    """Counts the executions in which `store` completed exactly once."""
    (row,) = await _rows(pool, _STORED, [executions])
    return int(row[0])


async def count_sailings(pool: Pool, executions: list[UUID]) -> tuple[int, int]:
    """Returns how often the boat sailed, and how many pairs of these trips overlap."""
    (row,) = await _rows(pool, _SAILINGS, [executions])
    return row[0], row[1]


async def _rows(pool: Pool, query: str, values: Any = None) -> list[tuple[Any, ...]]:
    async with pool.connection() as connection:
        rows: list[tuple[Any, ...]] = await (await connection.execute(query.encode(), values)).fetchall()
    return rows
