"""A pool whose connections lead to a server that takes writes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any, Final

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from interlock.controlplane.database_errors import DatabaseRefusal, is_refused_by_sql, read_only, takes_no_writes
from interlock.controlplane.one_server import Connection, OneServer, drop_all
from interlock.errors import InterlockError

RECONNECT_SECONDS: Final = 1.0
"""After a lost connection the pool tries again once, after this time. Then the next caller makes it try, so that a new primary is found at once."""
FIRST_WAIT_SECONDS: Final = 1.0
"""A caller that got no connection within this time is told why, if the reason is that none can be made."""


class DatabasePool(AsyncConnectionPool[Any]):
    """A pool that drops connections which can no longer write, and says why there is none.

    Attributes:
        refusal: why every call is refused at once; None while the database answers.
        server: the server that its connections lead to.
    """

    def __init__(self, conninfo: str, *, server: OneServer, **settings: Any) -> None:
        super().__init__(conninfo, open=False, reconnect_timeout=RECONNECT_SECONDS, **settings)
        self.server = server
        self.refusal: InterlockError | None = None
        self._lent: dict[Connection, float] = {}

    @asynccontextmanager
    async def connection(self, timeout: float | None = None) -> AsyncIterator[Any]:  # noqa: ASYNC109 - as of the parent
        """Lends a connection, as every pool does.

        Raises:
            psycopg.OperationalError: the database does not answer, or there is no connection in time.
        """
        if self.refusal is not None:
            raise DatabaseRefusal(self.refusal)
        async with self.lend(self.timeout if timeout is None else timeout) as connection:
            yield connection

    @asynccontextmanager
    async def lend(self, wait_seconds: float) -> AsyncIterator[Any]:
        """Lends a connection also while calls are refused.

        Raises:
            psycopg.OperationalError: as `connection`; or the connection has lost writing, and SQL refused the call: it may have looked at old rows.
        """
        connection = await self._wait_for_connection(wait_seconds)
        self._lent[connection] = monotonic()
        is_useless = False
        try:
            async with connection:
                yield connection
        except psycopg.Error as error:
            is_useless = takes_no_writes(error)
            if is_refused_by_sql(error) and self.server.has_lost_writing(connection):
                raise DatabaseRefusal(read_only()) from error
            raise
        finally:
            del self._lent[connection]
            has_lost_writing = self.server.has_lost_writing(connection)
            if has_lost_writing or is_useless:
                await connection.close()
            await self.putconn(connection)
            if has_lost_writing:
                await self.replace_connections()  # those to the same server have lost it too

    @property
    def is_exhausted(self) -> bool:
        """Whether every connection that the pool may have is lent."""
        return len(self._lent) >= self.max_size

    async def replace_connections(self) -> None:
        """Drops the connections that nobody uses; those that are lent are closed when they return."""
        await self.drain()

    def drop_slow(self, seconds: float) -> None:
        """Drops connections that were lent longer ago: their callers get an error at once."""
        late = monotonic() - seconds
        drop_all([connection for connection, lent_at in self._lent.items() if lent_at < late])

    async def _wait_for_connection(self, seconds: float) -> Any:
        """Returns a connection. If none can be made, the caller learns it after `FIRST_WAIT_SECONDS`; if all are in use, after all seconds."""
        try:
            return await self.getconn(min(seconds, FIRST_WAIT_SECONDS))
        except PoolTimeout as error:
            if seconds <= FIRST_WAIT_SECONDS or self._reason() is not None:
                raise (self._reason() or self._in_use(error)) from None
        try:
            return await self.getconn(seconds - FIRST_WAIT_SECONDS)
        except PoolTimeout as error:
            raise (self._reason() or self._in_use(error)) from None

    def _in_use(self, error: PoolTimeout) -> PoolTimeout:
        return PoolTimeout(f"all {self.max_size} connections of this process are in use") if self.is_exhausted else error

    def _reason(self) -> psycopg.OperationalError | None:
        """Returns why no connection can be made; None if that is not known."""
        if self.refusal is not None:
            return DatabaseRefusal(self.refusal)
        if self.server.problem is not None and not self.is_exhausted:
            return psycopg.OperationalError(str(self.server.problem))
        return None


def may_be_old(pool: AsyncConnectionPool[Any], connection: Connection) -> bool:
    """Returns whether what was just read over a connection may be old: the server has reported that another one may have taken its place."""
    return isinstance(pool, DatabasePool) and pool.server.has_lost_writing(connection)
