"""Limits of workspaces that are reached, or nearly."""

from typing import Final

from interlock.insight.diagnosis.checks import Connection, error, fetch_all, fine, time_span, warning
from interlock.insight.records.installation import Finding

NEAR: Final = 0.8
"""From this part of a limit on it is named."""
MEASURED_SECONDS: Final = 600
"""What was measured longer ago than this is out of date: it should be done every minute."""
_RAISE: Final = "raise the limit: interlock workspaces update"


async def check_limits(connection: Connection) -> list[Finding]:
    """Says nothing where no workspace has a limit on what it stores, or on what runs."""
    rows = await fetch_all(
        connection,
        """
        select w.name, w.stored_bytes, w.max_stored_bytes, w.max_running,
               case when w.max_running is not null then interlock.running_count(w.id) end as running,
               pg_size_pretty(w.stored_bytes) as stored, pg_size_pretty(w.max_stored_bytes) as most_stored,
               extract(epoch from interlock.now() - w.stored_measured_at)::float8 as measured_seconds
        from interlock.workspaces w
        where w.deleted_at is null and w.id = any (interlock.visible_workspaces()) and (w.max_stored_bytes is not null or w.max_running is not null)
        order by w.name
        """,
    )
    findings: list[Finding] = []
    for row in rows:
        name, most_stored, most_running = row["name"], row["max_stored_bytes"], row["max_running"]
        if most_stored is not None and (row["measured_seconds"] is None or row["measured_seconds"] > MEASURED_SECONDS):
            ago = "has not been measured yet" if row["measured_seconds"] is None else f"was measured {time_span(row['measured_seconds'])} ago"
            findings.append(warning("limits", f"what the workspace {name} stores {ago}", "workers measure it, and `interlock tick`"))
        elif most_stored is not None and row["stored_bytes"] >= most_stored:
            said = f"the workspace {name} is full: it stores {row['stored']}, and its limit is {row['most_stored']}"
            findings.append(error("limits", f"{said}; it starts no executions and saves no definitions", f"{_RAISE} {name} --max-stored-bytes …"))
        elif most_stored is not None and row["stored_bytes"] >= NEAR * most_stored:
            said = f"the workspace {name} stores {row['stored']}, and its limit is {row['most_stored']}"
            findings.append(warning("limits", said, f"{_RAISE} {name} --max-stored-bytes …"))
        if most_running is not None and row["running"] >= NEAR * most_running:
            said = f"{row['running']:,} assignments of the workspace {name} run, and its limit is {most_running:,}"
            findings.append(warning("limits", said, f"others of its assignments wait; {_RAISE} {name} --max-running …"))
    return findings or ([fine("limits", "no workspace is near its limit")] if rows else [])
