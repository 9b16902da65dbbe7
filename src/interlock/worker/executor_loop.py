"""The event loop of the executors, in a thread of its own: while an executor blocks it, the worker still reports, claims and ticks."""

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Final, TypeAlias

from interlock.nodes import NodeExecutionContext, NodeExecutionResult, NodeExecutor
from interlock.worker.held import HeldAssignment
from interlock.worker.memory import note_lack_of_memory
from interlock.worker.outbox import JsonObject
from interlock.worker.process_pool import ProcessPool
from interlock.worker.task_pool import TaskPool

ExecutorCall = Callable[[NodeExecutionContext[Any]], Awaitable[NodeExecutionResult]]
CLOSE_SECONDS: Final = 2.0  # how long cancelled executors may take to clean up when the worker ends


Ended: TypeAlias = tuple[HeldAssignment, JsonObject | None]
"""An assignment whose executor has ended, and its result; None where it was cancelled or never begun."""


class ExecutorLoop:
    """One thread with one event loop, and one task pool for each queue.

    The control loop of the worker makes it and calls its methods; `execute` and the executors run in the thread. Assignments that have ended wait for
    `take_ended`; `wake` is called in the control loop when there are some.

    Args:
        is_first: it uses the executors that the worker was given. Every later loop makes executors of its own, because their connections and
            locks belong to the loop that they were made in.
        closers: called in the thread before it ends.
    """

    def __init__(
        self,
        limits: Sequence[int],
        execute: Callable[[HeldAssignment, ExecutorCall], Coroutine[Any, Any, JsonObject | None]],
        wake: Callable[[], None],
        *,
        process_limit: int,
        is_first: bool,
        closers: Sequence[Callable[[], Awaitable[None]]] = (),
    ) -> None:
        self._execute = execute
        self._wake = wake
        self._process_limit = process_limit
        self._is_first = is_first
        self._control = asyncio.get_running_loop()
        self._loop = type(self._control)()
        self._pools = tuple(TaskPool(limit, self._run, self._end) for limit in limits)
        self._submitted: deque[Sequence[HeldAssignment]] = deque()
        self._ended: deque[Ended] = deque()
        self._is_waking = False
        self._calls: dict[NodeExecutor[Any], ExecutorCall] = {}
        self._closers = list(closers)
        self._has_stopped = asyncio.Event()
        self._ping_is_out = False
        self._missed_pings = 0
        self.is_out_of_memory = False
        """Whether the loop itself found no memory, so that nobody knows what of its work is missing."""
        note_lack_of_memory(self._loop, self._note_lack_of_memory)
        self._thread = threading.Thread(target=self._run_thread, name="interlock-executors", daemon=True)
        self._thread.start()

    # ---- called in the control loop ----

    def submit(self, claimed: Sequence[HeldAssignment]) -> None:
        """Executes these assignments, each in the pool of its queue."""
        for held in claimed:
            held.loop = self
        self._submitted.append(claimed)
        self._loop.call_soon_threadsafe(self._add_submitted)

    def cancel(self, held: HeldAssignment) -> None:
        """Cancels an unwanted assignment. One that was not begun ends at once, any other when its executor ends."""
        self._loop.call_soon_threadsafe(self._cancel, held)

    def set_limit(self, queue_index: int, limit: int) -> None:
        self._loop.call_soon_threadsafe(self._pools[queue_index].set_limit, limit)

    def call_when_begun(self, call: Callable[[], None]) -> None:
        """Calls this in the control loop, after `wake`, when everything is begun for which there is a slot."""
        self._loop.call_soon_threadsafe(self._call_when_begun, call)

    def take_ended(self) -> list[Ended]:
        self._is_waking = False
        return [self._ended.popleft() for _ in range(len(self._ended))]

    def take_all_back(self) -> list[HeldAssignment]:
        """Removes and returns everything that was not begun, for another loop when this one is blocked."""
        taken = [held for pool in self._pools for held in pool.take_all_back()]
        while self._submitted:
            taken += self._submitted.popleft()
        return taken

    def missed_pings(self) -> int:
        """Pings the loop. Returns how many pings in a row it has not answered."""
        if self._ping_is_out:
            self._missed_pings += 1
        else:
            self._missed_pings = 0
            self._ping_is_out = True
            self._loop.call_soon_threadsafe(self._answer_ping)
        return self._missed_pings

    @property
    def current(self) -> HeldAssignment | None:
        """The assignment whose executor runs in the thread at this moment, or None."""
        return next((pool.current for pool in self._pools if pool.current is not None), None)

    async def close(self) -> bool:
        """Cancels what is left, closes the executors and ends the thread. Returns False if an executor blocks it: it is left behind."""
        if (current := self.current) is not None and current.is_unwanted and self._ping_is_out:
            return False  # it had its time to end
        with suppress(RuntimeError):  # the loop has closed since an earlier call that did not wait for it
            self._loop.call_soon_threadsafe(self._stop)
        with suppress(TimeoutError):
            async with asyncio.timeout(2 * CLOSE_SECONDS):
                await self._has_stopped.wait()
        return self._has_stopped.is_set()

    # ---- called in the thread ----

    def _run_thread(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        except MemoryError:
            self._note_lack_of_memory()
            return
        self._loop.close()
        with suppress(RuntimeError):  # the control loop has ended
            self._control.call_soon_threadsafe(self._has_stopped.set)

    def _note_lack_of_memory(self) -> None:
        self.is_out_of_memory = True

    def _add_submitted(self) -> None:
        if self._submitted:
            try:
                submitted = self._submitted.popleft()
            except IndexError:  # the control loop took it back
                return
            self._add(submitted)

    def _add(self, claimed: Sequence[HeldAssignment]) -> None:
        if len(self._pools) == 1:
            self._pools[0].add(claimed)
            return
        for queue_index, pool in enumerate(self._pools):
            if for_pool := [held for held in claimed if held.queue_index == queue_index]:
                pool.add(for_pool)

    def _cancel(self, held: HeldAssignment) -> None:
        held.cancelled.set()
        if held.task is not None:
            held.task.cancel()
            held.task = None
        elif self._pools[held.queue_index].take_back(held):
            self._end(held, None)

    def _run(self, held: HeldAssignment) -> Coroutine[Any, Any, JsonObject | None]:
        return self._execute(held, self.call_of(held.node.executor))

    def call_of(self, executor: NodeExecutor[Any]) -> ExecutorCall:
        """Returns what executes a node of this executor here."""
        if self._is_first and executor.isolation == "loop":
            return executor.execute
        call = self._calls.get(executor)
        if call is None:
            call = self._calls[executor] = self._make_call(executor)
        return call

    def _make_call(self, executor: NodeExecutor[Any]) -> ExecutorCall:
        if executor.isolation == "process":
            processes = ProcessPool(executor, self._process_limit)
            self._closers.append(processes.close)
            return processes.execute
        own = executor.renew()
        if own is not executor:
            self._closers.append(own.close)
        return own.execute

    def _end(self, held: HeldAssignment, result: JsonObject | None) -> None:
        held.task = None
        self._ended.append((held, result))
        if not self._is_waking:
            self._is_waking = True
            try:
                self._control.call_soon_threadsafe(self._wake)
            except RuntimeError:  # the control loop has ended
                return

    def _call_when_begun(self, call: Callable[[], None]) -> None:
        if self._submitted or any(pool.is_beginning for pool in self._pools):
            self._loop.call_soon(self._call_when_begun, call)
            return
        with suppress(RuntimeError):  # the control loop has ended
            self._control.call_soon_threadsafe(call)

    def _answer_ping(self) -> None:
        self._ping_is_out = False

    def _stop(self) -> None:
        self._stopping = self._loop.create_task(self._close_all())
        self._stopping.add_done_callback(lambda _: self._loop.stop())

    async def _close_all(self) -> None:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=CLOSE_SECONDS)
        for close in self._closers:
            with suppress(Exception):
                await close()
        await self._loop.shutdown_asyncgens()
