"""Threads beside the event loop, for what takes longer than a request may hold up the others."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from interlock.errors import TooBusy

WAITING_OF_ONE: Final = 20
"""How many calls of one caller wait or run."""
_T = TypeVar("_T")


@dataclass(slots=True)
class _Turns:
    """The calls of one caller, which run one after the other."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    count: int = 0


class SideThreads:
    """A few threads that callers share: one call of each caller runs at once, so that one caller does not hold up the others.

    Args:
        what: what is done in them, for messages.
        at_once: how many threads. Each one makes the event loop wait longer for the interpreter.
    """

    def __init__(self, what: str, at_once: int) -> None:
        self._what = what
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix=what)
        self._turns: dict[str, _Turns] = {}

    async def run(self, by: str, function: Callable[..., _T], *values: Any) -> _T:
        """Returns what the function returns.

        Args:
            by: the caller, who waits for those calls that came before.

        Raises:
            TooBusy: too many calls of this caller wait.
        """
        turns = self._turns.setdefault(by, _Turns())
        if turns.count >= WAITING_OF_ONE:
            raise TooBusy(f"{WAITING_OF_ONE} {self._what} of one caller wait", hint="try again in a few seconds")
        turns.count += 1
        # a caller who goes away keeps the turn until the thread is free again
        return await asyncio.shield(asyncio.create_task(self._run_in_turn(by, turns, function, *values)))

    async def _run_in_turn(self, by: str, turns: _Turns, function: Callable[..., _T], *values: Any) -> _T:
        try:
            async with turns.lock:
                return await asyncio.get_running_loop().run_in_executor(self._threads, function, *values)
        finally:
            turns.count -= 1
            if turns.count == 0:
                del self._turns[by]

    def close(self) -> None:
        """Drops what waits. What runs ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)
