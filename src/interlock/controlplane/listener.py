"""Hears notifications, and knows whether it hears. Its users ask as well, so that a lost notification costs only time."""

import asyncio
import logging
import os
import secrets
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any, Final

import psycopg
from psycopg import pq, sql

from interlock.backoff import Backoff
from interlock.clock import Clock

SILENT_CONNECTION_LIMIT: Final = 2  # after so many connections that received no probe, there is a pooler in between


class ListenerState(StrEnum):
    CONNECTING = "connecting"
    LISTENING = "listening"  # the last probe arrived
    GIVEN_UP = "given_up"  # no probe ever arrived, because of a pooler in transaction mode: its user only polls


class ProbeLostError(Exception):
    """A probe did not arrive in time."""


class Listener:
    """Listens on a connection of its own, and proves at intervals that notifications arrive.

    It sends a token by NOTIFY over *another* connection: a token sent over its own would arrive even behind a pooler that swallows everything else. A
    token that does not come back means that the connection is dead, and the listener makes a new one.

    Args:
        channel: what to listen to.
        connect: opens the connection that listens, in autocommit.
        send_probe: sends a payload to a channel over another connection.
        hear: called with the payload of each notification of the channel.
        hears_again: called when the first probe of a connection has arrived. What was sent meanwhile is lost: look for it.
        probe_seconds: time between two probes.
        answer_seconds: how long a probe may take.
    """

    def __init__(
        self,
        channel: str,
        *,
        connect: Callable[[], Awaitable[psycopg.AsyncConnection[Any]]],
        send_probe: Callable[[str, str], Awaitable[None]],
        hear: Callable[[str], None],
        hears_again: Callable[[], None],
        probe_seconds: float,
        answer_seconds: float,
        backoff: Backoff,
        clock: Clock,
        logger: logging.Logger,
    ) -> None:
        self._channel = channel
        self._connect = connect
        self._send_probe = send_probe
        self._hear = hear
        self._hears_again = hears_again
        self._probe_seconds = probe_seconds
        self._answer_seconds = answer_seconds
        self._backoff = backoff
        self._clock = clock
        self._logger = logger
        self._probe_channel = f"interlock_probe_{secrets.token_hex(8)}"
        self._silent_connections = 0
        self._has_received = False
        self._awaited_token = ""
        self.state = ListenerState.CONNECTING

    async def run(self) -> None:
        """Returns only when it gives up listening."""
        while self.state is not ListenerState.GIVEN_UP:
            try:
                await self._listen()
            except (psycopg.Error, OSError, TimeoutError, ProbeLostError) as error:
                self.state = ListenerState.CONNECTING
                await self._recover(error)

    async def _recover(self, error: Exception) -> None:
        if isinstance(error, ProbeLostError) and not self._has_received:
            self._silent_connections += 1
            if self._silent_connections >= SILENT_CONNECTION_LIMIT:
                self.state = ListenerState.GIVEN_UP
                self._logger.warning(
                    "no notification ever arrives (a pooler in transaction mode?): this process only polls", extra={"event": "listen_given_up"}
                )
                return
        seconds = self._backoff.next_seconds()
        self._logger.warning("listening was interrupted, trying again in %.1f s: %s", seconds, error, extra={"event": "listen_interrupted"})
        await self._clock.sleep(seconds)

    async def _listen(self) -> None:
        connection = await self._connect()
        try:
            for channel in (self._channel, self._probe_channel):
                await connection.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
            while True:
                await self._probe(connection)
                await self._receive(connection, self._probe_seconds)
        finally:
            await connection.close()

    async def _probe(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._awaited_token = secrets.token_hex(8)
        await self._send_probe(self._probe_channel, self._awaited_token)
        await self._receive(connection, self._answer_seconds)
        if self._awaited_token:
            raise ProbeLostError(f"a probe did not arrive within {self._answer_seconds:g} s")

    async def _receive(self, connection: psycopg.AsyncConnection[Any], seconds: float) -> None:
        """Receives notifications for this many seconds. Watches the socket all the time: `connection.notifies` begins anew for each notification."""
        loop = asyncio.get_running_loop()
        over: asyncio.Future[None] = loop.create_future()
        file = os.dup(connection.pgconn.socket)  # libpq closes its own at once when the server is gone, and the loop may not wait for a closed one
        loop.add_reader(file, self._read, connection.pgconn, over)
        timer = loop.call_later(seconds, end_wait, over)
        try:
            self._read(connection.pgconn, over)
            await over
        finally:
            timer.cancel()
            loop.remove_reader(file)
            os.close(file)

    def _read(self, pgconn: pq.abc.PGconn, over: asyncio.Future[None]) -> None:
        try:
            pgconn.consume_input()
            while (notify := pgconn.notifies()) is not None:
                self._take(notify.relname.decode(), notify.extra.decode())
        except Exception as error:  # noqa: BLE001 - raised where somebody waits
            if not over.done():
                over.set_exception(error)

    def _take(self, channel: str, payload: str) -> None:
        if channel == self._channel:
            self._hear(payload)
        elif payload == self._awaited_token:
            self._awaited_token = ""
            self._has_received = True
            self._backoff.reset()
            if self.state is not ListenerState.LISTENING:
                self.state = ListenerState.LISTENING
                self._hears_again()


def end_wait(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)
