"""What PostgreSQL counts: commits, statements, bytes of WAL and of tables."""

from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection

COUNTERS = """
select xact_commit, xact_rollback, pg_database_size(datid), pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')
from pg_stat_database where datname = current_database()
"""
STATEMENTS = """
select coalesce(sum(calls), 0) from public.pg_stat_statements
where dbid = (select oid from pg_database where datname = current_database()) and toplevel
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """Totals of one database, but `wal_bytes` of the whole server. Statements are None where pg_stat_statements is absent.

    PostgreSQL's backends report with a delay of up to ten seconds while they are connected; a backend that ended has reported.
    """

    commits: int
    rollbacks: int
    database_bytes: int
    wal_bytes: int
    statements: int | None

    def since(self, earlier: "Counters") -> "Counters":
        return Counters(
            commits=self.commits - earlier.commits,
            rollbacks=self.rollbacks - earlier.rollbacks,
            database_bytes=self.database_bytes - earlier.database_bytes,
            wal_bytes=self.wal_bytes - earlier.wal_bytes,
            statements=None if self.statements is None or earlier.statements is None else self.statements - earlier.statements,
        )


async def read_counters(connection: AsyncConnection[tuple[Any, ...]]) -> Counters:
    cursor = await connection.execute(COUNTERS)
    row = await cursor.fetchone()
    assert row is not None
    commits, rollbacks, size, wal = row
    return Counters(
        commits=commits,
        rollbacks=rollbacks,
        database_bytes=size,
        wal_bytes=int(wal),
        statements=await read_statements(connection),
    )


async def read_statements(connection: AsyncConnection[tuple[Any, ...]]) -> int | None:
    """Statements that clients sent to this database so far; None without pg_stat_statements."""
    cursor = await connection.execute("select to_regclass('public.pg_stat_statements') is not null")
    row = await cursor.fetchone()
    if row is None or not row[0]:
        return None
    cursor = await connection.execute(STATEMENTS)
    row = await cursor.fetchone()
    return None if row is None else int(row[0])
