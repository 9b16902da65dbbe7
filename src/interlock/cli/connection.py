"""Which database a command uses, and how it connects to it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from interlock.backoff import Backoff

if TYPE_CHECKING:
    from psycopg_pool import AsyncConnectionPool

    from interlock.controlplane import ControlPlane
    from interlock.embedded import DatabaseSource


WAIT_FIRST_SECONDS: Final = 0.25
WAIT_MOST_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseChoice:
    """The database that the options name."""

    url: str | None
    data: Path | None

    def source(self) -> "DatabaseSource":
        """Returns that of `--data`, else `--database`, else the environment, else the server that comes with Interlock; nothing is opened yet."""
        from interlock.embedded import DatabaseSource, Server, resolve_database

        if self.data is not None:
            return DatabaseSource("--data", server=Server(self.data))
        if self.url is not None:
            return DatabaseSource("--database", url=self.url)
        return resolve_database()


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    source: "DatabaseSource"
    pool: "AsyncConnectionPool[Any]"
    plane: "ControlPlane"

    @property
    def address(self) -> str:
        return shown_address(self.source.url)


@asynccontextmanager
async def open_database(choice: DatabaseChoice) -> AsyncIterator[Database]:
    """A pool of a few connections to the chosen database.

    Our own server is started if it does not run, and migrated; the last process that uses it stops it. Only `up` and `migrate` migrate a database
    that the options or the environment name.
    """
    from interlock.controlplane import ControlPlane, migrate, open_pool

    async with choice.source() as source:
        if source.is_embedded:
            await migrate(source.url)
        async with open_pool(source.url, limit=4) as pool:
            yield Database(source=source, pool=pool, plane=ControlPlane(pool))


@asynccontextmanager
async def wait_for_database(choice: DatabaseChoice, logger: logging.Logger) -> AsyncIterator["DatabaseSource"]:
    """The chosen database, for a process that serves: it waits until a given database answers, and logs that it waits.

    Raises:
        ServerTooOld, DatabaseUnsuitable: waiting does not help.
        EmbeddedServerError: our own server cannot run here.
    """
    import psycopg

    source, pauses = choice.source(), Backoff(WAIT_FIRST_SECONDS, WAIT_MOST_SECONDS)
    while True:
        try:
            await source.open()
        except psycopg.OperationalError as error:
            if source.is_embedded:
                raise
            seconds, reason = pauses.next_seconds(), " ".join(str(error).split())
            logger.warning("the database does not answer, trying again in %.1f s: %s", seconds, reason, extra={"event": "database_away"})
            await asyncio.sleep(seconds)
        else:
            break
    try:
        yield source
    finally:
        await source.close()


def shown_address(url: str) -> str:
    """Returns the address of a database without its password."""
    from psycopg.conninfo import conninfo_to_dict

    parts = conninfo_to_dict(url)
    host = str(parts.get("host") or "localhost")
    port = f":{parts['port']}" if parts.get("port") else ""
    where = f"?host={host}&port={parts.get('port', '')}" if host.startswith("/") else ""
    return f"postgresql://{parts.get('user') or ''}@{'' if where else host + port}/{parts.get('dbname') or ''}{where}"
