"""Runs nodes without side effects ahead: at once after the result that they follow, before that result is reported."""

import asyncio
from collections.abc import Callable, Collection, Coroutine
from typing import Any, Final

from interlock.clock import Clock
from interlock.json_text import STANDARD_LIMITS, write_each
from interlock.worker.ahead import Ahead
from interlock.worker.chaos import Chaos
from interlock.worker.executor_loop import ExecutorCall
from interlock.worker.held import HeldAssignment
from interlock.worker.prepared_node import PreparedNode
from interlock.worker.stored_order import is_exact, stored_value
from interlock.worker.task_pool import rest_of

VISITS_AHEAD: Final = 50  # the database takes no more with one result
SECONDS_AHEAD: Final = 0.005
SPARE_FACTOR: Final = 2.0  # a visit runs ahead if this many times what visits of its node take is left
BYTES_OF_RESULT: Final = 512  # what a report has beside its outputs
BYTES_OF_VISIT: Final = 16
_LIMITS: Final = STANDARD_LIMITS.inside(1)
_OUTPUT: Final = b'{"output":'

JsonObject = dict[str, Any]
DROPPED: Final[JsonObject] = {"outcome": "dropped"}
Execute = Callable[[HeldAssignment, ExecutorCall], Coroutine[Any, Any, JsonObject]]


class RunningAhead:
    """Executes assignments, and after each one the nodes that can run ahead of its report.

    Nothing that runs ahead has an effect, so what does not end as the next step of a plain path is thrown away, and the database has it run again.
    Its methods run in the thread of the executors, except `stop`.

    Args:
        execute: executes an assignment.
        execute_ahead: executes a visit that the database does not know yet.
        queues: the queues that the worker serves.
        payload_limit: the largest report, with everything that ran ahead of it.
    """

    def __init__(self, execute: Execute, execute_ahead: Execute, *, queues: Collection[str], payload_limit: int, chaos: Chaos, clock: Clock) -> None:
        self._execute = execute
        self._execute_ahead = execute_ahead
        self._queues = frozenset(queues)
        self._payload_limit = payload_limit
        self._chaos = chaos
        self._clock = clock
        self._is_stopped = False

    def stop(self) -> None:
        """Lets nothing more run ahead, because the worker drains."""
        self._is_stopped = True

    def execute(self, held: HeldAssignment, call: ExecutorCall) -> Coroutine[Any, Any, JsonObject]:
        """Executes an assignment, and what can run ahead of its report, which it puts into `held.ahead`. Returns the result of the assignment.

        Raises:
            asyncio.CancelledError: the assignment was cancelled before it was completed.
        """
        node = held.node
        if node.ahead is None and not node.can_run_ahead:
            return self._execute(held, call)
        return self._execute_and_go_on(held, call)

    async def _execute_and_go_on(self, held: HeldAssignment, call: ExecutorCall) -> JsonObject:
        node = held.node
        began = self._clock.monotonic()
        result = await self._execute(held, call)
        if node.can_run_ahead:
            node.pace.note(self._clock.monotonic() - began)
        # what ran ahead may have ended the worker before: so that it is found, it has to be the visit that is lost
        if node.ahead is not None and leads_on(result) and held.claimed["loss_count"] == 0:
            held.ahead = await self._run_ahead(held, node.ahead, result)
        return result

    async def _run_ahead(self, held: HeldAssignment, node: PreparedNode | None, result: JsonObject) -> Ahead | None:
        last = written(result)
        if last is None:
            return None
        visits: list[bytes] = []
        room = self._payload_limit - BYTES_OF_RESULT - len(last)
        began = now = self._clock.monotonic()
        while node is not None and len(visits) < VISITS_AHEAD and self._may_begin(held, node, SECONDS_AHEAD - (now - began)):
            self._chaos.reach("before_ahead")
            output = await self._output_of(visit_ahead(held, node, stored_value(last)), SECONDS_AHEAD - (now - began))
            took, now = self._clock.monotonic() - now, self._clock.monotonic()
            node.pace.note(took)
            if output is None or len(output) + BYTES_OF_VISIT > room or (node.timeout_seconds is not None and took > node.timeout_seconds):
                break
            visits.append(b"[%d,%b]" % (node.number, output))
            room -= len(output) + BYTES_OF_VISIT
            last, node = output, node.ahead
        return Ahead(visits, last) if visits else None

    def _may_begin(self, held: HeldAssignment, node: PreparedNode, seconds_left: float) -> bool:
        return not held.is_unwanted and not self._is_stopped and node.queue in self._queues and SPARE_FACTOR * node.pace.seconds < seconds_left

    async def _output_of(self, visit: HeldAssignment, seconds: float) -> bytes | None:
        """Returns the output of a visit that runs ahead; None for anything else that can come of it."""
        assert visit.loop is not None
        work = self._execute_ahead(visit, visit.loop.call_of(visit.node.executor))
        try:
            awaited = work.send(None)
        except StopIteration as end:  # few wait for anything, so that no timeout is needed
            result = end.value
        except asyncio.CancelledError:
            return None  # the executor cancelled itself
        else:
            result = await self._rest_of(visit, work, awaited, seconds)
        return written(result) if leads_on(result) else None

    async def _rest_of(self, visit: HeldAssignment, work: Coroutine[Any, Any, JsonObject], awaited: Any, seconds: float) -> JsonObject:
        try:
            async with asyncio.timeout(seconds):
                return await rest_of(work, awaited)
        except TimeoutError:
            visit.node.pace.seconds = SECONDS_AHEAD
        except asyncio.CancelledError:
            pass  # cancelled with the assignment that it follows, whose result counts: it is completed
        return DROPPED


def visit_ahead(held: HeldAssignment, node: PreparedNode, given: Any) -> HeldAssignment:
    """Returns the visit that follows an assignment. It has no id yet, and the slot of the assignment."""
    visit = HeldAssignment(held.claimed, node, held.queue_index, (held.key[0], "", 1), given, is_handed_over=True)
    visit.loop = held.loop
    visit.timeout_seconds = node.timeout_seconds
    return visit


def leads_on(result: JsonObject) -> bool:
    """Returns whether the plain path goes on after a result."""
    return result["outcome"] == "completed" and "port" not in result and "context" not in result


def written(result: JsonObject) -> bytes | None:
    """Returns the output of a result as JSON; None if a value that is read from it may not be the one that the database returns."""
    text = write_each([{"output": result["output"]}], _LIMITS)[0]
    return text[len(_OUTPUT) : -1] if text is not None and is_exact(text) else None
