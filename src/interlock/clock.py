"""The time of a process, passed in, so that a test can turn it by hand. The database has its own: `interlock.now()`."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Protocol


class Timer(Protocol):
    """A call that was asked for and has not been made."""

    def cancel(self) -> None:
        """Does not make the call."""
        ...


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

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        """Waits for an event, at most this long. Returns whether it came."""
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return False
        return True

    def call_later(self, seconds: float, call: Callable[..., Any], *arguments: Any) -> Timer:
        """Calls a plain function when the seconds are over."""
        return asyncio.get_running_loop().call_later(seconds, call, *arguments)
