"""The server: its version, its settings, its clock, and the rights of the role that reads."""

from datetime import UTC, datetime
from typing import Final

from interlock.controlplane.migrating import of_somebody_who_makes_roles
from interlock.insight.diagnosis.checks import Connection, error, fetch_all, fetch_one, fine, warning
from interlock.insight.records.installation import Finding

CLOCK_SECONDS: Final = 2.0
"""How far apart the clocks of this machine and of the database may be."""
READER: Final = "interlock_reader"
"""The role that the API reads with."""
FULL_SHARE: Final = 0.9
"""The share of `max_connections` from which on it is a warning."""


async def check_server(connection: Connection) -> list[Finding]:
    row = await fetch_one(connection, "select current_setting('server_version') as version, current_setting('server_version_num')::int as number")
    if row["number"] < 150_000:
        return [error("server", f"PostgreSQL {row['version']} is too old", "use PostgreSQL 15 or newer")]
    return [fine("server", f"PostgreSQL {row['version']}")]


async def check_settings(connection: Connection) -> list[Finding]:
    rows = await fetch_all(
        connection,
        """
        select name, setting from pg_settings where name in
            ('fsync', 'full_page_writes', 'synchronous_commit', 'autovacuum', 'track_counts', 'default_transaction_isolation',
             'default_transaction_read_only')
        """,
    )
    have = {row["name"]: row["setting"] for row in rows}
    wanted = {
        "fsync": ("on", error, "a crash of the machine can destroy the database; set fsync = on"),
        "full_page_writes": ("on", error, "a crash of the machine can destroy pages; set full_page_writes = on"),
        "synchronous_commit": ("on", warning, "a crash can undo what was reported as done; set synchronous_commit = on"),
        "autovacuum": ("on", error, "claims become slow as dead entries pile up; set autovacuum = on"),
        "track_counts": ("on", error, "autovacuum does not run without it; set track_counts = on"),
        "default_transaction_isolation": ("read committed", warning, "clients must ask for read committed themselves; set it back for this role"),
        "default_transaction_read_only": ("off", error, "nothing can be written; connect to the primary server"),
    }
    findings = [
        finding("settings", f"{name} is {have[name]}", hint) for name, (good, finding, hint) in wanted.items() if have.get(name, good) != good
    ]
    used = await fetch_one(
        connection,
        "select count(*) as used, current_setting('max_connections')::int as most from pg_stat_activity where backend_type = 'client backend'",
    )
    if used["used"] > FULL_SHARE * used["most"]:
        hint = "raise max_connections, or put PgBouncer in front"
        findings.append(warning("settings", f"{used['used']} of {used['most']} connections are in use", hint))
    return findings or [fine("settings", f"durable; {used['used']} of {used['most']} connections in use")]


async def check_clock(connection: Connection) -> list[Finding]:
    row = await fetch_one(connection, "select clock_timestamp() as real, extract(epoch from interlock.now() - clock_timestamp())::float8 as shift")
    apart = abs((datetime.now(UTC) - row["real"]).total_seconds())
    findings = []
    if abs(row["shift"]) > CLOCK_SECONDS:
        findings.append(error("clock", f"the test clock is on, {row['shift']:+.0f} s", "delete from interlock.test_clock"))
    if apart > CLOCK_SECONDS:
        hint = "the database's clock decides; set the clock of this machine by NTP, so that logs agree"
        findings.append(warning("clock", f"the clocks of this machine and of the database are {apart:.1f} s apart", hint))
    return findings or [fine("clock", "this machine and the database agree")]


async def check_rights(connection: Connection) -> list[Finding]:
    """Whether reads take the role to which row-level security shows one workspace only."""
    row = await fetch_one(connection, "select interlock.missing_rights() as missing")
    missing: list[str] = row["missing"]
    if not missing:
        return [fine("rights", f"reads take the role {READER}")]
    message = f"reads do not take the role {READER}, so row-level security is no second wall behind their conditions"
    to_ask_for = of_somebody_who_makes_roles(missing)
    first = f"let a user who may make roles run: {'; '.join(to_ask_for)}; then " if to_ask_for else ""
    return [warning("rights", message, f"{first}`interlock migrate`")]
