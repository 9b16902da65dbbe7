"""Hears of the ends of executions, for those who would have to ask for them."""

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Final
from uuid import UUID, uuid4

from interlock.backoff import Backoff
from interlock.clock import Clock
from interlock.controlplane import ControlPlane
from interlock.controlplane.connecting import connect_beside
from interlock.controlplane.listener import Listener, ListenerState
from interlock.errors import InterlockError
from interlock.insight.reading import Pool
from interlock.insight.records.executions import ALL_STATUSES, OPEN_STATUSES, ExecutionStatus

CHANNEL: Final = "execution_ended"
LEASE_SECONDS: Final = 60
REFRESH_SECONDS: Final = LEASE_SECONDS / 3
FIRST_TRY_SECONDS: Final = 0.5
"""The first pause after a lost connection or a refused registration; the pauses grow to `REFRESH_SECONDS`."""
PROBE_SECONDS: Final = 15.0
ANSWER_SECONDS: Final = 3.0
STOP_SECONDS: Final = 2.0
_ENDED: Final[Mapping[str, ExecutionStatus]] = {status: status for status in ALL_STATUSES if status not in OPEN_STATUSES}


class EndListener:
    """Listens on a connection of its own, beside the pool, and keeps this process registered as long as notifications arrive.

    The order that loses no end: it listens, a probe proves that it hears, it registers, and then it calls `look`. From then on the database announces
    every end, except those of transactions that were under way and did not see the registration: look again, with pauses that double. While
    `is_listening` is false, nothing is announced: ask as often as you would without a listener. That is so behind a pooler in transaction mode, on a
    standby, while the connection is lost, and for a database user who may not call the function.

    Args:
        hear: called with a status and the ids of executions that have ended with it. Every user of the database can send such a notification: where
            that matters, read the execution.
        look: called when ends may have been missed.
    """

    def __init__(
        self,
        pool: Pool,
        *,
        hear: Callable[[ExecutionStatus, Sequence[UUID]], None],
        look: Callable[[], None],
        clock: Clock | None = None,
        logger: logging.Logger | None = None,
    ) -> None:
        self._pool = pool
        self._plane = ControlPlane(pool)
        self._hear = hear
        self._look = look
        self._clock = clock or Clock()
        self._logger = logger or logging.getLogger(__name__)
        self._id = uuid4()
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._hears_again = asyncio.Event()
        self._is_registered = False
        self._listener = self._new_listener()

    @property
    def is_listening(self) -> bool:
        """Whether ends are announced, as far as this process knows: a dead connection is found within 18 s."""
        return self._is_registered and self._listener.state is ListenerState.LISTENING

    async def run(self) -> None:
        """Listens until it is cancelled, or until it is clear that no notification ever arrives; then it returns at once if it is called again."""
        if self._listener.state is ListenerState.GIVEN_UP:
            return
        self._listener = self._new_listener()
        self._hears_again.clear()
        try:
            async with asyncio.TaskGroup() as group:
                registration = group.create_task(self._stay_registered(), name="registration for ends")
                await self._listener.run()
                registration.cancel()
        finally:
            await self._remove()

    def _new_listener(self) -> Listener:
        return Listener(
            CHANNEL,
            connect=partial(connect_beside, self._pool),
            send_probe=self._send_probe,
            hear=self._receive,
            hears_again=self._hears_again.set,
            probe_seconds=PROBE_SECONDS,
            answer_seconds=ANSWER_SECONDS,
            backoff=self._backoff(),
            clock=self._clock,
            logger=self._logger,
        )

    async def _stay_registered(self) -> None:
        pauses = self._backoff()
        while True:
            if self._listener.state is not ListenerState.LISTENING:
                await self._hears_again.wait()
            may_have_missed = self._hears_again.is_set() or not self._is_registered
            self._hears_again.clear()
            try:
                is_new = await self._plane.register_listener(self._id, self._name, LEASE_SECONDS)
            except InterlockError as error:
                self._is_registered = False
                seconds = pauses.next_seconds()
                self._logger.log(
                    logging.WARNING if pauses.failures == 1 else logging.DEBUG,
                    "the ends of executions are not announced to this process, which asks for them: %s",
                    error,
                    extra={"event": "listener_refused"},
                )
            else:
                self._is_registered = True
                pauses.reset()
                seconds = REFRESH_SECONDS
                if is_new or may_have_missed:
                    self._look()
            await self._clock.wait(self._hears_again, seconds)

    def _receive(self, payload: str) -> None:
        name, _, ids = payload.partition(" ")
        status = _ENDED.get(name)
        try:
            ended = [UUID(text) for text in ids.split(",")]
        except ValueError:
            ended = []
        if status is None or not ended:
            self._logger.warning("a notification of ends cannot be read: %r", payload[:100], extra={"event": "notification_unreadable"})
        else:
            self._hear(status, ended)

    async def _send_probe(self, channel: str, token: str) -> None:
        async with self._pool.connection() as connection:
            await connection.execute("select pg_notify(%s, %s)", [channel, token])

    async def _remove(self) -> None:
        """If this fails, the lease runs out."""
        if self._is_registered:
            self._is_registered = False
            with suppress(InterlockError, TimeoutError):
                async with asyncio.timeout(STOP_SECONDS):
                    await self._plane.remove_listener(self._id)

    def _backoff(self) -> Backoff:
        return Backoff(FIRST_TRY_SECONDS, REFRESH_SECONDS)
