"""Which workers there are."""

from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

from interlock.insight.open_assignments import LOOKED_AT
from interlock.insight.reading import Pool, read_records, read_rows
from interlock.insight.records.installation import WorkerSummary

LISTED: Final = 1_000

_WORKERS: LiteralString = """
    with running as (
        select o.worker_id, count(*) as running
        from (select a.worker_id, a.status from interlock.assignments a where a.ended_at is null limit %(looked_at)s) o
        where o.status = 'running'
        group by o.worker_id
    )
    select w.id, w.name, w.status, w.queues, coalesce(r.running, 0) as running, w.registered_at, w.heartbeat_at, w.ended_at,
           w.details || jsonb_build_object('statistics', w.statistics) as details
    from interlock.workers w
    left join running r on r.worker_id = w.id
    where w.status = 'alive' or w.ended_at > interlock.now() - interval '1 hour'
    order by w.status = 'alive' desc, w.heartbeat_at desc, w.id limit %(most)s
"""
_STILL_HELD: LiteralString = """
    select count(*) as held
    from unnest(%(executions)s::uuid[], %(assignments)s::uuid[], %(attempts)s::integer[]) r (execution_id, id, attempt)
    cross join lateral (
        select from interlock.assignments a
        where a.execution_id = r.execution_id and a.id = r.id and a.attempt = r.attempt and a.status = 'running' and a.worker_id = %(worker)s
          and a.claim_request <= %(request)s
        offset 0
    ) a
"""


async def list_workers(pool: Pool) -> list[WorkerSummary]:
    """Those alive, and those that ended or were lost within the last hour, at most 1,000."""
    return await read_records(pool, WorkerSummary, _WORKERS, looked_at=LOOKED_AT, most=LISTED)


async def count_still_held(pool: Pool, worker: UUID, request: int, *, executions: list[UUID], assignments: list[UUID], attempts: list[int]) -> int:
    """How many of these attempts a worker that claimed them up to a request is still running."""
    (row,) = await read_rows(pool, _STILL_HELD, worker=worker, request=request, executions=executions, assignments=assignments, attempts=attempts)
    held: int = row["held"]
    return held


async def has_live_worker(pool: AsyncConnectionPool[Any]) -> bool:
    """Whether some worker has given a sign of life within its lease."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            """
            select exists (select from interlock.workers
                           where status = 'alive' and heartbeat_at > interlock.now() - make_interval(secs => lease_seconds))
            """
        )
        (answer,) = await cursor.fetchall()
    return bool(answer[0])
