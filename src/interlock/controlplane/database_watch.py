"""Knows whether the database answers and takes writes, over the connections that calls use."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final

import psycopg
from psycopg_pool import PoolTimeout

from interlock.controlplane.connecting import connect_beside
from interlock.controlplane.database_errors import disk_full, interlock_error, read_only
from interlock.controlplane.one_server import ANSWER_SECONDS, ask_origin
from interlock.controlplane.pool import DatabasePool
from interlock.embedded.disk import Disk, ask_data_folder, data_folder_of
from interlock.errors import DatabaseUnavailable, InterlockError

LOOK_SECONDS: Final = 1.0
"""Time between two looks."""
ANXIOUS_SECONDS: Final = 0.25
"""Time between two looks while the database does not answer, or takes no writes."""
FRESH_SECONDS: Final = 3.0
"""How often a new connection is made, to find that the address leads to another server."""
_logger = logging.getLogger("interlock.database")


class DatabaseWatch:
    """Asks over a connection of the pool, every second, whether the database answers and takes writes.

    While it does not answer, the pool refuses every call at once, and calls that wait for an answer get an error. While it answers and takes no
    writes, calls go on: those that only read succeed.

    Attributes:
        problem: what is wrong with the database; None if nothing is.
    """

    def __init__(self, pool: DatabasePool) -> None:
        self._pool = pool
        self._fresh_at = float("-inf")
        self._looking = asyncio.Lock()
        self._folder = data_folder_of(str(pool.conninfo))
        self._knows_folder = self._folder is not None
        self.problem: InterlockError | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator["DatabaseWatch"]:
        task = asyncio.create_task(self._run(), name="watch of the database")
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _run(self) -> None:
        while True:
            try:
                await self.look()
            except Exception:
                _logger.exception("the watch of the database failed", extra={"event": "database_watch_failed"})
            await asyncio.sleep(LOOK_SECONDS if self.problem is None else ANXIOUS_SECONDS)

    async def look(self) -> None:
        """Asks once, at most some seconds long."""
        async with self._looking:
            await self._look()

    async def _look(self) -> None:
        before = self.problem
        try:
            if before is not None or monotonic() - self._fresh_at > FRESH_SECONDS:
                await self._ask_freshly()
            takes_writes = await self._ask_pool()
        except (psycopg.Error, OSError, TimeoutError) as error:
            self._set_away(error)
        else:
            self.problem = None if takes_writes else read_only()
            self._pool.refusal = None
        if (before is None) != (self.problem is None):
            found = f"cannot be used: {self.problem}" if self.problem else "can be used again"
            _logger.warning("the database %s", found, extra={"event": "database"})

    def disk(self) -> Disk | None:
        """Returns the disk of the database, as it is now; None if the database is on another machine, or this process cannot see it."""
        return None if self._folder is None else Disk.of(self._folder)

    def check_room(self) -> None:
        """Checks that the disk has room for more executions.

        Raises:
            DatabaseUnavailable: it does not.
        """
        check_room(self.disk())

    def _set_away(self, error: Exception) -> None:
        disk = self.disk()
        if disk is not None and disk.keeps_server_down:
            known: InterlockError | None = disk_full(disk.left)
        else:
            known = interlock_error(error)
        self.problem = self._pool.refusal = known or DatabaseUnavailable("the database does not answer", hint="the call may be repeated")
        self._pool.drop_slow(ANSWER_SECONDS)

    async def _ask_pool(self) -> bool:
        """Returns whether the connections of the pool take writes.

        Raises:
            psycopg.Error, OSError, TimeoutError: neither they nor a new one answer.
        """
        try:
            async with self._pool.lend(ANSWER_SECONDS) as connection:
                origin = await ask_origin(connection)
                if not self._knows_folder:
                    self._knows_folder = True
                    self._folder = await ask_data_folder(connection)
        except PoolTimeout:
            if not self._pool.is_exhausted:
                raise
            return await self._ask_freshly()  # it is only busy
        except psycopg.Error:
            is_writing = await self._ask_freshly()
            await self._pool.replace_connections()
            return is_writing
        if not origin.took_writes:
            await self._pool.replace_connections()
        return origin.took_writes

    async def _ask_freshly(self) -> bool:
        """Returns whether a new connection takes writes. Connections to another server are dropped by it."""
        connection = await connect_beside(self._pool)
        await connection.close()
        self._fresh_at = monotonic()
        return self._pool.server.took_writes(connection)


def check_room(disk: Disk | None) -> None:
    """Checks that a disk has room for more executions. None, for a disk that nobody sees, passes.

    Raises:
        DatabaseUnavailable: it does not.
    """
    if disk is not None and disk.refuses_starts:
        raise disk_full(disk.left)
