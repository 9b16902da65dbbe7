"""Workers that are alive, and queues whose assignments no worker can run."""

from typing import Final

from interlock.insight.diagnosis.checks import Connection, counted, error, fetch_all, fine, time_span, warning
from interlock.insight.records.installation import Finding

OVERDUE_SECONDS: Final = 60
"""How long an assignment may be due before its queue is a warning."""

_SERVES: Final = "(interlock.current_workspace() is null or w.workspaces is null or interlock.current_workspace() = any (w.workspaces))"
_IS_OWN: Final = """
    (interlock.current_workspace() is null or a.queue = interlock.scoped_name(interlock.current_workspace(), interlock.unscoped_name(a.queue)))
"""
_OF_WORKSPACE: Final = "case when interlock.current_workspace() is null and n.id <> 1 then ' of workspace ' || n.name else '' end"


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
        select q.name, {_OF_WORKSPACE} as of_workspace, q.waiting, q.seconds,
               exists (select from interlock.workers w where w.status = 'alive' and q.name = any (w.queues)
                       and (w.workspaces is null or n.id = any (w.workspaces))
                       and w.heartbeat_at > interlock.now() - make_interval(secs => w.lease_seconds)) as served
        from (
            select a.queue, interlock.unscoped_name(a.queue) as name, count(*) as waiting,
                   extract(epoch from interlock.now() - min(a.due_at))::float8 as seconds
            from (
                select c.queue, c.due_at from interlock.claimable_assignments c union all
                select c.queue, c.due_at from interlock.claimable_special_assignments c
            ) a
            where a.queue <> '' and a.due_at <= (select interlock.now()) and {_IS_OWN}
            group by a.queue
        ) q
        join interlock.workspaces n on q.queue = interlock.scoped_name(n.id, q.name)
        order by q.name, n.id
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
            select w.node_types, w.workspaces, q.name
            from interlock.workers w cross join lateral unnest(w.queues) q (name)
            where w.status = 'alive' and w.heartbeat_at > interlock.now() - make_interval(secs => w.lease_seconds) and {_SERVES}
        )
        select q.name, {_OF_WORKSPACE} as of_workspace, q.requires, q.waiting
        from (
            select a.queue, interlock.unscoped_name(a.queue) as name, a.requires, count(*) as waiting
            from interlock.claimable_special_assignments a
            where a.requires is not null and a.queue <> '' and a.due_at <= (select interlock.now()) and {_IS_OWN}
            group by a.queue, a.requires
        ) q
        join interlock.workspaces n on q.queue = interlock.scoped_name(n.id, q.name)
        where exists (select from serving s where s.name = q.name and (s.workspaces is null or n.id = any (s.workspaces)))
            and not exists (
                select from serving s
                where s.name = q.name and (s.workspaces is null or n.id = any (s.workspaces)) and q.requires = any (s.node_types))
        order by q.name, n.id, q.requires
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
