"""Wakes the worker on NOTIFY. Polling stands behind it: nothing is lost where nothing is heard."""

import logging
import secrets
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any, Final

import psycopg
from psycopg import sql

from interlock.backoff import Backoff
from interlock.clock import Clock

CHANNEL: Final = "workflow_changes"
SILENT_CONNECTIONS: Final = 2  # that never heard a probe; then there is a pooler in between


class Hearing(StrEnum):
    CONNECTING = "connecting"
    LISTENING = "listening"  # the last probe was heard
    GIVEN_UP = "given_up"  # no probe was ever heard: a pooler in transaction mode; polling alone


class SilenceError(Exception):
    """A probe was not heard in time."""


class Listener:
    """Listens on a connection of its own, and proves at intervals that it hears.

    A token is sent by NOTIFY over *another* connection, for what is sent over the same one is heard even where a pooler
    swallows everything else. A token that does not come back means a dead connection: the next one listens again.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[psycopg.AsyncConnection[Any]]],
        send_probe: Callable[[str, str], Awaitable[None]],
        woken: Callable[[str], None],
        *,
        probe_seconds: float,
        answer_seconds: float,
        backoff: Backoff,
        clock: Clock,
        logger: logging.Logger,
    ) -> None:
        self._connect = connect
        self._send_probe = send_probe
        self._woken = woken
        self._probe_seconds = probe_seconds
        self._answer_seconds = answer_seconds
        self._backoff = backoff
        self._clock = clock
        self._logger = logger
        self._probe_channel = f"interlock_probe_{secrets.token_hex(8)}"
        self._silent_connections = 0
        self._has_heard = False
        self._awaited_token = ""
        self.hearing = Hearing.CONNECTING

    async def run(self) -> None:
        """Returns when listening is given up, else never."""
        while self.hearing is not Hearing.GIVEN_UP:
            try:
                await self._listen()
            except (psycopg.Error, OSError, TimeoutError, SilenceError) as error:
                self.hearing = Hearing.CONNECTING
                await self._recover(error)

    async def _recover(self, error: Exception) -> None:
        if isinstance(error, SilenceError) and not self._has_heard:
            self._silent_connections += 1
            if self._silent_connections >= SILENT_CONNECTIONS:
                self.hearing = Hearing.GIVEN_UP
                self._logger.warning(
                    "no notification ever arrives (a pooler in transaction mode?): polling alone", extra={"event": "listen_given_up"}
                )
                return
        seconds = self._backoff.next_seconds()
        self._logger.warning("listening was interrupted, trying again in %.1f s: %s", seconds, error, extra={"event": "listen_interrupted"})
        await self._clock.sleep(seconds)

    async def _listen(self) -> None:
        connection = await self._connect()
        try:
            for channel in (CHANNEL, self._probe_channel):
                await connection.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
            self._woken("listening again")  # what was missed meanwhile
            while True:
                await self._prove(connection)
                await self._hear(connection, self._probe_seconds)
        finally:
            await connection.close()

    async def _prove(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._awaited_token = secrets.token_hex(8)
        await self._send_probe(self._probe_channel, self._awaited_token)
        await self._hear(connection, self._answer_seconds)
        if self._awaited_token:
            raise SilenceError(f"a probe was not heard within {self._answer_seconds:g} s")

    async def _hear(self, connection: psycopg.AsyncConnection[Any], seconds: float) -> None:
        """Passes on what is notified for so long."""
        async for notify in connection.notifies(timeout=seconds):
            if notify.channel == CHANNEL:
                self._woken(notify.payload)
            elif notify.payload == self._awaited_token:
                self._awaited_token = ""
                self._has_heard = True
                self._backoff.reset()
                self.hearing = Hearing.LISTENING
