"""What is wrong with an installation: one check per question, each a list of findings. Used by `interlock doctor`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from psycopg import AsyncConnection, errors
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import pending_migrations
from interlock.controlplane.database_errors import database_errors
from interlock.controlplane.migrating import migrations
from interlock.errors import SchemaOutdated

Level = Literal["ok", "note", "warning", "problem"]

OLD_SNAPSHOT_SECONDS: Final = 300
MANY_DEAD: Final = 10_000
OVERDUE_SECONDS: Final = 60
CLOCK_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    level: Level
    subject: str
    message: str
    hint: str | None = None


Connection = AsyncConnection[DictRow]
Check = Callable[[Connection], Awaitable[list[Finding]]]


async def diagnose(url: str) -> list[Finding]:
    """Ask everything, one check after the other; a check that the role is not allowed to make is a note.

    Raises:
        psycopg.OperationalError: the database does not answer.
    """
    findings = await check_schema(url)
    async with await AsyncConnection.connect(url, row_factory=dict_row, autocommit=True, connect_timeout=10) as connection:
        await connection.execute("set statement_timeout = '10s'")
        for subject, check in CHECKS.items():
            try:
                findings += await check(connection)
            except (errors.InsufficientPrivilege, errors.QueryCanceled) as error:
                findings.append(Finding(level="note", subject=subject, message=f"not looked at: {str(error).splitlines()[0]}"))
            except (errors.UndefinedTable, errors.InvalidSchemaName, errors.UndefinedFunction):
                break  # the schema is missing or older, and that is said already
    return findings


async def diagnose_within(pool: AsyncConnectionPool[Any], *, most_seconds: int = 2) -> list[Finding]:
    """The same questions, but for the schema, over a pool; one that takes too long is a note.

    Raises:
        DatabaseUnavailable: it does not answer.
    """
    findings: list[Finding] = []
    with database_errors():
        async with pool.connection() as connection:
            before, connection.row_factory = connection.row_factory, dict_row
            try:
                for subject, check in CHECKS.items():
                    findings += await _limited(connection, subject, check, most_seconds)
            finally:
                connection.row_factory = before
    return findings


async def _limited(connection: Connection, subject: str, check: Check, most_seconds: int) -> list[Finding]:
    try:
        async with connection.transaction():
            await connection.execute("select set_config('statement_timeout', %s, true)", (f"{most_seconds}s",))
            return await check(connection)
    except (errors.InsufficientPrivilege, errors.QueryCanceled) as error:
        return [Finding(level="note", subject=subject, message=f"not looked at: {str(error).splitlines()[0]}")]


async def check_schema(url: str) -> list[Finding]:
    try:
        pending = await pending_migrations(url)
    except SchemaOutdated as error:
        return [Finding(level="problem", subject="schema", message=error.message, hint=error.hint)]
    if pending:
        message = f"{len(pending)} {'migration is' if len(pending) == 1 else 'migrations are'} missing: {', '.join(step.name for step in pending)}"
        return [Finding(level="problem", subject="schema", message=message, hint="run `interlock migrate`")]
    return [Finding(level="ok", subject="schema", message=f"up to date, {migrations()[-1].name.removesuffix('.sql')}")]


async def check_server(connection: Connection) -> list[Finding]:
    row = await _one(connection, "select current_setting('server_version') as version, current_setting('server_version_num')::int as number")
    if row["number"] < 150_000:
        return [Finding(level="problem", subject="server", message=f"PostgreSQL {row['version']} is too old", hint="15 or newer is needed")]
    return [Finding(level="ok", subject="server", message=f"PostgreSQL {row['version']}")]


async def check_settings(connection: Connection) -> list[Finding]:
    rows = await _all(
        connection,
        """
        select name, setting from pg_settings where name in
            ('fsync', 'full_page_writes', 'synchronous_commit', 'autovacuum', 'track_counts', 'default_transaction_isolation',
             'default_transaction_read_only')
        """,
    )
    have = {row["name"]: row["setting"] for row in rows}
    wanted = {
        "fsync": ("on", "problem", "a crash of the machine can destroy the database; set fsync = on"),
        "full_page_writes": ("on", "problem", "a crash of the machine can destroy pages; set full_page_writes = on"),
        "synchronous_commit": ("on", "warning", "what was reported as done can be undone by a crash; set synchronous_commit = on"),
        "autovacuum": ("on", "problem", "claims become slow as dead entries pile up; set autovacuum = on"),
        "track_counts": ("on", "problem", "autovacuum does not run without it; set track_counts = on"),
        "default_transaction_isolation": ("read committed", "warning", "clients must ask for read committed themselves; set it back for this role"),
        "default_transaction_read_only": ("off", "problem", "nothing can be written; connect to the primary server"),
    }
    findings = [
        Finding(level=level, subject="settings", message=f"{name} is {have[name]}", hint=hint)  # type: ignore[arg-type] # the levels above
        for name, (good, level, hint) in wanted.items()
        if have.get(name, good) != good
    ]
    used = await _one(
        connection,
        "select count(*) as used, current_setting('max_connections')::int as most from pg_stat_activity where backend_type = 'client backend'",
    )
    if used["used"] > 0.9 * used["most"]:
        hint = "raise max_connections, or put PgBouncer in front"
        findings.append(Finding(level="warning", subject="settings", message=f"{used['used']} of {used['most']} connections are in use", hint=hint))
    return findings or [Finding(level="ok", subject="settings", message=f"durable; {used['used']} of {used['most']} connections in use")]


async def check_clock(connection: Connection) -> list[Finding]:
    row = await _one(connection, "select clock_timestamp() as real, extract(epoch from interlock.now() - clock_timestamp())::float8 as shift")
    apart = abs((datetime.now(UTC) - row["real"]).total_seconds())
    findings = []
    if abs(row["shift"]) > CLOCK_SECONDS:
        hint = "delete from interlock.test_clock"
        findings.append(Finding(level="problem", subject="clock", message=f"the test clock is on, {row['shift']:+.0f} s", hint=hint))
    if apart > CLOCK_SECONDS:
        hint = "the database's clock decides; set this machine's by NTP, so that logs agree"
        findings.append(Finding(level="warning", subject="clock", message=f"this machine and the database are {apart:.1f} s apart", hint=hint))
    return findings or [Finding(level="ok", subject="clock", message="this machine and the database agree")]


async def check_snapshots(connection: Connection, *, older_than_seconds: float = OLD_SNAPSHOT_SECONDS) -> list[Finding]:
    """Whatever holds back vacuum: dead claim entries stay, and every claim walks over them."""
    rows = await _all(
        connection,
        """
        select 'process ' || pid || coalesce(' of ' || nullif(application_name, ''), '') || ', ' || coalesce(state, 'no state') as who,
               extract(epoch from clock_timestamp() - coalesce(xact_start, backend_start))::float8 as seconds,
               'select pg_terminate_backend(' || pid || '), after asking who runs it' as hint
        from pg_stat_activity
        where (backend_xmin is not null or backend_xid is not null) and backend_type <> 'walsender' and pid <> pg_backend_pid()
        union all
        select 'replication slot ' || slot_name, case when active then 0 else 1e9 end,
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
        Finding(level="warning", subject="vacuum", message=f"{row['who']} holds back vacuum{_since(row['seconds'])}", hint=row["hint"]) for row in old
    ] or [Finding(level="ok", subject="vacuum", message="nothing holds it back")]


