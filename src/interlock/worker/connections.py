"""The connections of one worker: at most five, whatever it does, and all to one server."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from types import MappingProxyType
from typing import Any, Final, cast
from uuid import UUID

import psycopg
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import Assignment, ControlPlane
from interlock.controlplane.connecting import SESSION, BoundedConnection
from interlock.controlplane.one_server import OneServer
from interlock.controlplane.workspaces import Workspaces
from interlock.credentials import CredentialStore
from interlock.json_text import read_stored_json, write_json
from interlock.worker.exchange_connection import ExchangeConnection, Exchanger
from interlock.worker.settings import WorkerSettings

CONNECTION_LIMIT: Final = 5  # one for each lane, the heartbeat's, the listener's, and one for everything else: tick, versions, credentials, probes

# The worker notices after some 15 s, not after two hours, that a server has vanished without closing its connections.
KEEPALIVE: Final = {
    "connect_timeout": 5,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}


class OneConnection:
    """Takes the place of a pool, for callers that take turns. It connects when somebody needs it, and again after any error.

    A caller that gets no answer within `answer_seconds` gets a TimeoutError.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[psycopg.AsyncConnection[Any]]],
        answer_seconds: float,
        *,
        prepare: Callable[[psycopg.AsyncConnection[Any]], AbstractAsyncContextManager[None]] | None = None,
    ) -> None:
        self._connect = connect
        self._prepare = prepare
        self._answer_seconds = answer_seconds
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        async with self._turn, asyncio.timeout(self._answer_seconds):
            if self._connection is None:
                self._connection = await self._connect()
            try:
                if self._prepare is None:
                    yield self._connection
                else:
                    async with self._prepare(self._connection):
                        yield self._connection
            except BaseException:
                await self.close()
                raise

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    @property
    def control(self) -> ControlPlane:
        """Returns the control plane over this connection."""
        return ControlPlane(cast("AsyncConnectionPool[Any]", self))

    @property
    def workspaces(self) -> Workspaces:
        """Returns the workspaces over this connection."""
        return Workspaces(cast("AsyncConnectionPool[Any]", self))

    @property
    def credentials(self) -> CredentialStore:
        """Returns the stored credentials over this connection."""
        return CredentialStore(cast("AsyncConnectionPool[Any]", self))


class Connections:
    """Opens the connections. Those of the lanes prepare one statement by name, unless a pooler could run it in another session."""

    def __init__(self, settings: WorkerSettings, logger: logging.Logger) -> None:
        self._url = settings.database_url
        self._name = settings.name
        self._server = OneServer()
        self._lease_seconds = settings.lease_seconds
        self._logger = logger
        self._statement_milliseconds = int(settings.statement_seconds * 1000)
        self._pooled = [
            OneConnection(partial(self._open, "exchange"), settings.reply_seconds, prepare=self._limit_statement)
            for _ in range(settings.exchanges_in_flight)
        ]
        self._exchanges = [ExchangeConnection(self._open_exchange, pooled.control, settings.reply_seconds) for pooled in self._pooled]
        self._shared = OneConnection(partial(self._open, "shared"), settings.reply_seconds)
        self.exchanging: Sequence[Exchanger] = self._exchanges
        self.control = self._shared.control
        self.credentials = self._shared.credentials
        self.workspaces = self._shared.workspaces

    @asynccontextmanager
    async def closing(self) -> AsyncIterator[None]:
        """Closes the connections after the block."""
        try:
            yield
        finally:
            for exchange in self._exchanges:
                await exchange.close()
            for pooled in self._pooled:
                await pooled.close()
            await self._shared.close()

    async def get_offer(self, worker_id: UUID) -> Assignment | None:
        """Returns the visit that a start began for this worker; see `ControlPlane.get_offer`. The first lane reads it if it is free."""
        first = self._exchanges[0]
        return await (first if first.can_read_offers else self.control).get_offer(worker_id)

    async def notify(self, channel: str, payload: str) -> None:
        async with self._shared.connection() as connection:
            await connection.execute("select pg_notify(%s, %s)", [channel, payload])

    async def to_listen(self) -> psycopg.AsyncConnection[Any]:
        return await self._open("listener")

    def to_beat(self) -> OneConnection:
        return OneConnection(partial(self._open, "heartbeat"), self._lease_seconds / 3)

    async def _open_exchange(self) -> psycopg.AsyncConnection[Any] | None:
        """Opens a connection that limits the time of each statement. A wait for a lock ends earlier: it is not slow work, and the worker asks again.

        Returns:
            None behind a pooler that does not keep the limits, because the session is not the worker's own.
        """
        milliseconds = self._statement_milliseconds
        limits = {"statement_timeout": f"{milliseconds}", "lock_timeout": f"{milliseconds // 2}"}
        connection = await self._open("exchange", limits)
        cursor = await connection.execute("select name, setting from pg_settings where name = any (%s)", [list(limits)])
        if dict(await cursor.fetchall()) == limits and connection.info.encoding == "utf-8":
            return connection
        await connection.close()
        return None

    @asynccontextmanager
    async def _limit_statement(self, connection: psycopg.AsyncConnection[Any]) -> AsyncIterator[None]:
        """Limits the statements of one transaction."""
        async with connection.transaction():
            await connection.execute(
                "select set_config('statement_timeout', %s, true), set_config('lock_timeout', %s, true)",
                [str(self._statement_milliseconds), str(self._statement_milliseconds // 2)],
            )
            yield

    async def _open(self, part: str, more: Mapping[str, str] = MappingProxyType({})) -> psycopg.AsyncConnection[Any]:
        connection = await BoundedConnection.connect(self._url, session={**SESSION, **more}, server=self._server, **self._options(part))
        set_json_loads(read_stored_json, connection)
        set_json_dumps(write_json, connection)
        connection.add_notice_handler(self._log_notice)
        return connection

    def _log_notice(self, notice: psycopg.errors.Diagnostic) -> None:
        level = logging.WARNING if notice.severity_nonlocalized == "WARNING" else logging.DEBUG
        self._logger.log(level, "the database says: %s", notice.message_primary, extra={"event": "database_notice"})

    def _options(self, part: str) -> dict[str, Any]:
        return KEEPALIVE | {"autocommit": True, "prepare_threshold": None, "application_name": f"interlock {part} {self._name}"[:63]}
