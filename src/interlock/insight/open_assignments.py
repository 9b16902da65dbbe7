"""Reads what is open in all executions: the inbox and the queues."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, LiteralString
from uuid import UUID

from interlock.insight.execution_details import ASSIGNMENT_COLUMNS
from interlock.insight.reading import IS_ALIVE, OWN, Scope, in_workspace, read_rows
from interlock.insight.records.assignments import OPEN_ASSIGNMENT_STATUSES, ListedAssignment
from interlock.insight.records.executions import OPEN_STATUSES
from interlock.insight.records.installation import QueueSummary

COUNT_LIMIT: Final = 10_000
"""Maximum number of assignments counted in one queue."""
OPEN_LIMIT: Final = 200_000
"""Maximum number of executions looked at to count the assignments that run."""
QUEUE_LIMIT: Final = 1_000
"""Maximum number of queues listed."""

SERVES: LiteralString = "(%(workspace)s::integer is null or w.workspaces is null or %(workspace)s = any (w.workspaces))"
"""The SQL condition that a worker serves the scope."""
RUNNING: LiteralString = """
    select a.queue, a.worker_id
    from (
        select e.id from interlock.executions e
        where e.workspace_id = any (interlock.visible_workspaces()) and e.status = 'running' limit %(open_limit)s
    ) e
    cross join lateral (
        select x.queue, x.worker_id from interlock.assignments x
        where x.execution_id = e.id and x.ended_at is null and x.status = 'running' offset 0
    ) a
"""
"""The assignments of the scope that run, in at most `open_limit` executions."""

# The open executions of a workspace, oldest first: four parts of one index, which PostgreSQL merges. So what others have open costs nothing.
_OPEN: LiteralString = " union all ".join(
    f"""
        (select e.id, e.created_at, e.workflow_id, e.subject from interlock.executions e
        where e.status = '{status}' and {in_workspace("e")} and (e.created_at, e.id) >= (%(after_at)s::timestamptz, %(after_execution)s::uuid)
        order by e.created_at, e.id)
    """
    for status in OPEN_STATUSES
)
_LIST: LiteralString = f"""
    with page as materialized (
        select e.id as execution_id, e.created_at, e.workflow_id, e.subject, o.id
        from ({_OPEN}) e
        join interlock.assignments o on o.execution_id = e.id
        where o.ended_at is null and o.status = any (%(statuses)s)
          and (e.created_at, e.id, o.id) > (%(after_at)s::timestamptz, %(after_execution)s::uuid, %(after_id)s::uuid)
          and (%(queue)s::text is null or interlock.unscoped_name(o.queue) = %(queue)s)
          and (%(assigned_to)s::uuid is null or o.assigned_to = %(assigned_to)s)
          and (%(workflow)s::uuid is null or e.workflow_id = %(workflow)s)
        order by e.created_at, e.id, o.id limit %(limit)s
    )
    select {ASSIGNMENT_COLUMNS}, w.name as workflow, p.subject, p.created_at as execution_created_at
    from page p
    join interlock.assignment_details a on a.execution_id = p.execution_id and a.id = p.id
    join interlock.workflows w on w.id = p.workflow_id
    order by p.created_at, p.execution_id, p.id
