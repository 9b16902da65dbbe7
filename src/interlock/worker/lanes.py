"""Executes what was claimed, without a task for what never waits."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from types import coroutine
from typing import Any, Final, Generic, Protocol, TypeVar

SLICE: Final = 8  # how many that never wait are executed before the loop looks at its sockets: a large reply comes in many pieces


class Executable(Protocol):
    task: asyncio.Task[None] | None


ExecutableT = TypeVar("ExecutableT", bound=Executable)


class Lanes(Generic[ExecutableT]):
    """The assignments of one queue, at most `limit` of them under way at once.

    A lane is a task that executes one assignment after the other. Only when one of them waits for something, the next
    lane takes over; the lane that waited ends with its assignment. So a thousand that never wait need one task, and an
    executor still runs in a task of its own from its first `await` on: timeouts, task groups and cancelling work.
    """

    def __init__(self, limit: int, execute: Callable[[ExecutableT], Coroutine[Any, Any, None]]) -> None:
        self._limit = limit
        self._execute = execute
        self._ready: deque[ExecutableT] = deque()
        self._front: asyncio.Task[None] | None = None
        self._waiting: set[asyncio.Task[None]] = set()

    def add(self, claimed: ExecutableT) -> None:
        self._ready.append(claimed)
        if self._front is None:
            self._go_on()

    def take_back(self, claimed: ExecutableT) -> bool:
        """Whether it had not been begun; then it will not be."""
        try:
            self._ready.remove(claimed)
        except ValueError:
            return False
        return True

    def _go_on(self) -> None:
        if self._front is None and self._ready and len(self._waiting) < self._limit:
            self._front = asyncio.get_running_loop().create_task(self._lane())

    async def _lane(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        executed = 0
        while self._ready:
            executable = self._ready.popleft()
            work = self._execute(executable)
            try:
                awaited = work.send(None)
            except StopIteration:
                executed += 1
                if executed % SLICE == 0:
                    await asyncio.sleep(0)
                continue
            executable.task = task
            self._front = None
            self._waiting.add(task)
            self._go_on()
            try:
                await _carry_on(work, awaited)
            finally:
                self._waiting.discard(task)
                self._go_on()
            return
        self._front = None


@coroutine
def _carry_on(work: Coroutine[Any, Any, None], awaited: Any) -> Generator[Any, Any, None]:
    """Awaits the rest of a coroutine that has been sent into once and then awaited something."""
    while True:
        try:
            sent = yield awaited
        except BaseException as error:  # noqa: BLE001 - handed on to the coroutine that awaits, cancelling included
            step = partial(work.throw, error)
        else:
            step = partial(work.send, sent)
        try:
            awaited = step()
        except StopIteration:
            return
