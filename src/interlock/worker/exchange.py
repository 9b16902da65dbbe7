"""Reports and claims: up to two exchanges with the database at a time, while executors go on."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

from interlock.backoff import Backoff
from interlock.clock import Clock, Signal
from interlock.controlplane import SlimExchange
from interlock.worker.chaos import Chaos
from interlock.worker.exchange_connection import Exchanger
from interlock.worker.lane import Lane, Request, WorkerGivenUpError
from interlock.worker.outbox import Report
from interlock.worker.statistics import Statistics
from interlock.worker.work import Work

SECOND_LOOK_SECONDS: Final = 0.05  # an execution that started just before the database knew this worker to be idle has woken nobody
MIN_PAUSE_SECONDS: Final = 0.02  # between two polls for something that is due and that another holds
GATHER_SECONDS: Final = 0.005  # results wait at most so long for those of what was just begun
GATHER_ROWS: Final = 250  # with more, an exchange is large enough, and both lanes should be under way


class ExchangeLoop:
    """Reports results and claims assignments, whenever there are results or free slots.

    Results that arrive while an exchange is under way go with the next one of their lane. So batches form by themselves under load, and an idle
    worker reports at once. A lane that has results asks for everything that is free. Without results only one lane asks at a time: the first, or the
    second while the first has no answer. Only the first polls.

    Results that arrived while an exchange was under way do not leave at once if its reply brought more to execute and the other lane keeps the
    database busy, see `_gather`.

    Args:
        exchangers: where each lane sends its requests to, over a connection of its own.
        listens: returns whether notifications arrive, so that starts may begin visits for this worker.
    """

    def __init__(
        self,
        exchangers: Sequence[Exchanger],
        work: Work,
        *,
        begin: Callable[[SlimExchange, Sequence[Report]], Awaitable[Mapping[int, int]]],
        expect_due_in: Callable[[float], None],
        listens: Callable[[], bool],
        poll_seconds: float,
        make_backoff: Callable[[], Backoff],
        chaos: Chaos,
        clock: Clock,
        statistics: Statistics,
        logger: logging.Logger,
    ) -> None:
        self._work = work
        self._begin = begin
        self._expect_due_in = expect_due_in
        self._listens = listens
        self._poll_seconds = poll_seconds
        self._clock = clock
        self._chaos = chaos
        self._lanes = [
            Lane(index, exchanger, outbox, backoff=make_backoff(), chaos=chaos, clock=clock, statistics=statistics, logger=logger)
            for index, (exchanger, outbox) in enumerate(zip(exchangers, work.outboxes, strict=True))
        ]
        self._first = self._lanes[0]
        self._others = {lane: [other for other in self._lanes if other is not lane] for lane in self._lanes}
        self._worker_id: UUID | None = None
        self._is_first_request = True
        self._poll_at = self._waking_at = 0.0  # when the first lane polls; when it looks whether it is time
        self._draining = False
        self._is_serving = False
        self._has_asked_executors = False  # to tell when they have begun everything

    def drain(self) -> None:
        """Claims nothing more; `run` returns when everything that the worker holds is reported."""
        self._draining = True
        self._work.wake_lanes()

    @property
    def is_serving(self) -> bool:
        """Whether what is begun now will be reported."""
        return self._is_serving

    def give_up(self, worker_id: UUID) -> None:
        if worker_id == self._worker_id:
            for lane in self._lanes:
                lane.is_given_up = True
            self._work.wake_lanes()

    async def run(self, worker_id: UUID) -> None:
        """Returns when the worker has drained.

        Raises:
            WorkerGivenUpError: register again with another id; what this one held is void.
        """
        self._worker_id, self._is_first_request, self._is_serving = worker_id, True, True
        self._has_asked_executors = False
        self._poll_at = self._clock.monotonic() + self._poll_seconds
        self._work.capacity.forget_requests()
        for lane in self._lanes:
            lane.begin(worker_id)
        tasks = [asyncio.create_task(self._serve(lane)) for lane in self._lanes]
        try:
            await asyncio.gather(*tasks)
        finally:
            self._is_serving = False
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, lane: Lane) -> None:
        while await self._wait_for_work(lane):
            await self._exchange(lane)

    async def _wait_for_work(self, lane: Lane) -> bool:
        """Waits until there is a reason for an exchange. Returns False when the worker has drained."""
        changed = lane.outbox.changed
        while True:
            if lane.is_given_up:
                raise WorkerGivenUpError
            if lane.outbox or self._should_ask(lane):
                return True
            if self._draining and self._is_done:
                self._is_serving = False
                self._work.wake_lanes()
                return False
            changed.clear()
            if lane is self._first:
                await self._wait_until_poll(changed)
            else:
                await changed.wait()

    def _should_ask(self, lane: Lane) -> bool:
        """Returns whether a lane without results should ask for more."""
        return not self._draining and (lane is self._first or self._first.is_under_way) and self._work.capacity.should_ask(lane.index)

    @property
    def _is_done(self) -> bool:
        return self._work.is_done and not any(lane.is_under_way for lane in self._lanes)

    async def _wait_until_poll(self, changed: Signal) -> None:
        self._waking_at = self._poll_at
        if not await self._clock.wait(changed, self._waking_at - self._clock.monotonic()) and self._clock.monotonic() >= self._poll_at:
            self._work.capacity.expect_work()
            self._poll_at = self._clock.monotonic() + self._poll_seconds

    async def _exchange(self, lane: Lane) -> None:
        capacity = self._work.capacity
        batch = lane.outbox.take()
        limits = capacity.no_limits(lane.index) if self._draining or batch.is_suspect else capacity.next_limits(lane.index)
        offers = lane is self._first and not self._draining and self._listens()
        request = await lane.next_request(batch, capacity.queues, limits, offers=offers)
        if self._is_another_under_way(lane):
            self._chaos.reach("before_second_exchange")
        lane.is_under_way = True
        try:
            reply = await lane.exchange(request)
            if reply is not None:
                self._plan_next(lane, request, reply)
                await self._begin_claimed(lane, request, reply)
        finally:
            capacity.release(lane.index)
            lane.is_under_way = False
        self._wake_others(lane)
        if reply is not None and lane.outbox:
            brought = len(reply.handed) + len(reply.assignments)
            if 0 < brought <= GATHER_ROWS - len(lane.outbox):
                await self._gather(lane)

    async def _gather(self, lane: Lane) -> None:
        """Waits until what was just begun is executed, so that its results leave together with those that wait already.

        Otherwise the executions of a lane fall into two halves that take turns: one is reported while the other one is executed, and every exchange
        is half as large. It waits only while the other lane keeps the database busy, never for an executor that waits for something, and at most
        `GATHER_SECONDS`.
        """
        until = self._clock.monotonic() + GATHER_SECONDS
        lane.is_gathering = True
        if not self._has_asked_executors:
            self._has_asked_executors = True
            self._work.call_when_begun(self._end_gathering)
        while lane.is_gathering and self._is_another_under_way(lane) and not lane.is_given_up and (seconds := until - self._clock.monotonic()) > 0:
            lane.outbox.changed.clear()
            await self._clock.wait(lane.outbox.changed, seconds)
        lane.is_gathering = False

    def _end_gathering(self) -> None:
        self._has_asked_executors = False
        for lane in self._lanes:
            if lane.is_gathering:
                lane.is_gathering = False
                lane.outbox.changed.set()

    def _plan_next(self, lane: Lane, request: Request, reply: SlimExchange) -> None:
        was_busy = self._is_first_request or bool(request.batch.reports) or bool(reply.assignments)
        self._is_first_request = False
        wait_seconds = min(SECOND_LOOK_SECONDS if was_busy else self._poll_seconds, self._poll_seconds)
        due = reply.next_due_seconds
        if due is not None and not (due == 0 and self._is_taken_care_of(lane, request)):
            wait_seconds = max(MIN_PAUSE_SECONDS, min(wait_seconds, due))
            self._expect_due_in(due)
        self._poll_at = self._clock.monotonic() + wait_seconds
        if self._poll_at < self._waking_at and lane is not self._first:
            self._first.outbox.changed.set()

    def _is_taken_care_of(self, lane: Lane, request: Request) -> bool:
        """Returns whether something that is due now is for a full queue, or for another lane that has asked for it."""
        return not all(request.limits) or self._is_another_under_way(lane)

    def _is_another_under_way(self, lane: Lane) -> bool:
        for other in self._others[lane]:  # noqa: SIM110 - `any` takes three times as long
            if other.is_under_way:
                return True
        return False

    async def _begin_claimed(self, lane: Lane, request: Request, reply: SlimExchange) -> None:
        claimed: Mapping[int, int] = {}
        if reply.assignments or reply.handed:
            self._chaos.reach("after_claim")
            claimed = await self._begin(reply, request.batch.reports)
        self._work.capacity.note_claimed(claimed, lane.index, has_reported=bool(request.batch.reports))

    def _wake_others(self, lane: Lane) -> None:
        """Wakes the first lane if it can ask for more now, and every lane that may have waited for the end of this exchange."""
        if self._draining:
            self._work.wake_lanes()
        elif lane is not self._first and self._should_ask(self._first):
            self._first.outbox.changed.set()
        for other in self._others[lane]:
            if other.is_gathering:
                other.outbox.changed.set()
