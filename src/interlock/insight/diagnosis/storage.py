"""What is stored: rows that are dead, and what keeps vacuum from taking them away."""

from typing import Final

from interlock.insight.diagnosis.checks import Connection, fetch_all, fine, time_span, warning
from interlock.insight.records.installation import Finding

OLD_SNAPSHOT_SECONDS: Final = 300
MANY_DEAD_ROWS: Final = 10_000
"""A table with more dead rows than this, and than 30 % of its live ones, is a warning."""


async def check_snapshots(connection: Connection, *, older_than_seconds: float = OLD_SNAPSHOT_SECONDS) -> list[Finding]:
    """Whatever holds back vacuum: dead claim entries stay, and every claim walks over them."""
    rows = await fetch_all(
        connection,
        """
        select 'process ' || pid || coalesce(' of ' || nullif(application_name, ''), '') || ', ' || coalesce(state, 'no state') as holder,
               extract(epoch from clock_timestamp() - coalesce(xact_start, backend_start))::float8 as seconds,
               'select pg_terminate_backend(' || pid || '), after asking who runs it' as hint
        from pg_stat_activity
        where (backend_xmin is not null or backend_xid is not null) and backend_type <> 'walsender' and pid <> pg_backend_pid()
        union all
        select 'replication slot ' || slot_name, case when not active then 'infinity'::float8 else 0 end,
               'drop it if nobody reads it: select pg_drop_replication_slot(…)'
        from pg_replication_slots where xmin is not null or catalog_xmin is not null
        union all
        select 'prepared transaction ' || gid, extract(epoch from clock_timestamp() - prepared)::float8, 'commit or roll it back: rollback prepared …'
        from pg_prepared_xacts
        order by 2 desc
        """,
    )
    old = [row for row in rows if row["seconds"] > older_than_seconds]
    return [
        warning(
            "vacuum",
            f"{row['holder']} holds back vacuum" + ("" if row["seconds"] == float("inf") else f", for {time_span(row['seconds'])}"),
            row["hint"],
        )
        for row in old
    ] or [fine("vacuum", "nothing holds it back")]


async def check_dead_rows(connection: Connection) -> list[Finding]:
    rows = await fetch_all(
        connection,
        """
        select relname, n_live_tup as live, n_dead_tup as dead, coalesce(last_autovacuum, last_vacuum) as vacuumed,
               pg_total_relation_size(relid) as bytes
        from pg_stat_user_tables where schemaname = 'interlock' order by bytes desc
        """,
    )
    findings = [
        warning(
            "storage",
            f"{row['relname']} has {row['dead']:,} dead rows beside {row['live']:,} live ones, last vacuumed {row['vacuumed'] or 'never'}",
            f"vacuum (verbose) interlock.{row['relname']}; if they stay, see above what holds back vacuum",
        )
        for row in rows
        if row["dead"] > max(MANY_DEAD_ROWS, 0.3 * row["live"])
    ]
    largest = ", ".join(f"{row['relname']} {row['bytes'] / 1024 / 1024:,.0f} MB" for row in rows[:3])
    return findings or [fine("storage", largest)]
