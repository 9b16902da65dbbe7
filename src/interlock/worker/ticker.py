"""Calls `tick`, so that what time moves is moved on time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from interlock.backoff import Backoff
from interlock.clock import Clock
from interlock.controlplane import Tick
from interlock.worker.answers import Trouble, trouble_of
from interlock.worker.statistics import Statistics

LEAST_SECONDS: Final = 0.01  # between two ticks, whatever is due


class Ticker:
    """Ticks when the next thing is due as far as this worker knows, and every `seconds` for what it does not know.

    Several workers may tick at once; the database lets one of them through.
    """

    def __init__(
        self,
        tick: Callable[[], Awaitable[Tick]],
        ticked: Callable[[], None],
        *,
        seconds: float,
        backoff: Backoff,
        clock: Clock,
        statistics: Statistics,
        logger: logging.Logger,
    ) -> None:
        self._statistics = statistics
        self._tick = tick
        self._ticked = ticked
        self._seconds = seconds
        self._backoff = backoff
        self._clock = clock
        self._logger = logger
        self._due_at = 0.0
        self._earlier = asyncio.Event()

    def due_in(self, seconds: float) -> None:
        """Something will be due then; what was known to be due earlier stays."""
        at = self._clock.monotonic() + max(0.0, seconds)
        if at < self._due_at:
            self._due_at = at
            self._earlier.set()

    async def run(self) -> None:
        """Returns never."""
        while True:
            await self._until_due()
            began = self._clock.monotonic()
            self._due_at = began + self._seconds
            try:
                tick = await self._tick()
            except Exception as error:
                if trouble_of(error) is not Trouble.AWAY:
                    self._logger.exception("tick failed", extra={"event": "tick_failed"})
                await self._clock.sleep(self._backoff.next_seconds())
                self.due_in(0)
                continue
            self._backoff.reset()
            self._statistics.ticks += 1
            self._statistics.tick_seconds += self._clock.monotonic() - began
            if tick.next_due_seconds is not None:
                self.due_in(max(LEAST_SECONDS, tick.next_due_seconds))
            if any(tick.moved.values()):
                self._ticked()

    async def _until_due(self) -> None:
        while (left := self._due_at - self._clock.monotonic()) > 0:
            self._earlier.clear()
            if not await self._clock.wait(self._earlier, left):
                return
