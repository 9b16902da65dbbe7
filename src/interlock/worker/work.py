"""What the worker holds: assignments that are claimed and not yet reported."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from string import hexdigits
from typing import Any, Final, TypeAlias, TypeVar

from interlock.clock import Clock
from interlock.controlplane import Assignment
from interlock.worker.answers import AssignmentKey, key_of
from interlock.worker.capacity import Capacity
from interlock.worker.chaos import Chaos
from interlock.worker.executor_loop import ExecutorCall, ExecutorLoop
from interlock.worker.executor_loops import ExecutorLoops
from interlock.worker.held import Ending, HeldAssignment
from interlock.worker.outbox import JsonObject, Outbox, Result
from interlock.worker.prepared_node import PreparedNode
from interlock.worker.results import failed
from interlock.worker.settings import WorkerSettings
from interlock.worker.statistics import Statistics

T = TypeVar("T")

HandedOver: TypeAlias = tuple[HeldAssignment, str, PreparedNode, Any]
"""A visit that follows another one: that one, its own id, its node and its input."""

RELEASED: Final[JsonObject] = {"outcome": "released"}
CANCELLED_ITSELF: Final = failed(
    "cancelled_itself",
    "the executor was cancelled by something that it called",
    hint="let the executor catch the cancellation of the tasks that it starts itself",
    retryable=True,
)


class Work:
    """Holds assignments from their claim until their report. Only the control loop may use it.

    All results of one execution leave through the same outbox, so two exchanges that are under way never report on one execution.

    Args:
        execute: executes one assignment with its executor's call; runs in the executors' thread.
        out_of_time: called when the time of an attempt is over, so that the database is ticked.
        worn_out: called when so many executors could not be stopped that this process should be replaced.
    """

    def __init__(
        self,
        settings: WorkerSettings,
        execute: Callable[[HeldAssignment, ExecutorCall], Coroutine[Any, Any, JsonObject]],
        *,
        close_executors: Callable[[], Awaitable[None]],
        out_of_time: Callable[[], None],
        worn_out: Callable[[], None],
        chaos: Chaos,
        clock: Clock,
        statistics: Statistics,
        logger: logging.Logger,
    ) -> None:
        self._settings = settings
        self._statistics = statistics
        self._logger = logger
        self.capacity = Capacity(settings.queues, settings.exchanges_in_flight)
        self.outboxes = tuple(Outbox(settings.payload_limit) for _ in range(settings.exchanges_in_flight))
        self._lanes = {digit: int(digit, 16) % len(self.outboxes) for digit in hexdigits}  # by the last digit of the execution's id
        self.clock_offset = 0.0
        self._execute = execute
        self._out_of_time = out_of_time
        self._worn_out = worn_out
        self._chaos = chaos
        self._clock = clock
        self._held: dict[HeldAssignment, None] = {}  # in the order in which they were begun
        self._written_off: set[HeldAssignment] = set()
        self._begun: list[HeldAssignment] = []
        self._hands_back = False
        self._loops = ExecutorLoops(
            tuple(settings.queues.values()),
            self._run,
            wake=self._collect,
            stranded=self._release_stranded,
            close_executors=close_executors,
            process_limit=settings.process_limit,
            blocked_seconds=settings.blocked_seconds,
            clock=clock,
            logger=logger,
        )

    @property
    def held_count(self) -> int:
        return len(self._held)

    @property
    def is_done(self) -> bool:
        """Whether the worker holds nothing and has reported everything."""
        return not self._held and all(outbox.is_empty for outbox in self.outboxes)

    def begin(self, assignment: Assignment, node: PreparedNode) -> int:
        """Takes an assignment that was claimed, which `submit` has executed. Returns the index of its queue."""
        held = HeldAssignment(assignment, node, self.capacity.index_of(node.queue), key_of(assignment), assignment["input"])
        self._hold([held])
        if assignment["deadline_at"] is not None:
            self._limit(held, datetime.fromisoformat(assignment["deadline_at"]))
        return held.queue_index

    def begin_offered(self, assignment: Assignment, node: PreparedNode, *, is_draining: bool) -> int:
        """Takes a visit that a start began for this worker, as `begin`. Releases it if the worker drains or has no slot free for it."""
        is_unwanted = is_draining or self.capacity.is_full(node.queue)
        queue_index = self.begin(assignment, node)
        if is_unwanted:
            self._ended((self._begun.pop(), None))
        return queue_index

    def begin_handed_over(self, visits: Iterable[HandedOver], now: str) -> Mapping[int, int]:
        """Takes visits that follow others of their executions, as `begin`. Returns how many there were of each queue, by the queue's index.

        Args:
            now: the time of the database, from which their timeouts count.
        """
        index_of = self.capacity.index_of
        begun = [
            HeldAssignment(before.claimed, node, index_of(node.queue), (before.key[0], assignment_id, 1), given, is_handed_over=True)
            for before, assignment_id, node, given in visits
        ]
        for held in begun:
            if held.node.timeout_seconds is not None:
                self._limit(held, datetime.fromisoformat(now) + timedelta(seconds=held.node.timeout_seconds))
        return self._hold(begun)

    def _hold(self, begun: Sequence[HeldAssignment]) -> Mapping[int, int]:
        self._statistics.claimed += len(begun)
        self._held.update(dict.fromkeys(begun))
        if self._hands_back:
            for held in begun:
                held.ending, held.is_unwanted = Ending.RELEASED, True
        self._begun += begun
        counts = count_each([held.queue_index for held in begun])
        for queue_index, count in counts.items():
            self.capacity.take(self.capacity.queues[queue_index], count)
        return counts

    def submit(self) -> None:
        """Has everything executed that was begun since the last call."""
        if self._begun:
            begun, self._begun = self._begun, []
            self._loops.submit(begun)

    def call_when_begun(self, call: Callable[[], None]) -> None:
        """Calls this when everything that was submitted has begun or waits for a slot. What ended by then is in the outboxes."""
        self._loops.call_when_begun(call)

    async def watch(self) -> None:
        """Looks for executors that block; never returns."""
        await self._loops.watch(lambda: [*self._held, *self._written_off])

    async def close(self) -> bool:
        """Ends the threads of the executors. Returns False if an executor still runs in one."""
        return await self._loops.close() and not self._written_off

    def revoke(self, keys: Iterable[AssignmentKey]) -> None:
        revoked = frozenset(keys)
        for held in [held for held in self._held if held.key in revoked]:
            self._end(held, Ending.VOID)

    def drop_all(self) -> None:
        """Drops everything that the worker holds and has not reported, because the database has given the worker up."""
        for held in list(self._held):
            self._end(held, Ending.VOID)
        for outbox in self.outboxes:
            outbox.clear()

    def wake_lanes(self) -> None:
        """Has every lane look whether there is a reason for an exchange."""
        for outbox in self.outboxes:
            outbox.changed.set()

    def hand_back(self) -> None:
        """Cancels everything that has not ended, and releases it when it has; also what is still being claimed."""
        self._hands_back = True
        for held in list(self._held):
            self._end(held, Ending.RELEASED)

    def abandon(self) -> None:
        """Releases what was cancelled and has not ended, because the process ends now."""
        self._ended(*((held, None) for held in list(self._held)))

    def _limit(self, held: HeldAssignment, deadline_at: datetime) -> None:
        """Cancels an assignment when its time is over. The timeout itself is decided by the database."""
        seconds = deadline_at.timestamp() - self._clock.time() - self.clock_offset
        held.timeout_seconds = max(0.001, seconds)
        held.timer = self._clock.call_later(max(0.0, seconds), self._expire, held)

    def _expire(self, held: HeldAssignment) -> None:
        self._end(held, Ending.VOID)
        self._out_of_time()

    def _end(self, held: HeldAssignment, ending: Ending) -> None:
        if held.ending is Ending.VOID:
            return
        held.ending, held.is_unwanted = ending, True
        if held.loop is not None:
            held.loop.cancel(held)
        if ending is Ending.VOID:
            if held.timer is not None:
                held.timer.cancel()
            held.timer = self._clock.call_later(self._settings.write_off_seconds, self._write_off, held)

    def _write_off(self, held: HeldAssignment) -> None:
        """Stops waiting for an executor that does not end though it was cancelled. Its slot stays taken until it ends."""
        if held.has_ended or held not in self._held:
            return
        del self._held[held]
        self._written_off.add(held)
        self._statistics.void += 1
        self._logger.error(
            "%s does not end though it was cancelled: its slot is written off (%d written off now)",
            held.describe(),
            len(self._written_off),
            extra={"event": "slot_written_off", **key_fields(held)},
        )
        self.wake_lanes()
        if self._is_worn_out():
            self._worn_out()

    def _is_worn_out(self) -> bool:
        lost = Counter(held.queue_index for held in self._written_off)
        limits = list(self._settings.queues.values())
        return len(self._written_off) >= self._settings.written_off_limit or any(count >= limits[queue_index] for queue_index, count in lost.items())

    def _release_stranded(self, loop: ExecutorLoop) -> None:
        """Hands back what a blocked loop has begun beside the executor that blocks it."""
        for held in [held for held in self._held if held.loop is loop and held is not loop.current]:
            self._end(held, Ending.RELEASED)
            self._ended((held, None))

    async def _run(self, held: HeldAssignment, call: ExecutorCall) -> JsonObject | None:
        """Executes one assignment, in the thread of the executors. Returns None if it was cancelled because it is unwanted."""
        self._chaos.reach("before_execute")
        result: JsonObject | None = None
        try:
            result = await self._execute(held, call)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not held.is_unwanted and task is not None and not task.cancelling():
                result = CANCELLED_ITSELF
        except Exception as error:
            self._logger.exception("an assignment could not be executed", extra={"event": "executor_raised", **key_fields(held)})
            message = f"the worker could not make a result of what the executor did: {type(error).__name__}"
            result = failed("executor_raised", message, hint="the log of the worker has the traceback", retryable=True)
        self._chaos.reach("after_execute")
        return result

    def _collect(self) -> None:
        self._ended(*self._loops.take_ended())

    def _ended(self, *ended: tuple[HeldAssignment, JsonObject | None]) -> None:
        """Puts the results of executors that have ended into the outboxes."""
        by_lane: list[list[Result]] = [[] for _ in self.outboxes]
        for held, result in ended:
            if held.has_ended:
                continue
            held.has_ended = True
            if held.timer is not None:
                held.timer.cancel()
            if held.ending is Ending.VOID:
                self._drop(held)
                continue
            self._held.pop(held, None)
            by_lane[self._lanes[held.key[0][-1]]].append((held, RELEASED if result is None else result))
        for lane, results in enumerate(by_lane):
            if results:
                self._put(lane, results)

    def _put(self, lane: int, results: Sequence[Result]) -> None:
        for outcome, count in count_each([result["outcome"] for _, result in results]).items():
            self._statistics.ended(outcome, count)
        self._statistics.ran_ahead(sum([len(held.ahead.visits) for held, _ in results if held.ahead is not None]))
        can_be_followed = [held.queue_index for held, result in results if result is not RELEASED]
        for queue_index, count in count_each(can_be_followed).items():
            self.capacity.free(queue_index, lane, count)
        if len(can_be_followed) < len(results):
            for queue_index, count in count_each([held.queue_index for held, result in results if result is RELEASED]).items():
                self.capacity.free(queue_index, None, count)
        self.outboxes[lane].put(results)

    def _drop(self, held: HeldAssignment) -> None:
        """Frees the slot of an assignment whose result does not count."""
        if held in self._written_off:
            self._written_off.discard(held)
        else:
            self._statistics.void += 1
            self._held.pop(held, None)
        self.capacity.free(held.queue_index, None)
        self.wake_lanes()


def count_each(items: Sequence[T]) -> dict[T, int]:
    """Returns how often each of a few different items comes. For one item it takes a third of the time of `Counter`, for many no longer."""
    return {item: items.count(item) for item in set(items)}


def key_fields(held: HeldAssignment) -> Mapping[str, Any]:
    """Returns the ids of an assignment, for the log."""
    execution_id, assignment_id, attempt = held.key
    return {"execution_id": execution_id, "assignment_id": assignment_id, "attempt": attempt, "node": held.node.identity.id}
