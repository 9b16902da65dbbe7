"""Report and claim: one exchange with the database at a time, and the work goes on meanwhile."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from interlock.backoff import Backoff
from interlock.clock import Clock
from interlock.controlplane import Assignment, ControlPlane, Exchange
from interlock.worker.answers import Trouble, trouble_of
from interlock.worker.chaos import Chaos
from interlock.worker.outbox import Batch, result_refused
from interlock.worker.statistics import Statistics
from interlock.worker.work import Work

SETTLED: Final = frozenset({"ok", "repeated", "IL001", "IL002"})  # the last two: it is no longer this worker's to say
SECOND_LOOK_SECONDS: Final = 0.05  # whoever started something just before this worker was known to be idle woke nobody
LEAST_SECONDS: Final = 0.02  # between two polls for something that is due and cannot be had


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is sent, and sent again in the same words until it is answered."""

    worker_id: UUID
    number: int
    batch: Batch
    results: Sequence[Any]
    queues: list[str]
    limits: list[int]


class WorkerGoneError(Exception):
    """The database has given this worker id up."""


class RefusedError(Exception):
    """The database read the request and will not have it."""


class TooSlowError(Exception):
    """The database ended the request because it took too long."""


class ExchangeLoop:
    """Sends what has ended and asks for as much as there is room for, whenever there is either.

    Whatever ends while an exchange is under way goes with the next one: batches form by themselves under load, and an idle
    worker answers at once.
    """

    def __init__(
        self,
        control: ControlPlane,
        work: Work,
        *,
        claimed: Callable[[Sequence[Assignment]], Awaitable[Mapping[int, int]]],
        due_in: Callable[[float], None],
        poll_seconds: float,
        backoff: Backoff,
        chaos: Chaos,
        clock: Clock,
        statistics: Statistics,
        logger: logging.Logger,
    ) -> None:
        self._statistics = statistics
        self._control = control
        self._work = work
        self._claimed = claimed
        self._due_in = due_in
        self._poll_seconds = self._wait_seconds = poll_seconds
        self._backoff = backoff
        self._chaos = chaos
        self._clock = clock
        self._logger = logger
        self._worker_id: UUID | None = None
        self._number = 0
        self._lost = False
        self._draining = False

    def drain(self) -> None:
        """Claim no more; `run` returns when all that is held has been reported."""
        self._draining = True
        self._work.changed.set()

    def lose(self, worker_id: UUID) -> None:
        if worker_id == self._worker_id:
            self._lost = True
            self._work.changed.set()

    async def run(self, worker_id: UUID) -> None:
        """Returns when drained.

        Raises:
            WorkerGoneError: go on with another id; what this one held is void.
        """
        self._worker_id, self._number, self._lost = worker_id, 0, False
        while await self._has_something_to_do():
            await self._exchange()

    async def _has_something_to_do(self) -> bool:
        work = self._work
        while True:
            if self._lost:
                raise WorkerGoneError
            if work.outbox or (work.capacity.worth_asking and not self._draining):
                return True
            if self._draining and work.is_done:
                return False
            work.changed.clear()
            if not await self._clock.wait(work.changed, self._wait_seconds):
                work.capacity.woken()

    async def _exchange(self) -> None:
        request = self._next_request()
        self._chaos.reach("before_exchange")
        if request.batch.reports:
            self._chaos.reach("before_report")
        try:
            reply = await self._until_answered(request)
        except RefusedError as refusal:
            await self._refused(request, refusal)
            return
        except TooSlowError:
            await self._split_slow(request)
            return
        self._chaos.reach("after_reply")
        self._statistics.exchanges += 1
        self._settle(request.batch, reply.answers)
        was_busy = request.number == 1 or bool(request.batch.reports) or bool(reply.assignments)
        self._plan(request, reply.next_due_seconds, SECOND_LOOK_SECONDS if was_busy else self._poll_seconds)
        await self._take(request, reply.assignments)

    def _next_request(self) -> Request:
        work = self._work
        assert self._worker_id is not None
        self._number += 1
        batch = work.outbox.take()
        limits = [0] * len(work.capacity.queues) if self._draining or batch.is_suspect else work.capacity.ask()
        return Request(
            worker_id=self._worker_id,
            number=self._number,
            batch=batch,
            results=batch.encoded(),
            queues=list(work.capacity.queues),
            limits=limits,
        )

    async def _until_answered(self, request: Request) -> Exchange:
        while True:
            try:
                reply = await self._send(request)
            except Exception as error:
                trouble = trouble_of(error)
                if trouble is Trouble.REFUSED:
                    raise RefusedError(str(error)) from error
                if trouble is Trouble.TOO_SLOW:
                    raise TooSlowError from error
                if trouble is Trouble.LOST:
                    raise WorkerGoneError from error
                await self._back_off(error)
            else:
                self._backoff.reset()
                if self._lost:
                    raise WorkerGoneError
                return reply

    async def _send(self, request: Request) -> Exchange:
        if request.batch.reports:
            self._chaos.sent()
        began = self._clock.monotonic()
        try:
            return await self._control.exchange(request.worker_id, request.number, request.results, queues=request.queues, limits=request.limits)
        finally:
            self._statistics.exchange_seconds += self._clock.monotonic() - began

    async def _back_off(self, error: Exception) -> None:
        if self._lost:
            raise WorkerGoneError
        seconds = self._backoff.next_seconds()
        self._logger.warning(
            "no answer from the database, asking again in %.2f s: %s", seconds, str(error) or "no reply", extra={"event": "database_away"}
        )
        await self._clock.sleep(seconds)

    async def _refused(self, request: Request, refusal: RefusedError) -> None:
        """No batch is a poison: its halves go alone, then the one result that caused it becomes a failure that says why."""
        if request.batch.reports:
            culprit = self._work.outbox.refused(request.batch, result_refused(str(refusal)))
            if culprit is None:
                return
        self._logger.error("the database refuses an exchange: %s", refusal, extra={"event": "exchange_refused"})
        await self._clock.sleep(self._backoff.next_seconds())

    async def _split_slow(self, request: Request) -> None:
        """The results go one by one, so that only the slow one is slow again; then its execution fails, by a path that does little."""
        reports = request.batch.reports
        self._logger.warning("an exchange with %d results took too long and was undone", len(reports), extra={"event": "exchange_too_slow"})
        if reports and self._work.outbox.split_slow(request.batch):
            return
        for report in reports:
            more = {"event": "result_too_slow", "execution_id": report.execution_id, "assignment_id": report.assignment_id}
            self._logger.error("the database takes too long even to fail the execution %s; trying again", report.execution_id, extra=more)
        await self._clock.sleep(self._backoff.next_seconds())

    def _plan(self, request: Request, next_due_seconds: float | None, wait_seconds: float) -> None:
        self._wait_seconds = min(wait_seconds, self._poll_seconds)
        is_for_a_full_queue = next_due_seconds == 0 and not all(request.limits)
        if next_due_seconds is not None and not is_for_a_full_queue:
            self._wait_seconds = max(LEAST_SECONDS, min(self._wait_seconds, next_due_seconds))
            self._due_in(next_due_seconds)

    def _settle(self, batch: Batch, answers: Sequence[str] | None) -> None:
        """No answers at all: every result was taken."""
        if answers is None:
            return
        for report, answer in zip(batch.reports, answers, strict=True):
            if answer == "busy":
                self._clock.call_later(self._work.outbox.defer(report), self._work.send_again, report)
            elif answer not in SETTLED:
                self._logger.warning("a result was refused with %s", answer, extra={"event": "result_refused", "assignment_id": report.assignment_id})
                if not report.is_replacement:
                    self._work.outbox.replace(report, result_refused(answer))

    async def _take(self, request: Request, assignments: Sequence[Assignment]) -> None:
        claimed: Mapping[int, int] = {}
        if assignments:
            self._chaos.reach("after_claim")
            claimed = await self._claimed(assignments)
        if any(request.limits):
            self._work.capacity.answered(claimed)
