"""What this worker holds: claimed, under way, ended and not yet reported."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from time import time
from typing import Any, Final

from interlock.controlplane import Assignment
from interlock.worker.answers import AssignmentKey, key_of
from interlock.worker.chaos import Chaos
from interlock.worker.lanes import Lanes
from interlock.worker.outbox import JsonObject, Outbox, Report
from interlock.worker.prepared_node import PreparedNode
from interlock.worker.rooms import Rooms
from interlock.worker.statistics import Statistics

RELEASED: Final[JsonObject] = {"outcome": "released"}
CANCELLED_ITSELF: Final[JsonObject] = {
    "outcome": "failed",
    "error": {
        "code": "cancelled_itself",
        "message": "the executor was cancelled by something that it called",
        "hint": "let the executor catch the cancellation of the tasks that it starts itself",
        "details": {},
        "retryable": True,
    },
}


class Ending(Enum):
    """Why an assignment's work is to end before it is done."""

    VOID = auto()  # revoked, out of time, or the worker was given up: whatever comes of it is nobody's
    RELEASED = auto()  # handed back, for another worker to do


@dataclass(slots=True, eq=False)
class Held:
    """One assignment in this worker's hands. `task` is set when its executor first waits for something."""

    assignment: Assignment
    node: PreparedNode
    place: int
    cancelled: asyncio.Event
    task: asyncio.Task[None] | None = None
    ending: Ending | None = None
    timer: asyncio.TimerHandle | None = None
    has_ended: bool = False


class Work:
    """Only the event loop's thread may touch it. `changed` is set whenever an exchange may have become worth while."""

    def __init__(
        self,
        queues: Mapping[str, int],
        payload_limit: int,
        execute: Callable[[Held], Coroutine[Any, Any, JsonObject]],
        *,
        out_of_time: Callable[[], None],
        chaos: Chaos,
        statistics: Statistics,
    ) -> None:
        self._statistics = statistics
        self.rooms = Rooms(queues)
        self.outbox = Outbox(payload_limit)
        self.changed = asyncio.Event()
        self.clock_offset = 0.0
        self._execute = execute
        self._out_of_time = out_of_time
        self._chaos = chaos
        self._held: dict[AssignmentKey, Held] = {}
        self._hands_back = False
        self._lanes = tuple(Lanes(limit, self._run) for limit in queues.values())

    @property
    def held_count(self) -> int:
        return len(self._held)

    @property
    def is_done(self) -> bool:
        """Nothing is held, and everything was reported."""
        return not self._held and self.outbox.is_empty

    def begin(self, assignment: Assignment, node: PreparedNode) -> int:
        """Returns the place taken."""
        place = self.rooms.take(node.queue)
        self._statistics.claimed += 1
        held = Held(assignment, node, place, asyncio.Event())
        self._held[key_of(assignment)] = held
        if assignment["deadline_at"] is not None:
            self._limit(held, datetime.fromisoformat(assignment["deadline_at"]))
        self._lanes[place].add(held)
        if self._hands_back:
            self._end(held, Ending.RELEASED)
        return place

    def revoke(self, keys: Iterable[AssignmentKey]) -> None:
        for key in keys:
            if held := self._held.get(key):
                self._end(held, Ending.VOID)

    def drop_all(self) -> None:
        """The worker was given up: what it holds and has not reported is void."""
        for held in list(self._held.values()):
            self._end(held, Ending.VOID)
        self.outbox.clear()

    def send_again(self, report: Report) -> None:
        self.outbox.send_again(report)
        self.changed.set()

    def hand_back(self) -> None:
        """Everything that has not ended is to end now, and is released when it has; what was still being claimed too."""
        self._hands_back = True
        for held in list(self._held.values()):
            self._end(held, Ending.RELEASED)

    def abandon(self) -> None:
        """Release what was told to end and has not: this process ends, and it with it."""
        for held in list(self._held.values()):
            self._ended(held, None)

    def _limit(self, held: Held, deadline_at: datetime) -> None:
        """The database decides about timeouts; the worker only stops what no longer counts."""
        seconds = deadline_at.timestamp() - time() - self.clock_offset
        held.timer = asyncio.get_running_loop().call_later(max(0.0, seconds), self._expire, held)

    def _expire(self, held: Held) -> None:
        self._end(held, Ending.VOID)
        self._out_of_time()

    def _end(self, held: Held, ending: Ending) -> None:
        held.ending = ending
        held.cancelled.set()
        if held.task is not None:
            held.task.cancel()
        elif self._lanes[held.place].take_back(held):
            self._ended(held, None)

    async def _run(self, held: Held) -> None:
        self._chaos.reach("before_execute")
        result: JsonObject | None = None
        try:
            result = await self._execute(held)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if held.ending is None:
                held.ending = Ending.RELEASED
                if task is not None and not task.cancelling():
                    result = CANCELLED_ITSELF
        self._chaos.reach("after_execute")
        self._ended(held, result)

    def _ended(self, held: Held, result: JsonObject | None) -> None:
        if held.has_ended:
            return
        held.has_ended = True
        held.task = None
        if held.timer is not None:
            held.timer.cancel()
        key = key_of(held.assignment)
        if self._held.get(key) is held:
            del self._held[key]
        self.rooms.free(held.place)
        if held.ending is not Ending.VOID:
            ended = RELEASED if result is None else result
            self._statistics.ended(ended["outcome"])
            self.outbox.put(*key, ended)
        else:
            self._statistics.void += 1
        self.changed.set()
