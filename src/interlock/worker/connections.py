"""The connections of one worker: four at most, whatever it does."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, cast

import orjson
import psycopg
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import ControlPlane
from interlock.worker.settings import WorkerSettings

CONNECTION_LIMIT: Final = 4  # the exchange's, the heartbeat's, the listener's, and one for everything else: tick, versions, probes

# A server that vanished without a word is noticed after some 15 s, not after two hours.
KEEPALIVE: Final = {
    "connect_timeout": 5,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}


class OneConnection:
    """In the place of a pool, for callers that take turns: connects when it is needed, and anew after whatever went wrong."""

    def __init__(self, connect: Callable[[], Awaitable[psycopg.AsyncConnection[Any]]]) -> None:
        self._connect = connect
        self._connection: psycopg.AsyncConnection[Any] | None = None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        if self._connection is None:
            self._connection = await self._connect()
        try:
            yield self._connection
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


class Connections:
    """Statements are never prepared by name: a transaction-mode pooler would hand them to another server connection."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._url = settings.database_url
        self._name = settings.name
        self._exchange = OneConnection(self._to_exchange)
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]] = AsyncConnectionPool(
            self._url,
            kwargs=self._options("worker"),
            min_size=1,
            max_size=1,
            open=False,
            configure=_use_orjson,
            timeout=10.0,
            reconnect_timeout=3.0,  # then a new round begins with the next call, so that a database that is back is found at once
            name=f"interlock {settings.name}",
        )
        self.exchanging = ControlPlane(cast("AsyncConnectionPool[Any]", self._exchange))
        self.control = ControlPlane(self._pool)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        await self._pool.open(wait=False)
        try:
            yield
        finally:
            await self._exchange.close()
            await self._pool.close(timeout=2.0)

    async def notify(self, channel: str, payload: str) -> None:
        async with self._pool.connection() as connection:
            await connection.execute("select pg_notify(%s, %s)", [channel, payload])

    async def to_listen(self) -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(self._url, **self._options("listener"))

    def to_beat(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self._url, **self._options("heartbeat"))

    async def _to_exchange(self) -> psycopg.AsyncConnection[Any]:
        connection = await psycopg.AsyncConnection.connect(self._url, **self._options("exchange"))
        await _use_orjson(connection)
        return connection

    def _options(self, part: str) -> dict[str, Any]:
        return KEEPALIVE | {"autocommit": True, "prepare_threshold": None, "application_name": f"interlock {part} {self._name}"[:63]}


async def _use_orjson(connection: psycopg.AsyncConnection[Any]) -> None:
    set_json_loads(orjson.loads, connection)
    set_json_dumps(orjson.dumps, connection)
