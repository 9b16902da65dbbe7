"""Executions that run away: loops that go round and round without anything that waits, and forks inside loops, which multiply."""

from typing import Final

from psycopg.rows import DictRow

from interlock.insight.diagnosis.checks import Connection, fetch_all, fine, warning
from interlock.insight.records.installation import Finding

MANY_VISITS: Final = 1_000
"""From this number of visits since something last waited on, an execution that goes in a loop is a warning.

Only executions are looked at in which an open visit has this number or a higher one, so a long workflow without loops is none of them.
"""
MANY_OPEN: Final = 2_000
"""From this number of open assignments in one execution on it is a warning."""
OPEN_LIMIT: Final = 200_000
"""Maximum number of open assignments looked at, the oldest executions first."""
VISIT_LIMIT: Final = 100_000
"""Maximum number of visits counted in one execution."""
SHOWN: Final = 10
"""Maximum number of executions named."""


async def check_runaways(connection: Connection) -> list[Finding]:
    rows = await fetch_all(
        connection,
        """
        with open as materialized (
            select a.execution_id, a.version_id, a.node_no, a.visit
            from interlock.assignments a where a.ended_at is null
            order by a.execution_id, a.id limit %(open_limit)s
        ), suspects as (
            select o.execution_id, count(*) as open, max(o.visit) as visit,
                   (array_agg(o.version_id order by o.visit desc))[1] as version_id, (array_agg(o.node_no order by o.visit desc))[1] as node_no
            from open o
            group by o.execution_id
            having count(*) >= %(many_open)s or max(o.visit) >= %(many_visits)s
        ), counted as (
            select s.*, e.workflow_id, (
                select count(*) from (
                    select from interlock.assignments a
                    where a.execution_id = s.execution_id and a.created_at >= coalesce(e.last_waited_at, e.created_at)
                    limit %(visit_limit)s) v) as visits
            from suspects s join interlock.executions e on e.id = s.execution_id
        )
        select c.execution_id, c.open, case when c.visit >= %(many_visits)s then c.visits else 0 end as visits, w.name as workflow, n.node_id
        from counted c
        join interlock.workflows w on w.id = c.workflow_id
        join interlock.nodes n on n.version_id = c.version_id and n.node_no = c.node_no
        where c.open >= %(many_open)s or (c.visit >= %(many_visits)s and c.visits >= %(many_visits)s)
        order by visits desc, c.open desc, c.execution_id limit %(shown)s
        """,
        {"open_limit": OPEN_LIMIT, "many_open": MANY_OPEN, "many_visits": MANY_VISITS, "visit_limit": VISIT_LIMIT, "shown": SHOWN},
    )
    return [_runaway(row) for row in rows] or [
        fine("runaways", "no execution goes in a loop without waiting, and none has thousands of open assignments")
    ]


def _runaway(row: DictRow) -> Finding:
    execution = f"execution {row['execution_id']} of {row['workflow']}"
    if row["visits"] >= MANY_VISITS:
        at_least = "at least " if row["visits"] >= VISIT_LIMIT else ""
        message = (
            f"{execution} has made {at_least}{row['visits']:,} visits since something in it last waited; it goes in a loop through {row['node_id']}"
        )
        hint = "if that is not meant, cancel it, and give the loop a condition that ends it; a fork in a loop doubles what goes round"
    else:
        message = f"{execution} has {row['open']:,} open assignments, the newest at {row['node_id']}"
        hint = "if that is not meant, cancel it, and look for a fork in a loop: it doubles what goes round"
    return warning("runaways", message, f"{hint}: interlock executions cancel {row['execution_id']}")
