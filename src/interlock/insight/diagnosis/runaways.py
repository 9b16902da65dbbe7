"""Executions that run away: loops that go round and round while nothing waits, and forks inside loops, which multiply visits."""

from typing import Final

from psycopg.rows import DictRow

from interlock.insight.diagnosis.checks import Connection, fetch_all, fine, warning
from interlock.insight.records.installation import Finding

MANY_VISITS: Final = 1_000
"""From this number of visits of one node on, since something in the execution last waited, the execution is a warning. `max_visits` ends it later."""
MANY_OPEN: Final = 2_000
"""From this number of open assignments in one execution on, it is a warning."""
OPEN_LIMIT: Final = 200_000
"""Maximum number of open assignments looked at."""
SHOWN: Final = 10
"""Maximum number of executions named."""


async def check_runaways(connection: Connection) -> list[Finding]:
    rows = await fetch_all(
        connection,
        """
        with open as materialized (
            select a.execution_id, a.version_id, a.node_no, a.visits_since_wait, a.created_at
            from interlock.executions e
            cross join lateral (
                select x.execution_id, x.version_id, x.node_no, x.visits_since_wait, x.created_at
                from interlock.assignments x where x.execution_id = e.id and x.ended_at is null offset 0
            ) a
            where e.workspace_id = any (interlock.visible_workspaces()) and e.status in ('pending', 'running', 'waiting', 'paused')
            limit %(open_limit)s
        ), counted as (
            select o.execution_id, o.version_id, o.node_no, e.workflow_id,
                   -- what was made before something last waited does not count
                   case when o.created_at >= coalesce(e.last_waited_at, e.created_at) then o.visits_since_wait else 0 end as visits
            from open o join interlock.executions e on e.id = o.execution_id
        ), suspects as (
            select distinct on (c.execution_id) c.*, count(*) over (partition by c.execution_id) as open
            from counted c
            order by c.execution_id, c.visits desc
        )
        select s.execution_id, s.open, s.visits, w.name as workflow, n.node_id
        from suspects s
        join interlock.workflows w on w.id = s.workflow_id
        join interlock.nodes n on n.version_id = s.version_id and n.node_no = s.node_no
        where s.visits >= %(many_visits)s or s.open >= %(many_open)s
        order by s.visits desc, s.open desc, s.execution_id limit %(shown)s
        """,
        {"open_limit": OPEN_LIMIT, "many_open": MANY_OPEN, "many_visits": MANY_VISITS, "shown": SHOWN},
    )
    return [_runaway(row) for row in rows] or [
        fine("runaways", "no execution goes in a loop without waiting, and none has thousands of open assignments")
    ]


def _runaway(row: DictRow) -> Finding:
    execution = f"execution {row['execution_id']} of {row['workflow']}"
    if row["visits"] >= MANY_VISITS:
        message = f"{execution} has visited {row['node_id']} {row['visits']:,} times since something in it last waited, and goes on"
        hint = "if that is not meant, cancel it, and give the loop a condition that ends it; a fork in a loop doubles what goes round"
    else:
        message = f"{execution} has {row['open']:,} open assignments"
        hint = "if that is not meant, cancel it, and look for a fork in a loop: it doubles what goes round"
    return warning("runaways", message, f"{hint}: interlock executions cancel {row['execution_id']}")
