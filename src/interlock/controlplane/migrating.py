"""Brings a database to the schema that this program needs."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from interlock.backoff import Backoff
from interlock.controlplane.connecting import BoundedConnection, read_address
from interlock.controlplane.database_errors import database_errors
from interlock.controlplane.schema import SQL
from interlock.embedded.database import refuse_unfit
from interlock.errors import DatabaseUnavailable, InterlockError, SchemaOutdated

LOCK_TRIES: Final = 20
REMOVES: Final = "_post.sql"
"""How the name of a migration ends that removes what programs from before it use. All others keep what the program before them calls."""
TAKEN: Final = (psycopg.errors.DuplicateTable, psycopg.errors.DuplicateFunction, psycopg.errors.DuplicateObject)
ADVISORY_LOCK: Final = 0x696E7465726C6B  # "interlk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step from an older schema; `name` orders them."""

    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations() -> Sequence[Migration]:
    """Returns all steps, in order."""
    folder = SQL / "migrations"
    return [
        Migration(name=file.name, sql=file.read_text(encoding="utf-8"))
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".sql")
    ]


async def pending_migrations(conninfo: str) -> list[Migration]:
    """Returns the migrations that `migrate` would apply.

    Raises:
        DatabaseUnavailable, ServerTooOld, DatabaseUnsuitable, SchemaOutdated: as `migrate`.
    """
    async with await _connect(conninfo) as connection:
        with database_errors():
            pending = await _pending(connection)
    return pending


async def pending_on(connection: psycopg.AsyncConnection[Any]) -> list[Migration]:
    """Returns the same over a connection that is open, for a process that is at work.

    It goes on while the database is ahead of it, unless a migration of the kind `..._post.sql` has removed what it needs.

    Raises:
        ServerTooOld, DatabaseUnsuitable, SchemaOutdated: as `migrate`.
        psycopg.Error: no answer came.
    """
    refuse_unfit(connection.info)
    return await _pending(connection, is_at_work=True)


async def migrate(conninfo: str) -> list[str]:
    """Applies the missing steps, each in a transaction; several processes may do it at once. Gives the role that reads take its rights.

    Returns:
        The names of the steps applied, in order; none when the schema is up to date.

    Raises:
        DatabaseUnavailable: no connection, or other sessions kept tables locked for too long; safe to repeat.
        ServerTooOld: PostgreSQL below 15.
        DatabaseUnsuitable: its encoding is not UTF8, or its user may not make or change the schema.
        SchemaOutdated: the database is newer than this program.
    """
    async with await _connect(conninfo) as connection:
        with database_errors():
            applied = [migration.name for migration in await _pending(connection) if await _apply(connection, migration)]
            async with connection.transaction():
                await connection.execute("select pg_advisory_xact_lock(%s)", (ADVISORY_LOCK,))
                await connection.execute("select interlock.give_rights()")
    return applied


async def rights_to_ask_for(conninfo: str) -> list[str]:
    """Returns the statements about the role of reads that `migrate` leaves to a user who may make roles; none if it has all rights.

    Raises:
        DatabaseUnavailable, ServerTooOld, DatabaseUnsuitable, SchemaOutdated: as `migrate`.
    """
    async with await _connect(conninfo) as connection:
        with database_errors():
            (missing,) = await _one(await connection.execute("select interlock.missing_rights()"))
    return of_somebody_who_makes_roles(missing)


def of_somebody_who_makes_roles(missing: Sequence[str]) -> list[str]:
    """Returns those of the statements of reading/missing_rights.sql that the owner of the schema may not be allowed to run."""
    return [statement for statement in missing if " on " not in statement]


async def _connect(conninfo: str) -> psycopg.AsyncConnection[Any]:
    read_address(conninfo)
    try:
        connection = await BoundedConnection.connect(conninfo, session={}, autocommit=True, connect_timeout=10, prepare_threshold=None)
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable(f"no connection to the database: {error}", hint="check the address, and that the server runs") from error
    try:
        refuse_unfit(connection.info)
    except InterlockError:
        await connection.close()
        raise
    return connection


async def _pending(connection: psycopg.AsyncConnection[Any], *, is_at_work: bool = False) -> list[Migration]:
    cursor = await connection.execute("select to_regclass('interlock.migrations') is not null")
    known: dict[str, str] = {}
    if (await _one(cursor))[0]:
        cursor = await connection.execute("select name, checksum from interlock.migrations")
        known = dict(await cursor.fetchall())
    steps = migrations()
    ahead = sorted(known.keys() - {step.name for step in steps})
    if any(name.endswith(REMOVES) or not is_at_work for name in ahead):
        raise SchemaOutdated(f"the database has migrations that this program does not know: {', '.join(ahead)}", hint="install a newer interlock")
    for step in steps:
        if known.get(step.name, step.checksum) != step.checksum:
            raise SchemaOutdated(
                f"the migration {step.name} differs from the one that this database was made with: an Interlock from before the schema was fixed"
                " made it",
                hint="it cannot be upgraded: name another folder with --data or another database, or drop the schema `interlock` in this one, and all"
                " that is in it",
            )
    return [step for step in steps if step.name not in known]


async def _apply(connection: psycopg.AsyncConnection[Any], migration: Migration) -> bool:
    pauses = Backoff(0.1, 2.0)
    for _ in range(LOCK_TRIES):
        try:
            async with connection.transaction():
                await connection.execute("set local lock_timeout = '2s'")
                await connection.execute("set local idle_in_transaction_session_timeout = '60s'")  # a frozen client holds up no other
                await connection.execute("select pg_advisory_xact_lock(%s)", (ADVISORY_LOCK,))
                if migration.name not in {step.name for step in await _pending(connection)}:
                    return False
                await connection.execute(migration.sql.encode())
                await connection.execute(
                    "insert into interlock.migrations (name, checksum, applied_at) values (%s, %s, interlock.now())",
                    (migration.name, migration.checksum),
                )
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            await asyncio.sleep(pauses.next_seconds())
        except TAKEN as error:
            raise SchemaOutdated(
                f"the schema `interlock` contains objects that {migration.name} did not create: {error.diag.message_primary}",
                hint="another program created it, or only a part of it was restored: restore all of it, rename it, or name another database",
            ) from error
        else:
            await connection.execute("reset check_function_bodies")
            return True
    raise DatabaseUnavailable(f"the migration {migration.name} got no lock", hint="other sessions hold tables of the schema interlock; try again")


async def _one(cursor: psycopg.AsyncCursor[Any]) -> tuple[Any, ...]:
    row = await cursor.fetchone()
    if row is None:
        raise DatabaseUnavailable("the database answered without a row")
    return tuple(row)
