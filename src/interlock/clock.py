"""The time of a process, passed in, so that a test can turn it by hand. The database has its own: `interlock.now()`."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol


def utc_text(at: datetime) -> str:
    """Returns a time with a zone as people and programs read it: UTC, with microseconds and a `Z`.

    SQL: schema/utc_text.sql
    """
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


class Timer(Protocol):
    """A call that was asked for and has not been made."""

    def cancel(self) -> None:
        """Does not make the call."""
        ...


class Signal:
    """An event that one task at a time waits for. A wait with a limit costs a third of what it costs with `asyncio.Event` and `asyncio.timeout`."""

    __slots__ = ("_is_set", "_waiting")

    def __init__(self) -> None:
        self._is_set = False
        self._waiting: asyncio.Future[None] | None = None

    def is_set(self) -> bool:
        return self._is_set

    def set(self) -> None:
        self._is_set = True
        self.stop_waiting()

    def clear(self) -> None:
        self._is_set = False

    def stop_waiting(self) -> None:
        """Ends the wait of the task that waits, whether it is set or not."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def wait(self, seconds: float | None = None) -> bool:
        """Waits until it is set, or this long. Returns whether it was set."""
        if not self._is_set:
            loop = asyncio.get_running_loop()
            self._waiting = loop.create_future()
            timer = None if seconds is None else loop.call_later(seconds, self.stop_waiting)
            try:
                await self._waiting
            finally:
                if timer is not None:
                    timer.cancel()
        return self._is_set


class Clock:
    """The real time. Each method works in the event loop that calls it."""

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back."""
        return time.monotonic()

    def time(self) -> float:
        """Seconds since 1970, as this machine believes."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def wait(self, event: asyncio.Event | Signal, seconds: float) -> bool:
        """Waits for an event, at most this long. Returns whether it came."""
        if isinstance(event, Signal):
            return await event.wait(seconds)
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return False
        return True

    def call_later(self, seconds: float, call: Callable[..., Any], *arguments: Any) -> Timer:
        """Calls a plain function when the seconds are over."""
        return asyncio.get_running_loop().call_later(seconds, call, *arguments)
