"""A clock that stands still until the test turns it."""

import asyncio
import heapq
import itertools
from collections.abc import Callable
from typing import Any

from interlock.clock import Clock, Signal, Timer


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class TurnedTimer:
    def __init__(self, call: Callable[[], Any]) -> None:
        self.call = call
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class TurnedClock(Clock):
    """Every pause and timer of a worker that was given it waits for `turn`.

    Attributes:
        waiting: how many callers wait for an event or for the time.
    """

    def __init__(self) -> None:
        self._now = 1000.0
        self._numbers = itertools.count()
        self._timers: list[tuple[float, int, TurnedTimer]] = []
        self.waiting = 0

    def monotonic(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        await self.wait(asyncio.Event(), seconds)

    async def wait(self, event: asyncio.Event | Signal, seconds: float) -> bool:
        over = asyncio.get_running_loop().create_future()
        timer = self.call_later(seconds, _set, over)
        coming = asyncio.ensure_future(event.wait())
        self.waiting += 1
        try:
            await asyncio.wait({over, coming}, return_when=asyncio.FIRST_COMPLETED)
            return event.is_set()
        finally:
            self.waiting -= 1
            timer.cancel()
            coming.cancel()

    def call_later(self, seconds: float, call: Callable[..., Any], *arguments: Any) -> Timer:
        timer = TurnedTimer(lambda: call(*arguments))
        heapq.heappush(self._timers, (self._now + seconds, next(self._numbers), timer))
        return timer

    def turn(self, seconds: float) -> None:
        """Lets so much time pass: what is due by then is called, in order."""
        until = self._now + seconds
        while self._timers and self._timers[0][0] <= until:
            self._now, _, timer = heapq.heappop(self._timers)
            if not timer.is_cancelled:
                timer.call()
        self._now = until

    @property
    def next_in(self) -> float | None:
        """Seconds until the next timer; None where there is none."""
        left = [at - self._now for at, _, timer in self._timers if not timer.is_cancelled]
        return min(left) if left else None
