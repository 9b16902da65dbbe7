"""Reads how a workspace has been doing. Every statement is bounded by a window of time and by a limit."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

from interlock.insight.reading import Scope, read_records, read_rows
from interlock.insight.records.executions import ALL_STATUSES
from interlock.insight.records.installation import Durations, FailingNode, OverviewBucket, WaitingFor

BUCKET_LIMIT: Final = 100_000
"""Maximum number of executions of each status counted in buckets, the newest; older buckets are left out."""
DURATION_LIMIT: Final = 10_000
"""Maximum number of completed executions whose durations are compared, the newest."""
FAILED_LIMIT: Final = 1_000
"""Maximum number of failed executions whose nodes are looked at, the newest."""
WAITING_LIMIT: Final = 5_000
"""Maximum number of open executions of each status that are asked what they wait for, the oldest."""
BUCKET_SECONDS: Final = (10, 30, 60, 300, 600, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400)
MOST_BUCKETS: Final = 60
"""Maximum number of buckets that a window is divided into."""

_WINDOW: LiteralString = "select interlock.now() as at"
# A bucket in which the counting of a status stopped is not complete, so it is left out, except for the newest.
_BUCKETS: LiteralString = """
    with counted as materialized (
        select s.status, x.at, x.count
        from unnest(interlock.visible_workspaces()) w (id)
        cross join unnest(%(statuses)s::text[]) s (status)
        cross join lateral (
            select date_bin(make_interval(secs => %(seconds)s), y.created_at, '2000-01-03 00:00:00+00') as at, count(*) as count
            from (
                select e.created_at from interlock.executions e
                where e.workspace_id = w.id and e.status = s.status and e.created_at >= %(since)s and e.test is null {of_workflow}
                order by e.created_at desc limit %(limit)s
            ) y
            group by 1
        ) x
    ), stopped as (
        select max(f.at) as at from (select min(c.at) as at from counted c group by c.status having sum(c.count) >= %(limit)s) f
    )
    select c.at, sum(c.count)::bigint as started, coalesce(sum(c.count) filter (where c.status = 'completed'), 0)::bigint as completed,
           coalesce(sum(c.count) filter (where c.status in ('failed', 'cancelled', 'timed_out')), 0)::bigint as failed
    from counted c cross join stopped
    where stopped.at is null or c.at > stopped.at or c.at = (select max(n.at) from counted n)
    group by c.at order by c.at
"""
_DURATIONS: LiteralString = """
    select count(*) as count, percentile_cont(0.5) within group (order by x.seconds) as p50_seconds,
           percentile_cont(0.95) within group (order by x.seconds) as p95_seconds,
           percentile_cont(0.99) within group (order by x.seconds) as p99_seconds
    from (
        select extract(epoch from y.ended_at - y.started_at)::float8 as seconds
        from (
            select x.started_at, x.ended_at
            from unnest(interlock.visible_workspaces()) w (id)
            cross join lateral (
                select e.started_at, e.ended_at, e.created_at from interlock.executions e
                where e.workspace_id = w.id and e.status = 'completed' and e.test is null {of_workflow} order by e.created_at desc limit %(limit)s
            ) x
            order by x.created_at desc limit %(limit)s
        ) y
        where y.ended_at >= %(since)s
    ) x
"""
_FAILING: LiteralString = """
    with failed as materialized (
        select e.id, e.workflow_id, e.ended_at
        from interlock.list_executions('{failed,timed_out}', %(workflow)s::uuid, null, %(since)s, 'infinity', 'infinity',
            '00000000-0000-0000-0000-000000000000', %(limit)s) e
    ), visits as materialized (
        select f.workflow_id, f.id as execution_id, a.version_id, a.node_no, a.message, a.ended_at
        from failed f
        cross join lateral (
            select x.version_id, x.node_no, x.error ->> 'message' as message, x.ended_at
            from interlock.assignments x where x.execution_id = f.id and x.status = 'failed' offset 0
        ) a
    )
    select w.name as workflow, v.node_id, count(*) as count,
           (array_agg(coalesce(v.message, '') order by v.ended_at desc))[1] as last_message,
           (array_agg(v.execution_id order by v.ended_at desc))[1] as last_execution_id
    from (
        select v.*, n.node_id from visits v
        cross join lateral (select x.node_id from interlock.nodes x where x.version_id = v.version_id and x.node_no = v.node_no offset 0) n
    ) v
    join interlock.workflows w on w.id = v.workflow_id
    group by w.name, v.node_id
    order by count(*) desc, w.name, v.node_id limit 20
"""
# The oldest executions that can have something waiting in them, because the oldest wait is asked for.
_WAITING: LiteralString = """
    with open as materialized (
        select x.id from unnest(interlock.visible_workspaces()) w (id)
        cross join unnest('{waiting,paused,running}'::text[]) s (status)
        cross join lateral (
            select e.id from interlock.executions e
            where e.workspace_id = w.id and e.status = s.status and e.test is null and (%(workflow)s::uuid is null or e.workflow_id = %(workflow)s)
            order by e.created_at limit %(limit)s
        ) x
    )
    select a.wait_for, count(*) as count, min(a.started_at) as oldest_at
    from open o
    cross join lateral (
        select x.wait_for, coalesce(x.started_at, x.created_at) as started_at from interlock.assignments x
        where x.execution_id = o.id and x.ended_at is null and x.status = 'waiting' offset 0
    ) a
    group by a.wait_for order by count(*) desc, a.wait_for
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentActivity:
    """What happened in a window of time. The buckets begin later than the window where more happened than is counted."""

    at: datetime
    bucket_seconds: int
    buckets: list[OverviewBucket]
    durations: Durations
    failing_nodes: list[FailingNode]
    waiting: list[WaitingFor]


async def read_overview(scope: Scope, *, window_minutes: int, workflow_id: UUID | None) -> RecentActivity:
    """Read the last `window_minutes` minutes, of one workflow or of all that the scope has."""
    (now,) = await read_rows(scope, _WINDOW)
    seconds = next(size for size in BUCKET_SECONDS if window_minutes * 60 <= size * MOST_BUCKETS)
    (window,) = await read_rows(
        scope, "select %(at)s::timestamptz - make_interval(mins => %(minutes)s::integer) as since", at=now["at"], minutes=window_minutes
    )
    values = {"since": window["since"], "workflow": workflow_id}
    of_workflow: LiteralString = "" if workflow_id is None else "and e.workflow_id = %(workflow)s"
    (durations,) = await read_records(scope, Durations, _DURATIONS.format(of_workflow=of_workflow), **values, limit=DURATION_LIMIT)
    return RecentActivity(
        at=now["at"],
        bucket_seconds=seconds,
        buckets=await read_records(
            scope,
            OverviewBucket,
            _BUCKETS.format(of_workflow=of_workflow),
            **values,
            statuses=list(ALL_STATUSES),
            limit=BUCKET_LIMIT,
            seconds=seconds,
        ),
        durations=durations,
        failing_nodes=await read_records(scope, FailingNode, _FAILING, **values, limit=FAILED_LIMIT),
        waiting=await read_records(scope, WaitingFor, _WAITING, **values, limit=WAITING_LIMIT),
    )
