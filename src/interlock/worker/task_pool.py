"""Executes the assignments of one queue, without a task for each one that never waits."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Iterable
from functools import partial
from types import coroutine
from typing import Any, Final, Generic, Protocol, TypeVar

SLICE: Final = 8  # after so many assignments that never wait, and SLICE_SECONDS, the event loop may do everything else
SLICE_SECONDS: Final = 0.0005


class Executable(Protocol):
    task: asyncio.Task[None] | None
    is_unwanted: bool


ExecutableT = TypeVar("ExecutableT", bound=Executable)
ResultT = TypeVar("ResultT")


class TaskPool(Generic[ExecutableT, ResultT]):
    """Executes at most `limit` assignments at once, in the event loop that `add` is called in.

    A task executes one assignment after the other. Only when one of them waits for something, another task takes over, and the first one
    ends with its assignment. So a thousand assignments that never wait need one task, and an executor still has a task of its own from its
    first `await` on: timeouts, task groups and cancelling work.

    Args:
        execute: executes one assignment. It raises nothing.
        ended: called with the result of each assignment; with None for one that became unwanted before it began.

    Attributes:
        current: the assignment whose code runs at this moment; other threads may read it.
    """

    def __init__(
        self,
        limit: int,
        execute: Callable[[ExecutableT], Coroutine[Any, Any, ResultT]],
        ended: Callable[[ExecutableT, ResultT | None], None],
    ) -> None:
        self._limit = limit
        self._execute = execute
        self._ended = ended
        self._ready: deque[ExecutableT] = deque()
        self._front: asyncio.Task[None] | None = None
        self._waiting: set[asyncio.Task[None]] = set()
        self.current: ExecutableT | None = None

    @property
    def is_beginning(self) -> bool:
        """Whether a task is about to begin what is ready."""
        return self._front is not None

    def add(self, claimed: Iterable[ExecutableT]) -> None:
        self._ready.extend(claimed)
        self._start_task()

    def set_limit(self, limit: int) -> None:
        """Changes the limit; what is under way goes on."""
        self._limit = limit
        self._start_task()

    def take_back(self, claimed: ExecutableT) -> bool:
        """Removes an assignment that was not begun. Returns whether there was one."""
        try:
            self._ready.remove(claimed)
        except ValueError:
            return False
        return True

    def take_all_back(self) -> list[ExecutableT]:
        """Removes and returns everything that was not begun. Another thread may call it while this pool's thread is blocked."""
        taken = []
        while self._ready:
            try:
                taken.append(self._ready.popleft())
            except IndexError:  # the pool's own thread took the last one
                break
        return taken

    def _start_task(self) -> None:
        if self._front is None and self._ready and len(self._waiting) < self._limit:
            self._front = asyncio.get_running_loop().create_task(self._execute_ready())

    async def _execute_ready(self) -> None:
        try:
            task = asyncio.current_task()
            assert task is not None
            executed, slice_began = 0, time.monotonic()
            while self._ready and len(self._waiting) < self._limit:
                try:
                    executable = self._ready.popleft()
                except IndexError:  # another thread took them back
                    break
                if executable.is_unwanted:
                    self._ended(executable, None)
                    continue
                work = self._execute(executable)
                self.current = executable
                try:
                    awaited = work.send(None)
                except StopIteration as end:
                    self.current = None
                    self._ended(executable, end.value)
                    executed += 1
                    if executed % SLICE == 0 and time.monotonic() - slice_began > SLICE_SECONDS:
                        await asyncio.sleep(0)
                        slice_began = time.monotonic()
                    continue
                self.current = None
                executable.task = task
                self._front = None
                self._waiting.add(task)
                self._start_task()
                try:
                    rest = rest_of(work, awaited, take_step=partial(self._step, executable), stop=partial(self._stop_unwanted, executable))
                    self._ended(executable, await rest)
                finally:
                    self._waiting.discard(task)
                    self._start_task()
                return
            self._front = None
        except MemoryError as error:  # of this pool itself: nobody awaits the task, so nobody would hear of it
            asyncio.get_running_loop().call_exception_handler({"message": "out of memory", "exception": error})

    def _stop_unwanted(self, executable: ExecutableT) -> bool:
        """Cancels the task of an assignment that was woken before it was cancelled: it must take no further step. Returns whether it did."""
        if not executable.is_unwanted or executable.task is None:
            return False
        executable.task.cancel()
        executable.task = None
        return True

    def _step(self, executable: ExecutableT, step: Callable[[], Any]) -> Any:
        self.current = executable
        try:
            return step()
        finally:
            self.current = None


def _take_step(step: Callable[[], Any]) -> Any:
    return step()


@coroutine
def rest_of(
    work: Coroutine[Any, Any, ResultT],
    awaited: Any,
    *,
    take_step: Callable[[Callable[[], Any]], Any] = _take_step,
    stop: Callable[[], bool] = lambda: False,
) -> Generator[Any, Any, ResultT]:
    """Awaits the rest of a coroutine that has been sent into once and then awaited something. Returns what the coroutine returns.

    Args:
        take_step: takes a step of the coroutine.
        stop: called before a step that something awaited has brought; returns whether it has cancelled this task, so that the step is not taken.
    """
    while True:
        try:
            sent = yield awaited
            if stop():
                yield
        except BaseException as error:  # noqa: BLE001 - passed to the coroutine that awaits, cancellations included
            step = partial(work.throw, error)
        else:
            step = partial(work.send, sent)
        try:
            awaited = take_step(step)
        except StopIteration as end:
            value: ResultT = end.value
            return value
