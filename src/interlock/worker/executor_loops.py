"""The event loops of the executors: one, and a new one whenever an executor blocks it."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Sequence
from typing import Any, Final

from interlock.clock import Clock
from interlock.worker.executor_loop import Ended, ExecutorCall, ExecutorLoop
from interlock.worker.held import HeldAssignment
from interlock.worker.outbox import JsonObject

MISSED_PINGS: Final = 2
STRANDED_SECONDS: Final = 30.0  # after this time what a blocked loop has begun is handed back


class ExecutorLoops:
    """Gives assignments to the newest loop. A blocked loop keeps what it has begun, and is closed when that has ended.

    Args:
        limits: how many assignments of each queue are executed at once, in all loops together.
        execute: executes one assignment, in the loop's thread.
        wake: called in the control loop when something has ended.
        stranded: called with a loop that stays blocked, to hand back what it has begun beside the executor that blocks it.
        close_executors: closes the executors that the worker was given.
    """

    def __init__(
        self,
        limits: Sequence[int],
        execute: Callable[[HeldAssignment, ExecutorCall], Coroutine[Any, Any, JsonObject | None]],
        *,
        wake: Callable[[], None],
        stranded: Callable[[ExecutorLoop], None],
        close_executors: Callable[[], Awaitable[None]],
        process_limit: int,
        blocked_seconds: float,
        clock: Clock,
        logger: logging.Logger,
    ) -> None:
        self._limits = tuple(limits)
        self._execute = execute
        self._wake = wake
        self._stranded = stranded
        self._close_executors = close_executors
        self._process_limit = process_limit
        self._pause_seconds = blocked_seconds / MISSED_PINGS
        self._clock = clock
        self._logger = logger
        self._current: ExecutorLoop | None = None
        self._older: list[ExecutorLoop] = []

    def submit(self, claimed: Sequence[HeldAssignment]) -> None:
        if self._current is None:
            self._current = self._make_loop(self._close_executors)
        self._current.submit(claimed)

    def call_when_begun(self, call: Callable[[], None]) -> None:
        """Calls this in the control loop when the newest loop has begun everything for which there is a slot."""
        if self._current is None:
            call()
        else:
            self._current.call_when_begun(call)

    def take_ended(self) -> list[Ended]:
        """Returns what has ended since the last call."""
        if self._current is None:
            return []
        ended = self._current.take_ended()
        for loop in self._older:
            ended += loop.take_ended()
        return ended

    async def watch(self, held: Callable[[], Collection[HeldAssignment]]) -> None:
        """Looks for blocked loops. Never returns.

        Args:
            held: returns everything that was submitted and has not ended.

        Raises:
            MemoryError: a loop found no memory for its own work.
        """
        while True:
            await self._clock.sleep(self._pause_seconds)
            if any(loop.is_out_of_memory for loop in (self._current, *self._older) if loop is not None):
                raise MemoryError("the executors have taken all memory")
            if self._current is not None and held() and self._current.missed_pings() >= MISSED_PINGS:
                self._replace(self._current)
            for loop in list(self._older):
                await self._look_at(loop, held())
            if self._older:
                self._share_limits(held())

    def _replace(self, blocked: ExecutorLoop) -> None:
        culprit, waiting = blocked.current, blocked.take_all_back()
        self._logger.warning(
            "%s blocks the event loop of the executors; %d assignments that wait behind it go to a new one",
            culprit.describe() if culprit is not None else "an executor",
            len(waiting),
            extra={"event": "executor_blocks", "node": culprit.node.identity.id if culprit is not None else None},
        )
        self._older.append(blocked)
        self._current = self._make_loop()
        if waiting:
            self._current.submit(waiting)

    async def _look_at(self, older: ExecutorLoop, held: Collection[HeldAssignment]) -> None:
        missed, culprit = older.missed_pings(), older.current
        if missed == 0:
            if not any(one.loop is older for one in held) and await older.close():
                self._older.remove(older)
        elif culprit is not None and (culprit.is_unwanted or missed * self._pause_seconds >= STRANDED_SECONDS):
            self._stranded(older)

    def _share_limits(self, held: Iterable[HeldAssignment]) -> None:
        """Lowers the limits of the newest loop by what older loops still execute."""
        assert self._current is not None
        elsewhere = Counter(one.queue_index for one in held if one.loop is not self._current)
        for queue_index, limit in enumerate(self._limits):
            self._current.set_limit(queue_index, max(0, limit - elsewhere[queue_index]))

    async def close(self) -> bool:
        """Closes every loop. Returns False if an executor still blocks one, whose thread is then left behind."""
        if self._current is None:
            await self._close_executors()
            return True
        closed = await asyncio.gather(*(loop.close() for loop in (self._current, *self._older)))
        self._older, self._current = [], None
        return all(closed)

    def _make_loop(self, *closers: Callable[[], Awaitable[None]]) -> ExecutorLoop:
        is_first = self._current is None
        return ExecutorLoop(self._limits, self._execute, self._wake, process_limit=self._process_limit, is_first=is_first, closers=closers)
