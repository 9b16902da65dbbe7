"""Workers that are alive, and queues whose assignments no worker can run."""

from typing import Final

from interlock.insight.diagnosis.checks import Connection, counted, error, fetch_all, fine, time_span, warning
from interlock.insight.reading import IS_ALIVE
from interlock.insight.records.installation import Finding

OVERDUE_SECONDS: Final = 60
"""How long an assignment may be due before its queue is a warning."""

_SERVES: Final = "(interlock.current_workspace() is null or w.workspaces is null or interlock.current_workspace() = any (w.workspaces))"
# Rows name a queue by its key. It is shown by its name, in which only somebody who sees several workspaces needs the workspace.
_QUEUES: Final = """
    select q.key, q.name, case when interlock.current_workspace() is null and n.id <> 1 then ' of workspace ' || n.name else '' end as of_workspace
    from interlock.queues q join interlock.workspaces n on n.id = q.workspace_id
    where n.id = any (interlock.visible_workspaces())
"""


async def check_workers(connection: Connection) -> list[Finding]:
    rows = await fetch_all(
        connection,
        f"""
        select name, queues, extract(epoch from interlock.now() - heartbeat_at)::float8 as silent, lease_seconds
        from interlock.workers w where w.status = 'alive' and {_SERVES} order by name
        """,
    )
    findings = [
        warning("workers", f"{row['name']} has been silent for {row['silent']:.0f} s", "`interlock tick` gives its work to other workers")
        for row in rows
        if row["silent"] > row["lease_seconds"]
    ]
    alive = [row for row in rows if row["silent"] <= row["lease_seconds"]]
    if not alive:
        return [*findings, warning("workers", "no worker is alive", "start one: `interlock worker`")]
    queues = sorted({queue for row in alive for queue in row["queues"]})
    return [*findings, fine("workers", f"{len(alive)} alive, for {', '.join(queues)}")]


async def check_queues(connection: Connection) -> list[Finding]:
    rows = await fetch_all(
        connection,
        f"""
        select q.name, q.of_workspace, a.waiting, extract(epoch from interlock.now() - a.oldest)::float8 as seconds,
               exists (select from interlock.workers w where {IS_ALIVE} and q.key = any (coalesce(w.queue_keys, w.queues))) as served
        from ({_QUEUES}) q
        cross join lateral (
            select count(*) as waiting, min(x.due_at) as oldest
            from (
                select c.due_at from interlock.claimable_assignments c where c.queue = q.key and c.due_at <= (select interlock.now())
                union all
                select c.due_at from interlock.claimable_special_assignments c where c.queue = q.key and c.due_at <= (select interlock.now())
            ) x
        ) a
        where a.waiting > 0 order by q.name, q.of_workspace
        """,
    )
    findings = await _find_missing_node_types(connection)
    for row in rows:
        due = f"queue {row['name']}{row['of_workspace']} has {counted(row['waiting'], 'due assignment')}"
        if not row["served"]:
            findings.append(error("queues", f"{due} and no worker", f"interlock worker --queue {row['name']}=10"))
        elif row["seconds"] > OVERDUE_SECONDS:
            hint = "start more workers, or raise the limit of this queue on those that serve it"
            findings.append(warning("queues", f"{due}, the oldest for {time_span(row['seconds'])}", hint))
    waiting = sum(row["waiting"] for row in rows)
    return findings or [fine("queues", f"{counted(waiting, 'due assignment')}, all queues are served")]


async def _find_missing_node_types(connection: Connection) -> list[Finding]:
    """What is due in a queue that workers serve, but none of them can execute."""
    rows = await fetch_all(
        connection,
        f"""
        with serving as (
            select w.node_types, k.key
            from interlock.workers w cross join lateral unnest(coalesce(w.queue_keys, w.queues)) k (key)
            where {IS_ALIVE}
        )
        select q.name, q.of_workspace, a.requires, count(*) as waiting
        from ({_QUEUES}) q
        join interlock.claimable_special_assignments a on a.queue = q.key
        where a.requires is not null and a.due_at <= (select interlock.now())
            and exists (select from serving s where s.key = a.queue)
            and not exists (select from serving s where s.key = a.queue and a.requires = any (s.node_types))
        group by q.name, q.of_workspace, a.requires order by q.name, q.of_workspace, a.requires
        """,
    )
    hint = "install the package of this node type where the workers of the queue run, and start them again"
    return [
        error(
            "queues",
            f"queue {row['name']}{row['of_workspace']} has {counted(row['waiting'], 'due assignment')} of {row['requires']},"
            " which none of its workers has",
            hint,
        )
        for row in rows
    ]
