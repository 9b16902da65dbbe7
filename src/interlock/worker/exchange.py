"""Reports and claims: one exchange with the database at a time, while executors go on."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from interlock.backoff import Backoff
from interlock.clock import Clock
from interlock.controlplane import Assignment, ControlPlane, Exchange
from interlock.worker.answers import Failure, classify_failure
from interlock.worker.chaos import Chaos
from interlock.worker.outbox import Batch, result_refused
from interlock.worker.statistics import Statistics
from interlock.worker.work import Work

SETTLED: Final = frozenset({"ok", "repeated", "IL001", "IL002"})  # the last two: the assignment is no longer this worker's
SECOND_LOOK_SECONDS: Final = 0.05  # an execution that started just before the database knew this worker to be idle has woken nobody
MIN_PAUSE_SECONDS: Final = 0.02  # between two polls for something that is due and that another holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One exchange. It is sent again without a change until the database answers."""

    worker_id: UUID
    number: int
    batch: Batch
    results: Sequence[Any]
    queues: list[str]
    limits: list[int]


class WorkerGivenUpError(Exception):
    """The database has given up the worker of this id."""


class RefusedError(Exception):
    """The database does not accept the request."""


class TooSlowError(Exception):
    """The database ended the request because it took too long."""


class ExchangeLoop:
    """Reports results and claims assignments, whenever there are results or free slots.

    Results that arrive while an exchange is under way go with the next one. So batches form by themselves under load, and an idle worker reports at
    once.
    """

    def __init__(
        self,
        control: ControlPlane,
        work: Work,
        *,
        begin: Callable[[Sequence[Assignment]], Awaitable[Mapping[int, int]]],
        expect_due_in: Callable[[float], None],
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
        self._begin = begin
        self._expect_due_in = expect_due_in
        self._poll_seconds = self._wait_seconds = poll_seconds
        self._backoff = backoff
        self._chaos = chaos
        self._clock = clock
        self._logger = logger
        self._worker_id: UUID | None = None
        self._number = 0
        self._is_given_up = False
        self._draining = False

    def drain(self) -> None:
        """Claims nothing more; `run` returns when everything that the worker holds is reported."""
        self._draining = True
        self._work.changed.set()

    def give_up(self, worker_id: UUID) -> None:
        if worker_id == self._worker_id:
            self._is_given_up = True
            self._work.changed.set()

    async def run(self, worker_id: UUID) -> None:
        """Returns when the worker has drained.

        Raises:
            WorkerGivenUpError: register again with another id; what this one held is void.
        """
        self._worker_id, self._number, self._is_given_up = worker_id, 0, False
        while await self._wait_for_work():
            await self._exchange()

    async def _wait_for_work(self) -> bool:
        work = self._work
        while True:
            if self._is_given_up:
                raise WorkerGivenUpError
            if work.outbox or (work.capacity.should_ask and not self._draining):
                return True
            if self._draining and work.is_done:
                return False
            work.changed.clear()
            if not await self._clock.wait(work.changed, self._wait_seconds):
                work.capacity.expect_work()

    async def _exchange(self) -> None:
        request = self._next_request()
        self._chaos.reach("before_exchange")
        if request.batch.reports:
            self._chaos.reach("before_report")
        try:
            reply = await self._send_until_answered(request)
        except RefusedError as refusal:
            await self._handle_refusal(request, refusal)
            return
        except TooSlowError:
            await self._split_slow(request)
            return
        self._chaos.reach("after_reply")
        self._statistics.exchanges += 1
        self._apply_answers(request.batch, reply.answers)
        was_busy = request.number == 1 or bool(request.batch.reports) or bool(reply.assignments)
        self._plan_next(request, reply.next_due_seconds, SECOND_LOOK_SECONDS if was_busy else self._poll_seconds)
        await self._begin_claimed(request, reply.assignments)

    def _next_request(self) -> Request:
        work = self._work
        assert self._worker_id is not None
        self._number += 1
        batch = work.outbox.take()
        limits = [0] * len(work.capacity.queues) if self._draining or batch.is_suspect else work.capacity.next_limits()
        return Request(
            worker_id=self._worker_id,
            number=self._number,
            batch=batch,
            results=batch.encoded(),
            queues=list(work.capacity.queues),
            limits=limits,
        )

    async def _send_until_answered(self, request: Request) -> Exchange:
        while True:
            try:
                reply = await self._send(request)
            except Exception as error:
                trouble = classify_failure(error)
                if trouble is Failure.REFUSED:
                    raise RefusedError(str(error)) from error
                if trouble is Failure.TOO_SLOW:
                    raise TooSlowError from error
                if trouble is Failure.LOST:
                    raise WorkerGivenUpError from error
                await self._back_off(error)
            else:
                self._backoff.reset()
                if self._is_given_up:
                    raise WorkerGivenUpError
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
        if self._is_given_up:
            raise WorkerGivenUpError
        seconds = self._backoff.next_seconds()
        self._logger.warning(
            "no answer from the database, asking again in %.2f s: %s", seconds, str(error) or "no reply", extra={"event": "database_away"}
        )
        await self._clock.sleep(seconds)

    async def _handle_refusal(self, request: Request, refusal: RefusedError) -> None:
        """Sends the halves of the batch alone, and so on, until one result is left: that one becomes a failure that says why."""
        if request.batch.reports:
            culprit = self._work.outbox.split_refused(request.batch, result_refused(str(refusal)))
            if culprit is None:
                return
        self._logger.error("the database refuses an exchange: %s", refusal, extra={"event": "exchange_refused"})
        await self._clock.sleep(self._backoff.next_seconds())

    async def _split_slow(self, request: Request) -> None:
        """Sends the results one by one, so that only the slow one is slow again. Then its execution fails, by a path that does little work."""
        reports = request.batch.reports
        self._logger.warning("an exchange with %d results took too long and was undone", len(reports), extra={"event": "exchange_too_slow"})
        if reports and self._work.outbox.split_slow(request.batch):
            return
        for report in reports:
            more = {"event": "result_too_slow", "execution_id": report.execution_id, "assignment_id": report.assignment_id}
            self._logger.error("the database takes too long even to fail the execution %s; trying again", report.execution_id, extra=more)
        await self._clock.sleep(self._backoff.next_seconds())

    def _plan_next(self, request: Request, next_due_seconds: float | None, wait_seconds: float) -> None:
        self._wait_seconds = min(wait_seconds, self._poll_seconds)
        is_for_a_full_queue = next_due_seconds == 0 and not all(request.limits)
        if next_due_seconds is not None and not is_for_a_full_queue:
            self._wait_seconds = max(MIN_PAUSE_SECONDS, min(self._wait_seconds, next_due_seconds))
            self._expect_due_in(next_due_seconds)

    def _apply_answers(self, batch: Batch, answers: Sequence[str] | None) -> None:
        """Applies one answer to each result. None instead of answers: the database took every result."""
        if answers is None:
            return
        for report, answer in zip(batch.reports, answers, strict=True):
            if answer == "busy":
                self._clock.call_later(self._work.outbox.defer_report(report), self._work.send_again, report)
            elif answer not in SETTLED:
                self._logger.warning("a result was refused with %s", answer, extra={"event": "result_refused", "assignment_id": report.assignment_id})
                if not report.is_replacement:
                    self._work.outbox.replace(report, result_refused(answer))

    async def _begin_claimed(self, request: Request, assignments: Sequence[Assignment]) -> None:
        claimed: Mapping[int, int] = {}
        if assignments:
            self._chaos.reach("after_claim")
            claimed = await self._begin(assignments)
        if any(request.limits):
            self._work.capacity.note_claimed(claimed)
