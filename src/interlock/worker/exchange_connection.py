"""The connection of a lane. It speaks libpq itself: psycopg took five times as long for the one statement that a worker sends all the time."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol
from uuid import UUID

import psycopg
from psycopg import pq
from psycopg.errors import error_from_result

from interlock.controlplane import SlimExchange
from interlock.controlplane.database_errors import database_errors
from interlock.json_text import WrittenJson, read_stored_json
from interlock.tracing import database_call

STATEMENT: Final = "select interlock.exchange($1, $2, $3, $4, $5, true, $6)"
PREPARE: Final = f"prepare interlock_exchange (uuid, bigint, jsonb, text[], integer[], boolean) as {STATEMENT}"
NAME: Final = b"interlock_exchange"
OTHER_SESSION: Final = frozenset({"26000", "42P05"})  # the statement is not prepared there, or somebody else has prepared it


class Exchanger(Protocol):
    """What a lane sends its requests to."""

    async def exchange_slim(
        self, worker_id: UUID, request: int, results: WrittenJson, *, queues: Sequence[str], limits: Sequence[int], offers: bool
    ) -> SlimExchange:
        """Reports and claims; see `ControlPlane.exchange_slim`."""
        ...


class ExchangeConnection:
    """Calls `interlock.exchange`. It connects when a request is sent, and again after any error.

    The statement is prepared by name, which takes a session of its own. Behind a pooler that gives each transaction another session, requests go
    through psycopg.

    Args:
        connect: opens a connection; None where its session is not the worker's own.
        pooled: sends requests behind a pooler.
        answer_seconds: a request without an answer for so long fails with TimeoutError.
    """

    def __init__(self, connect: Callable[[], Awaitable[psycopg.AsyncConnection[Any] | None]], pooled: Exchanger, answer_seconds: float) -> None:
        self._connect = connect
        self._pooled = pooled
        self._answer_seconds = answer_seconds
        self._is_pooled = False
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._file = -1  # a copy of the socket's: libpq closes its own at once when the server is gone, and the loop may not wait for a closed one
        self._waiting: asyncio.Future[None] | None = None
        self._queues: tuple[Sequence[str], bytes] = ((), b"{}")

    async def exchange_slim(
        self, worker_id: UUID, request: int, results: WrittenJson, *, queues: Sequence[str], limits: Sequence[int], offers: bool
    ) -> SlimExchange:
        """Reports and claims; see `ControlPlane.exchange_slim`. One request at a time."""
        if not self._is_pooled:
            try:
                async with asyncio.timeout(self._answer_seconds):
                    pgconn = await self._opened()
                    if pgconn is not None:
                        numbers = ",".join(map(str, limits))
                        parameters = (
                            str(worker_id).encode(),
                            b"%d" % request,
                            results.text,
                            self._array_of(queues),
                            f"{{{numbers}}}".encode(),
                            b"t" if offers else b"f",
                        )
                        with database_errors(), database_call("exchange"):
                            return SlimExchange.of(read_stored_json(await self._execute(pgconn, parameters)))
            except BaseException as error:
                self._is_pooled = getattr(error.__cause__, "sqlstate", None) in OTHER_SESSION
                await self.close()
                raise
        return await self._pooled.exchange_slim(worker_id, request, results, queues=queues, limits=limits, offers=offers)

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        self._stop_watching()
        if connection is not None:
            await connection.close()

    async def _opened(self) -> pq.abc.PGconn | None:
        """Returns the connection, a new one if there is none; None behind a pooler."""
        if self._connection is not None and not self._connection.closed:
            return self._connection.pgconn
        await self.close()
        with database_errors():
            connection = await self._connect()
            if connection is None:
                self._is_pooled = True
                return None
            self._connection = connection
            await connection.execute(PREPARE)
        self._file = os.dup(connection.pgconn.socket)
        asyncio.get_running_loop().add_reader(self._file, self._read, connection.pgconn)
        return connection.pgconn

    async def _execute(self, pgconn: pq.abc.PGconn, parameters: Sequence[bytes]) -> bytes:
        """Returns the one value of the prepared statement.

        Raises:
            psycopg.Error: as psycopg raises it.
        """
        pgconn.send_query_prepared(NAME, parameters)
        await self._flush(pgconn)
        value: bytes | None = None
        while (result := await self._next_result(pgconn)) is not None:
            if result.status != pq.ExecStatus.TUPLES_OK:
                raise error_from_result(result)
            value = result.get_value(0, 0)
        if value is None:
            raise psycopg.OperationalError("the server answered without a value")
        return value

    async def _flush(self, pgconn: pq.abc.PGconn) -> None:
        """Sends the request. What the server sends meanwhile is read, so that neither waits for the other."""
        loop = asyncio.get_running_loop()
        while pgconn.flush():
            waiting = self._wait()
            loop.add_writer(self._file, end_wait, waiting)
            try:
                await waiting
            finally:
                if self._file >= 0:
                    loop.remove_writer(self._file)

    async def _next_result(self, pgconn: pq.abc.PGconn) -> pq.abc.PGresult | None:
        while pgconn.is_busy():
            await self._wait()
        return pgconn.get_result()

    def _wait(self) -> asyncio.Future[None]:
        """Returns what `_read` ends, or fails if the connection is lost.

        Raises:
            psycopg.OperationalError: it is lost already.
        """
        if self._file < 0:
            raise psycopg.OperationalError("the connection was lost")
        self._waiting = asyncio.get_running_loop().create_future()
        return self._waiting

    def _read(self, pgconn: pq.abc.PGconn) -> None:
        """Reads what has arrived; also while no request is under way, when the server closes the connection."""
        waiting, problem = self._waiting, None
        try:
            pgconn.consume_input()
        except psycopg.Error as error:
            problem = error
            self._stop_watching()
        if waiting is not None and not waiting.done():
            if problem is not None:
                waiting.set_exception(problem)
            elif not pgconn.is_busy():
                waiting.set_result(None)

    def _stop_watching(self) -> None:
        if self._file >= 0:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._file)
            loop.remove_writer(self._file)
            os.close(self._file)
            self._file = -1

    def _array_of(self, queues: Sequence[str]) -> bytes:
        """Returns the names as an array of text; a worker always asks for the same ones."""
        known, text = self._queues
        if known is not queues:
            quoted = (queue.replace("\\", "\\\\").replace('"', '\\"') for queue in queues)
            text = ("{" + ",".join(f'"{queue}"' for queue in quoted) + "}").encode()
            self._queues = (queues, text)
        return text


def end_wait(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)