async def check_dead_rows(connection: Connection) -> list[Finding]:
    rows = await _all(
        connection,
        """
        select relname, n_live_tup as live, n_dead_tup as dead, coalesce(last_autovacuum, last_vacuum) as vacuumed,
               pg_total_relation_size(relid) as bytes
        from pg_stat_user_tables where schemaname = 'interlock' order by bytes desc
        """,
    )
    findings = [
        Finding(
            level="warning",
            subject="storage",
            message=f"{row['relname']} has {row['dead']:,} dead rows beside {row['live']:,} live ones, last vacuumed {row['vacuumed'] or 'never'}",
            hint=f"vacuum (verbose) interlock.{row['relname']}; if they stay, see what holds back vacuum above",
        )
        for row in rows
        if row["dead"] > max(MANY_DEAD, 0.3 * row["live"])
    ]
    largest = ", ".join(f"{row['relname']} {row['bytes'] / 1024 / 1024:,.0f} MB" for row in rows[:3])
    return findings or [Finding(level="ok", subject="storage", message=largest)]


async def check_workers(connection: Connection) -> list[Finding]:
    rows = await _all(
        connection,
        """
        select name, queues, extract(epoch from interlock.now() - heartbeat_at)::float8 as silent, lease_seconds
        from interlock.workers where status = 'alive' order by name
        """,
    )
    findings = [
        Finding(
            level="warning",
            subject="workers",
            message=f"{row['name']} has been silent for {row['silent']:.0f} s",
            hint="`interlock tick` gives its work to others",
        )
        for row in rows
        if row["silent"] > row["lease_seconds"]
    ]
    heard = [row for row in rows if row["silent"] <= row["lease_seconds"]]
    if not heard:
        return [*findings, Finding(level="warning", subject="workers", message="none is alive", hint="start one: `interlock worker`")]
    queues = sorted({queue for row in heard for queue in row["queues"]})
    return [*findings, Finding(level="ok", subject="workers", message=f"{len(heard)} alive, for {', '.join(queues)}")]


