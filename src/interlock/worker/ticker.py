"""Calls `tick`, so that timers, retries and timeouts happen on time, and has measured what workspaces store."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from interlock.backoff import Backoff
from interlock.clock import Clock
from interlock.controlplane import Tick
from interlock.worker.answers import Failure, classify_failure
from interlock.worker.statistics import Statistics

MIN_PAUSE_SECONDS: Final = 0.01  # between two ticks, even if something is due
MEASURE_SECONDS: Final = 60.0
"""How often this worker has measured what workspaces store. Of several workers that ask, the database lets one do it."""


class Ticker:
    """Ticks when something is due that this worker knows of, and every `seconds` for everything else.

    Several workers may tick at once; the database lets one of them through.
    """

    def __init__(
        self,
        tick: Callable[[], Awaitable[Tick]],
        measure: Callable[[], Awaitable[object]],
        wake: Callable[[], None],
        *,
        seconds: float,
        backoff: Backoff,
        clock: Clock,
        statistics: Statistics,
        logger: logging.Logger,
    ) -> None:
        self._statistics = statistics
        self._tick = tick
        self._measure = measure
        self._wake = wake
        self._seconds = seconds
        self._backoff = backoff
        self._clock = clock
        self._logger = logger
        self._due_at = self._measure_at = 0.0
        self._earlier = asyncio.Event()

    def expect_due_in(self, seconds: float) -> None:
        """Ticks after these seconds, or earlier if something else is due before."""
        at = self._clock.monotonic() + max(0.0, seconds)
        if at < self._due_at:
            self._due_at = at
            self._earlier.set()

    async def run(self) -> None:
        """Never returns."""
        while True:
            await self._wait_until_due()
            began = self._clock.monotonic()
            self._due_at = began + self._seconds
            try:
                tick = await self._tick()
            except Exception as error:
                if classify_failure(error) is not Failure.AWAY:
                    self._logger.exception("tick failed", extra={"event": "tick_failed"})
                await self._clock.sleep(self._backoff.next_seconds())
                self.expect_due_in(0)
                continue
            self._backoff.reset()
            self._statistics.ticks += 1
            self._statistics.tick_seconds += self._clock.monotonic() - began
            if tick.next_due_seconds is not None:
                self.expect_due_in(max(MIN_PAUSE_SECONDS, tick.next_due_seconds))
            if any(tick.moved.values()):
                self._wake()
            await self._measure_sometimes()

    async def _measure_sometimes(self) -> None:
        now = self._clock.monotonic()
        if now < self._measure_at:
            return
        self._measure_at = now + MEASURE_SECONDS
        try:
            await self._measure()
        except Exception as error:
            if classify_failure(error) is not Failure.AWAY:
                self._logger.exception("measuring failed", extra={"event": "measuring_failed"})

    async def _wait_until_due(self) -> None:
        while (left := self._due_at - self._clock.monotonic()) > 0:
            self._earlier.clear()
            if not await self._clock.wait(self._earlier, left):
                return
