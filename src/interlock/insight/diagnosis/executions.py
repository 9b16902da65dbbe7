"""Executions that do not move, though nothing that they wait for will come."""

from typing import Final

from interlock.insight.diagnosis.checks import Connection, counted, error, fetch_one, fine
from interlock.insight.records.installation import Finding

OVERDUE_SECONDS: Final = 60
"""How late a timer may be before it is an error."""


async def check_executions(connection: Connection) -> list[Finding]:
    row = await fetch_one(
        connection,
        """
        with open as materialized (
            select e.id, e.status, e.suspended_at
            from interlock.executions e
            where e.workspace_id = any (interlock.visible_workspaces()) and e.status in ('pending', 'running', 'waiting', 'paused')
        )
        select
            (select count(*) from open o where o.status <> 'pending'
                and not exists (select from interlock.assignments a where a.execution_id = o.id and a.ended_at is null)) as lifeless,
            (select count(*) from interlock.timers t where t.kind in ('assignment', 'virtual_user', 'deadline')
                and t.due_at < (select interlock.now()) - make_interval(secs => %(overdue)s)
                and (interlock.current_workspace() is null or exists (
                    select from interlock.executions e where e.id = t.execution_id and e.workspace_id = interlock.current_workspace()))) as overdue,
            (select count(*) from open o join interlock.assignments a on a.execution_id = o.id
                where a.ended_at is null and a.status = 'running'
                and not exists (select from interlock.workers w where w.id = a.worker_id and w.status = 'alive')) as orphaned,
            count(*) filter (where o.suspended_at is not null) as suspended, count(*) as open
        from open o
        """,
        {"overdue": OVERDUE_SECONDS},
    )
    findings = []
    if row["lifeless"]:
        message = f"nothing is open in {counted(row['lifeless'], 'open execution')}"
        findings.append(error("executions", message, "this is an error in Interlock: report it; `interlock executions retry` starts them again"))
    if row["overdue"]:
        message = f"{counted(row['overdue'], 'timer')} overdue by more than {OVERDUE_SECONDS} s: nothing calls tick"
        findings.append(error("executions", message, "start a worker, or call `interlock tick` from cron"))
    if row["orphaned"]:
        message = f"{counted(row['orphaned'], 'running assignment')} of workers that have ended"
        findings.append(error("executions", message, "`interlock tick` gives them to other workers"))
    if findings:
        return findings
    if row["suspended"]:
        message = f"{row['open']:,} open, {row['suspended']:,} of them suspended; none is stuck"
        return [fine("executions", message, "`interlock executions continue ID` lets a suspended one go on")]
    return [fine("executions", f"{row['open']:,} open, none is stuck")]
