"""Reads which workers there are, and what they hold."""

from typing import Final, LiteralString
from uuid import UUID

from interlock.insight.open_assignments import OPEN_LIMIT, RUNNING, SERVES
from interlock.insight.reading import IS_ALIVE, OWN, Scope, in_workspace, read_records, read_rows
from interlock.insight.records.installation import WorkerSummary

WORKER_LIMIT: Final = 1_000
"""Maximum number of workers listed."""

# What a worker counted is shown to a workspace that has it for itself, and to the first one, whose admins administer the installation.
_WORKERS: LiteralString = f"""
    with running as (
        select o.worker_id, count(*) as running
        from ({RUNNING}) o
        group by o.worker_id
    )
    select w.id, w.name, w.status, w.queues, coalesce(r.running, 0) as running, w.registered_at, w.heartbeat_at, w.ended_at,
           w.details || case when {OWN} = 1 or w.workspaces = array[%(workspace)s::integer]
               then jsonb_build_object('statistics', w.statistics) else '{{}}' end as details
    from interlock.workers w
    left join running r on r.worker_id = w.id
    where (w.status = 'alive' or w.ended_at > interlock.now() - interval '1 hour') and {SERVES}
    order by w.status = 'alive' desc, w.heartbeat_at desc, w.id limit %(limit)s
"""
_STILL_HELD: LiteralString = f"""
    select count(*) as held
    from unnest(%(executions)s::uuid[], %(assignments)s::uuid[], %(attempts)s::integer[]) r (execution_id, id, attempt)
    cross join lateral (
        select from interlock.assignments a
        where a.execution_id = r.execution_id and a.id = r.id and a.attempt = r.attempt and a.status = 'running' and a.worker_id = %(worker)s
          and a.claim_request <= %(request)s
          and exists (select from interlock.executions e where e.id = r.execution_id and {in_workspace("e")})
        offset 0
    ) a
"""
_IS_ONE_ALIVE: LiteralString = f"""
    select exists (
        select from interlock.workers w
        where {IS_ALIVE} and {SERVES}
    ) as is_one_alive
"""


async def list_workers(scope: Scope) -> list[WorkerSummary]:
    """List the workers that serve the workspace and are alive, then those that stopped or were lost within the last hour; at most 1,000."""
    return await read_records(scope, WorkerSummary, _WORKERS, open_limit=OPEN_LIMIT, limit=WORKER_LIMIT)


async def count_still_held(scope: Scope, worker: UUID, request: int, *, executions: list[UUID], assignments: list[UUID], attempts: list[int]) -> int:
    """Count the attempts that a worker claimed with this request, or an earlier one, and is still running."""
    (row,) = await read_rows(scope, _STILL_HELD, worker=worker, request=request, executions=executions, assignments=assignments, attempts=attempts)
    held: int = row["held"]
    return held


async def has_live_worker(scope: Scope) -> bool:
    """Returns whether a worker that serves the workspace has given a sign of life within its lease."""
    (row,) = await read_rows(scope, _IS_ONE_ALIVE)
    return bool(row["is_one_alive"])
