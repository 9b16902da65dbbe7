"""The connection of a lane. It speaks libpq itself: psycopg took five times as long for the one statement that a worker sends all the time."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol
from uuid import UUID

import psycopg
from psycopg import pq
from psycopg.errors import error_from_result

from interlock.controlplane import Assignment, SlimExchange
from interlock.controlplane.database_errors import database_errors, interlock_error
from interlock.controlplane.listener import end_wait
from interlock.json_text import WrittenJson, read_stored_json

PREPARE: Final = (
    "prepare interlock_exchange (uuid, bigint, jsonb, text[], integer[], boolean) as select interlock.exchange($1, $2, $3, $4, $5, true, $6)",
    "prepare interlock_get_offer (uuid) as select interlock.get_offer($1)",
)
EXCHANGE: Final = b"interlock_exchange"
GET_OFFER: Final = b"interlock_get_offer"
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

    The statements are prepared by name, which takes a session of its own. Behind a pooler that gives each transaction another session, requests go
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
        self._is_late = False
        self._is_busy = False
        self._offer_read: asyncio.Future[None] | None = None  # done when the offer that is being read has come
        self._worker: tuple[UUID | None, bytes] = (None, b"")
        self._queues: tuple[Sequence[str], bytes] = ((), b"{}")

    @property
    def can_read_offers(self) -> bool:
        """Whether it is connected, its statements are prepared, and no request is under way."""
        return self._connection is not None and self._file >= 0 and not self._is_busy

    async def exchange_slim(
        self, worker_id: UUID, request: int, results: WrittenJson, *, queues: Sequence[str], limits: Sequence[int], offers: bool
    ) -> SlimExchange:
        """Reports and claims; see `ControlPlane.exchange_slim`. One request at a time. Waits for the end of `get_offer`."""
        while self._offer_read is not None:  # the next one may have begun before this task goes on
            await asyncio.shield(self._offer_read)
        pgconn = None if self._is_pooled else await self._opened()
        if pgconn is None:
            return await self._pooled.exchange_slim(worker_id, request, results, queues=queues, limits=limits, offers=offers)
        parameters = (
            self._text_of(worker_id),
            b"%d" % request,
            results.text,
            self._array_of(queues),
            b"{%b}" % b",".join([b"%d" % limit for limit in limits]),
            b"t" if offers else b"f",
        )
        return SlimExchange.of(read_stored_json(await self._call(pgconn, EXCHANGE, parameters)))

    async def get_offer(self, worker_id: UUID) -> Assignment | None:
        """Returns the visit that a start began for this worker; see `ControlPlane.get_offer`. Only while `can_read_offers`."""
        assert self._connection is not None
        self._offer_read = read = asyncio.get_running_loop().create_future()
        try:
            offer: Assignment | None = read_stored_json(await self._call(self._connection.pgconn, GET_OFFER, (self._text_of(worker_id),)))
        finally:
            self._offer_read = None
            read.set_result(None)
        return offer

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
        try:
            async with asyncio.timeout(self._answer_seconds):
                with database_errors():
                    self._connection = connection = await self._connect()
                    if connection is None:
                        self._is_pooled = True
                        return None
                    for statement in PREPARE:
                        await connection.execute(statement)
        except BaseException as error:
            await self._close_after(error)
            raise
        self._file = os.dup(connection.pgconn.socket)
        asyncio.get_running_loop().add_reader(self._file, self._read, connection.pgconn)
        return connection.pgconn

    async def _call(self, pgconn: pq.abc.PGconn, statement: bytes, parameters: Sequence[bytes]) -> bytes:
        """Returns the one value of a prepared statement; `null` where it has none. After an error the connection is closed.

        Raises:
            InterlockError, psycopg.Error: see `database_errors`.
            TimeoutError: no answer came in time.
        """
        self._is_busy, self._is_late = True, False
        timer = asyncio.get_running_loop().call_later(self._answer_seconds, self._stop_waiting)
        try:
            return await self._execute(pgconn, statement, parameters)
        except BaseException as error:
            await self._close_after(error)
            known = interlock_error(error)
            if known is None or known is error:
                raise
            raise known from error
        finally:
            timer.cancel()
            self._is_busy = False

    async def _close_after(self, error: BaseException) -> None:
        """Closes the connection. If the statement was not prepared in its session, a pooler has changed it."""
        self._is_pooled = getattr(error.__cause__ or error, "sqlstate", None) in OTHER_SESSION
        await self.close()

    async def _execute(self, pgconn: pq.abc.PGconn, statement: bytes, parameters: Sequence[bytes]) -> bytes:
        """Returns the one value of a prepared statement.

        Raises:
            psycopg.Error: as psycopg raises it.
        """
        pgconn.send_query_prepared(statement, parameters)
        if pgconn.flush():
            await self._flush(pgconn)
        value: bytes | None = None
        while True:
            while pgconn.is_busy():
                await self._wait()
            result = pgconn.get_result()
            if result is None:
                break
            if result.status != pq.ExecStatus.TUPLES_OK:
                raise error_from_result(result)
            value = result.get_value(0, 0) or b"null"
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

    def _wait(self) -> asyncio.Future[None]:
        """Returns what `_read` ends, or fails if the connection is lost.

        Raises:
            psycopg.OperationalError: it is lost already.
            TimeoutError: the time of the statement is over.
        """
        if self._file < 0:
            raise psycopg.OperationalError("the connection was lost")
        if self._is_late:
            raise TimeoutError
        self._waiting = asyncio.get_running_loop().create_future()
        return self._waiting

    def _stop_waiting(self) -> None:
        self._is_late = True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(TimeoutError())

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

    def _text_of(self, worker_id: UUID) -> bytes:
        known, text = self._worker
        if known is not worker_id:
            text = str(worker_id).encode()
            self._worker = (worker_id, text)
        return text

    def _array_of(self, queues: Sequence[str]) -> bytes:
        """Returns the names as an array of text; a worker always asks for the same ones."""
        known, text = self._queues
        if known is not queues:
            quoted = (queue.replace("\\", "\\\\").replace('"', '\\"') for queue in queues)
            text = ("{" + ",".join(f'"{queue}"' for queue in quoted) + "}").encode()
            self._queues = (queues, text)
        return text
