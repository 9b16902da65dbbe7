"""Proves that the worker lives, from a thread with an event loop and a connection of its own: a busy worker is not lost."""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from interlock.backoff import Backoff
from interlock.worker.answers import AssignmentKey, key_of
from interlock.worker.connections import OneConnection
from interlock.worker.statistics import Statistics

HEARTBEAT: Final = "select interlock.heartbeat(%s, %s::jsonb), interlock.now()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """The answer of the database; `clock_offset` is by how many seconds its clock is ahead of this machine's."""

    worker_id: UUID
    lost: bool
    revoked: Sequence[AssignmentKey]
    clock_offset: float


class Heartbeat:
    """Sends heartbeats for one worker id until it is stopped. Calls `answered` with each answer, in its own thread."""

    def __init__(
        self,
        make_connection: Callable[[], OneConnection],
        worker_id: UUID,
        *,
        seconds: float,
        backoff: Backoff,
        answered: Callable[[Beat], None],
        statistics: Statistics,
        logger: logging.Logger,
    ) -> None:
        self._statistics = statistics
        self._make_connection = make_connection
        self._worker_id = worker_id
        self._seconds = seconds
        self._backoff = backoff
        self._answered = answered
        self._logger = logger
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="interlock-heartbeat", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped: asyncio.Event | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the heartbeat; from now on a failure of it is not logged."""
        self._stopping.set()
        if self._loop is not None and self._stopped is not None:
            with suppress(RuntimeError):  # its loop has ended
                self._loop.call_soon_threadsafe(self._stopped.set)

    def _run(self) -> None:
        asyncio.run(self._beat_until_stopped())

    async def _beat_until_stopped(self) -> None:
        self._stopped = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        connection = self._make_connection()
        try:
            while not self._stopping.is_set():
                seconds = await self._try_to_beat(connection)
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await self._stopped.wait()
        finally:
            await connection.close()

    async def _try_to_beat(self, connection: OneConnection) -> float:
        """Sends one heartbeat. Returns the seconds until the next one."""
        try:
            self._answered(await self._beat(connection))
        except (psycopg.Error, OSError, TimeoutError) as error:
            seconds = min(self._seconds, self._backoff.next_seconds())
            if not self._stopping.is_set():
                told = "heartbeat failed, trying again in %.1f s: %s"
                self._logger.warning(told, seconds, str(error) or "no answer", extra={"event": "heartbeat_failed"})
            return seconds
        self._backoff.reset()
        return self._seconds

    async def _beat(self, one: OneConnection) -> Beat:
        async with one.connection() as connection:
            row = await (await connection.execute(HEARTBEAT, [self._worker_id, Jsonb(self._statistics.snapshot())])).fetchone()
        assert row is not None
        answer, now = row
        return Beat(
            worker_id=self._worker_id,
            lost=answer["lost"],
            revoked=[key_of(revoked) for revoked in answer["revoked"]],
            clock_offset=(now - datetime.now(UTC)).total_seconds(),
        )
