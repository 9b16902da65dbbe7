"""Reads what is open in all executions: the inbox and the queues."""

from collections.abc import Sequence
from typing import Final, LiteralString
from uuid import UUID

from interlock.insight.execution_details import ASSIGNMENT_COLUMNS
from interlock.insight.reading import Pool, read_records, read_rows
from interlock.insight.records.assignments import OPEN_ASSIGNMENT_STATUSES, ListedAssignment
from interlock.insight.records.installation import QueueSummary

COUNT_LIMIT: Final = 10_000
"""Maximum number of assignments counted in one queue."""
OPEN_LIMIT: Final = 200_000
"""Maximum number of open assignments looked at to count those that run."""
QUEUE_LIMIT: Final = 1_000
"""Maximum number of queues listed."""

# Ids grow with time, so the index of open assignments is ordered by the age of the execution; nothing has to be sorted.
_LIST: LiteralString = f"""
    with page as materialized (
        select o.execution_id, o.id from interlock.assignments o
        where o.ended_at is null and o.status = any (%(statuses)s) and (o.execution_id, o.id) > (%(after_execution)s::uuid, %(after_id)s::uuid)
          and o.execution_id >= %(after_execution)s::uuid
          and (%(queue)s::text is null or o.queue = %(queue)s) and (%(assigned_to)s::uuid is null or o.assigned_to = %(assigned_to)s)
          and (%(workflow)s::uuid is null
               or (select e.workflow_id from interlock.executions e where e.id = o.execution_id) = %(workflow)s)
        order by o.execution_id, o.id limit %(limit)s
    )
    select {ASSIGNMENT_COLUMNS}, w.name as workflow, e.subject
    from page p
    join interlock.assignment_details a on a.execution_id = p.execution_id and a.id = p.id
    join interlock.executions e on e.id = p.execution_id
    join interlock.workflows w on w.id = e.workflow_id
    order by p.execution_id, p.id
"""
# One step in the index finds each queue that has something pending; counts stop at a limit.
_QUEUES: LiteralString = """
    with recursive pending as (
        (select a.queue from interlock.claimable_assignments a
         where a.queue <> ''
         order by a.queue limit 1)
        union all
        select (select a.queue from interlock.claimable_assignments a
                where a.queue > p.queue
                order by a.queue limit 1)
        from pending p where p.queue is not null
    ), alone as (
        select a.queue, count(*) filter (where a.due_at <= (select interlock.now())) as due,
               count(*) filter (where a.due_at > (select interlock.now())) as delayed,
               min(a.due_at) filter (where a.due_at < 'infinity') as oldest
        from interlock.claimable_special_assignments a
        where a.queue <> ''
        group by a.queue
    ), open as (
        select o.queue, count(*) filter (where o.status = 'running') as running
        from (select a.queue, a.status from interlock.assignments a where a.ended_at is null limit %(open_limit)s) o
        where o.queue is not null and o.status = 'running'
        group by o.queue
    ), serving as (
        select q.queue, count(*) as workers
        from interlock.workers w cross join lateral unnest(w.queues) q (queue)
        where w.status = 'alive' and w.heartbeat_at > interlock.now() - make_interval(secs => w.lease_seconds)
        group by q.queue
    ), named as (
        select q.queue
        from (
            select p.queue, true as has_work from pending p where p.queue is not null
            union all select a.queue, true from alone a union all select o.queue, true from open o union all select s.queue, false from serving s
        ) q
        group by q.queue order by bool_or(q.has_work) desc, q.queue limit %(queue_limit)s
    )
    select n.queue,
           least(%(count_limit)s, d.due + coalesce(l.due, 0)) as due,
           least(%(count_limit)s, d.delayed + coalesce(l.delayed, 0)) as delayed,
           coalesce(o.running, 0) as running, coalesce(s.workers, 0) as workers,
           greatest(0, extract(epoch from interlock.now() - least(d.oldest, l.oldest)))::float8 as oldest_seconds
    from named n
    cross join lateral (
        select (select count(*) from (
                    select from interlock.claimable_assignments a
                    where a.queue = n.queue and a.due_at <= (select interlock.now()) limit %(count_limit)s) x) as due,
               (select count(*) from (
                    select from interlock.claimable_assignments a
                    where a.queue = n.queue and a.due_at > (select interlock.now()) limit %(count_limit)s) x) as delayed,
               (select a.due_at from interlock.claimable_assignments a
                where a.queue = n.queue order by a.due_at limit 1) as oldest
    ) d
    left join alone l on l.queue = n.queue
    left join open o on o.queue = n.queue
    left join serving s on s.queue = n.queue
    order by n.queue
"""

_SHARES: LiteralString = """
    select d.queue, count(*) as count
    from (
        select q.queue, x.due_at
        from unnest(%(queues)s::text[]) q (queue)
        cross join lateral (
            (select a.due_at from interlock.claimable_assignments a
             where a.queue = q.queue and a.due_at <= (select interlock.now()) order by a.due_at limit %(limit)s)
            union all
            (select a.due_at from interlock.claimable_special_assignments a
             where a.queue = q.queue and a.due_at <= (select interlock.now()) order by a.due_at limit %(limit)s)
        ) x
        order by x.due_at limit %(limit)s
    ) d
    group by d.queue
"""


async def divide_limit(pool: Pool, queues: Sequence[str], limit: int) -> list[int]:
    """Divide `limit` among queues, so that the assignments that are due longest are claimed first; the first queue gets what is left over."""
    if len(queues) == 1:
        return [limit]
    due = {row["queue"]: row["count"] for row in await read_rows(pool, _SHARES, queues=list(queues), limit=limit)}
    shares = [due.get(queue, 0) for queue in queues]
    return [shares[0] + limit - sum(shares), *shares[1:]]


async def list_open_assignments(
    pool: Pool,
    *,
    statuses: Sequence[str],
    queue: str | None,
    workflow: UUID | None,
    assigned_to: UUID | None,
    after: tuple[UUID, UUID] | None,
    limit: int,
) -> list[ListedAssignment]:
    """List at most `limit` open assignments, those of the oldest executions first; with `after` (execution and assignment), those that follow it."""
    after_execution, after_id = after or (UUID(int=0), UUID(int=0))
    return await read_records(
        pool,
        ListedAssignment,
        _LIST,
        statuses=list(statuses) or list(OPEN_ASSIGNMENT_STATUSES),
        queue=queue,
        workflow=workflow,
        assigned_to=assigned_to,
        after_execution=after_execution,
        after_id=after_id,
        limit=limit,
    )


async def list_queues(pool: Pool) -> list[QueueSummary]:
    """List the queues in which something is pending or running, or that a worker serves; at most 1,000."""
    rows = await read_rows(pool, _QUEUES, count_limit=COUNT_LIMIT, open_limit=OPEN_LIMIT, queue_limit=QUEUE_LIMIT)
    return [QueueSummary.model_validate({**row, "oldest_due_seconds": row["oldest_seconds"] if row["due"] else None}) for row in rows]