"""
# Rows name a queue by its key; each workspace has its own. Counts stop at a limit.
_QUEUES: LiteralString = f"""
    with due as materialized (
        select q.key,
               (select count(*) from (
                    select from interlock.claimable_assignments a
                    where a.queue = q.key and a.due_at <= (select interlock.now()) limit %(count_limit)s) x) as due,
               (select count(*) from (
                    select from interlock.claimable_assignments a
                    where a.queue = q.key and a.due_at > (select interlock.now()) limit %(count_limit)s) x) as delayed,
               (select a.due_at from interlock.claimable_assignments a where a.queue = q.key order by a.due_at limit 1) as oldest
        from interlock.queues q where {in_workspace("q")}
    ), alone as materialized (
        select q.key, x.due, x.delayed, x.oldest
        from interlock.queues q
        cross join lateral (
            select count(*) filter (where a.due_at <= (select interlock.now())) as due,
                   count(*) filter (where a.due_at > (select interlock.now())) as delayed,
                   min(a.due_at) filter (where a.due_at < 'infinity') as oldest
            from interlock.claimable_special_assignments a where a.queue = q.key
        ) x
        where {in_workspace("q")}
    ), running as (
        select o.queue as key, count(*) as running from ({RUNNING}) o where o.queue is not null group by o.queue
    ), serving as (
        select interlock.queue_key(v.id, q.name) as key, count(*) as workers
        from interlock.workers w
        cross join lateral unnest(w.queues) q (name)
        join unnest(interlock.visible_workspaces()) v (id) on w.workspaces is null or v.id = any (w.workspaces)
        where {IS_ALIVE}
        group by 1
    ), named as (
        select q.key
        from (
            select d.key, true as has_work from due d where d.due + d.delayed > 0
            union all select a.key, true from alone a where a.due + a.delayed > 0
            union all select o.key, true from running o union all select s.key, false from serving s
        ) q
        group by q.key order by bool_or(q.has_work) desc, q.key limit %(queue_limit)s
    )
    select interlock.unscoped_name(n.key) as queue,
           least(%(count_limit)s, coalesce(d.due, 0) + coalesce(l.due, 0)) as due,
           least(%(count_limit)s, coalesce(d.delayed, 0) + coalesce(l.delayed, 0)) as delayed,
           coalesce(o.running, 0) as running, coalesce(s.workers, 0) as workers,
           greatest(0, extract(epoch from interlock.now() - least(d.oldest, l.oldest)))::float8 as oldest_seconds
    from named n
    left join due d on d.key = n.key
    left join alone l on l.key = n.key
    left join running o on o.key = n.key
    left join serving s on s.key = n.key
    order by 1
"""

_SHARES: LiteralString = f"""
    select d.queue, count(*) as count
    from (
        select q.queue, x.due_at
        from (
            select n.name as queue, interlock.queue_key({OWN}, n.name) as key from unnest(%(queues)s::text[]) n (name)
        ) q
        cross join lateral (
            (select a.due_at from interlock.claimable_assignments a
             where a.queue = q.key and a.due_at <= (select interlock.now()) order by a.due_at limit %(limit)s)
            union all
            (select a.due_at from interlock.claimable_special_assignments a
             where a.queue = q.key and a.due_at <= (select interlock.now()) order by a.due_at limit %(limit)s)
        ) x
        order by x.due_at limit %(limit)s
    ) d
    group by d.queue
"""


async def divide_limit(scope: Scope, queues: Sequence[str], limit: int) -> list[int]:
    """Divide `limit` among queues, so that the assignments that are due longest are claimed first; the first queue gets what is left over."""
    if len(queues) == 1:
        return [limit]
    due = {row["queue"]: row["count"] for row in await read_rows(scope, _SHARES, queues=list(queues), limit=limit)}
    shares = [due.get(queue, 0) for queue in queues]
    return [shares[0] + limit - sum(shares), *shares[1:]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page of open assignments ends: the execution of the last one, when that was created, and the last one."""

    created_at: datetime
    execution_id: UUID
    assignment_id: UUID


async def list_open_assignments(
    scope: Scope,
    *,
    statuses: Sequence[str],
    queue: str | None,
    workflow: UUID | None,
    assigned_to: UUID | None,
    after: Place | None,
    limit: int,
) -> tuple[list[ListedAssignment], Place | None]:
    """List at most `limit` open assignments, those of the oldest executions first; with `after`, those that follow it.

    Returns:
        The assignments, and where the next page begins; None if there is none.
    """
    start = after or Place(created_at=datetime.min.replace(tzinfo=UTC), execution_id=UUID(int=0), assignment_id=UUID(int=0))
    rows = await read_rows(
        scope,
        _LIST,
        statuses=list(statuses) or list(OPEN_ASSIGNMENT_STATUSES),
        queue=queue,
        workflow=workflow,
        assigned_to=assigned_to,
        after_at=start.created_at,
        after_execution=start.execution_id,
        after_id=start.assignment_id,
        limit=limit + 1,
    )
    created = [row.pop("execution_created_at") for row in rows[:limit]]
    items = [ListedAssignment.model_validate(row) for row in rows[:limit]]
    if len(rows) <= limit:
        return items, None
    return items, Place(created_at=created[-1], execution_id=items[-1].execution_id, assignment_id=items[-1].id)


async def list_queues(scope: Scope) -> list[QueueSummary]:
    """List the queues in which something is pending or running, or that a worker serves; at most 1,000."""
    rows = await read_rows(scope, _QUEUES, count_limit=COUNT_LIMIT, open_limit=OPEN_LIMIT, queue_limit=QUEUE_LIMIT)
    return [QueueSummary.model_validate({**row, "oldest_due_seconds": row["oldest_seconds"] if row["due"] else None}) for row in rows]