async def check_queues(connection: Connection) -> list[Finding]:
    rows = await _all(
        connection,
        """
        select a.queue, count(*) as waiting, extract(epoch from interlock.now() - min(a.due_at))::float8 as seconds,
               exists (select from interlock.workers w where w.status = 'alive' and a.queue = any (w.queues)
                       and w.heartbeat_at > interlock.now() - make_interval(secs => w.lease_seconds)) as served
        from interlock.assignments a
        where a.ended_at is null and a.status = 'pending' and not a.suspended and a.queue is not null and a.due_at <= interlock.now()
        group by a.queue order by a.queue
        """,
    )
    findings = []
    for row in rows:
        if not row["served"]:
            message = f"queue {row['queue']} has {_counted(row['waiting'], 'due assignment')} and no worker"
            findings.append(Finding(level="problem", subject="queues", message=message, hint=f"interlock worker --queue {row['queue']}=10"))
        elif row["seconds"] > OVERDUE_SECONDS:
            message = f"queue {row['queue']} has {_counted(row['waiting'], 'due assignment')}, the oldest{_since(row['seconds'])}"
            findings.append(Finding(level="warning", subject="queues", message=message, hint="start more workers, or raise their limits"))
    waiting = sum(row["waiting"] for row in rows)
    return findings or [Finding(level="ok", subject="queues", message=f"{_counted(waiting, 'due assignment')}, all queues are served")]


async def check_stuck(connection: Connection) -> list[Finding]:
    row = await _one(
        connection,
        """
        select
            (select count(*) from interlock.executions e where e.status in ('running', 'waiting', 'paused')
                and not exists (select from interlock.assignments a where a.execution_id = e.id and a.ended_at is null)) as lifeless,
            (select count(*) from interlock.assignments a where a.status in ('running', 'waiting') and a.due_at is not null
                and a.due_at < interlock.now() - make_interval(secs => %(overdue)s)) as overdue,
            (select count(*) from interlock.assignments a where a.ended_at is null and a.status = 'running'
                and not exists (select from interlock.workers w where w.id = a.worker_id and w.status = 'alive')) as orphaned,
            count(*) filter (where e.suspended_at is not null) as suspended, count(*) as open
        from interlock.executions e where e.status in ('pending', 'running', 'waiting', 'paused')
        """,
        {"overdue": OVERDUE_SECONDS},
    )
    findings = []
    if row["lifeless"]:
        message = f"nothing is open in {_counted(row['lifeless'], 'open execution')}"
        findings.append(
            Finding(
                level="problem", subject="executions", message=message, hint="an error in Interlock: report it; `interlock executions retry` goes on"
            )
        )
    if row["overdue"]:
        message = f"{_counted(row['overdue'], 'timer')} overdue by more than {OVERDUE_SECONDS} s: nobody calls tick"
        findings.append(Finding(level="problem", subject="executions", message=message, hint="start a worker, or call `interlock tick` from cron"))
    if row["orphaned"]:
        message = f"{_counted(row['orphaned'], 'running assignment')} of workers that have ended"
        findings.append(Finding(level="problem", subject="executions", message=message, hint="`interlock tick` gives them to others"))
    if row["suspended"]:
        message = _counted(row["suspended"], "suspended execution")
        findings.append(Finding(level="note", subject="executions", message=message, hint="`interlock executions continue ID`"))
    return findings or [Finding(level="ok", subject="executions", message=f"{row['open']:,} open, none is stuck")]


CHECKS: Final[dict[str, Check]] = {
    "server": check_server,
    "settings": check_settings,
    "vacuum": check_snapshots,
    "clock": check_clock,
    "storage": check_dead_rows,
    "workers": check_workers,
    "queues": check_queues,
    "executions": check_stuck,
}


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _since(seconds: float) -> str:
    return "" if seconds >= 1e9 else f" since {seconds / 60:.0f} minutes ago" if seconds >= 120 else f" since {seconds:.0f} s"


async def _all(connection: Connection, query: str, values: dict[str, Any] | None = None) -> list[DictRow]:
    return await (await connection.execute(query.encode(), values)).fetchall()


async def _one(connection: Connection, query: str, values: dict[str, Any] | None = None) -> DictRow:
    (row,) = await _all(connection, query, values)
    return row
