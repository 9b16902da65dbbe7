"""A lane: one of the sequences of exchanges of a worker. It sends one request at a time, until the database has answered it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from interlock.backoff import Backoff
from interlock.clock import Clock
from interlock.controlplane import SlimExchange
from interlock.json_text import WrittenJson
from interlock.worker.answers import Failure, classify_failure
from interlock.worker.chaos import Chaos
from interlock.worker.exchange_connection import Exchanger
from interlock.worker.outbox import Batch, Outbox, result_refused
from interlock.worker.statistics import Statistics

LANES: Final = 2  # the database tells the lanes of a worker apart by the parity of the request's number
SETTLED: Final = frozenset({"ok", "repeated", "IL001", "IL002"})  # the last two: the assignment is no longer this worker's


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One exchange. It is sent again without a change until the database answers."""

    worker_id: UUID
    number: int
    batch: Batch
    results: WrittenJson
    queues: Sequence[str]
    limits: list[int]
    offers: bool


class WorkerGivenUpError(Exception):
    """The database has given up the worker of this id."""


class RefusedError(Exception):
    """The database does not accept the request."""


class TooSlowError(Exception):
    """The database ended the request because it took too long."""


class Lane:
    """Sends the results of its outbox, over a connection of its own, in requests whose numbers only grow.

    Attributes:
        is_under_way: whether a request has no answer yet, or what it claimed is still being begun.
        is_gathering: whether it has results and waits for those of what was just begun.
        is_given_up: set when the database has given the worker up.
    """

    def __init__(
        self,
        index: int,
        exchanger: Exchanger,
        outbox: Outbox,
        *,
        backoff: Backoff,
        chaos: Chaos,
        clock: Clock,
        statistics: Statistics,
        logger: logging.Logger,
    ) -> None:
        self.index = index
        self.outbox = outbox
        self.is_under_way = False
        self.is_gathering = False
        self.is_given_up = False
        self._exchanger = exchanger
        self._backoff = backoff
        self._chaos = chaos
        self._clock = clock
        self._statistics = statistics
        self._logger = logger
        self._worker_id: UUID | None = None
        self._number = index

    def begin(self, worker_id: UUID) -> None:
        """Begins with the first request of a worker id."""
        self._worker_id = worker_id
        self._number = self.index if self.index > 0 else LANES
        self.is_under_way = self.is_gathering = self.is_given_up = False

    async def next_request(self, batch: Batch, queues: Sequence[str], limits: list[int], *, offers: bool) -> Request:
        """Returns the next request; `offers` says whether starts may begin visits for this worker until its next one."""
        assert self._worker_id is not None
        results = await self._encode(batch)
        request = Request(worker_id=self._worker_id, number=self._number, batch=batch, results=results, queues=queues, limits=limits, offers=offers)
        self._number += LANES
        return request

    async def _encode(self, batch: Batch) -> WrittenJson:
        while True:
            try:
                return batch.encoded()
            except MemoryError:
                await self._wait_for_memory()

    async def exchange(self, request: Request) -> SlimExchange | None:
        """Sends a request until the database answers, and applies the answers to its results.

        Returns:
            None if the database did not accept it, or ended it because it took too long; what it reported is in the outbox again.

        Raises:
            WorkerGivenUpError: the worker's id is void.
        """
        self._chaos.reach("before_exchange")
        if request.batch.reports:
            self._chaos.reach("before_report")
        try:
            reply = await self._send_until_answered(request)
        except RefusedError as refusal:
            await self._handle_refusal(request, refusal)
            return None
        except TooSlowError:
            await self._split_slow(request)
            return None
        self._chaos.reach("after_reply")
        self._statistics.exchanges += 1
        self._apply_answers(request.batch, reply.answers)
        return reply

    async def _send_until_answered(self, request: Request) -> SlimExchange:
        while True:
            began = self._clock.monotonic()
            if request.batch.reports:
                self._chaos.sent()
            try:
                reply = await self._exchanger.exchange_slim(
                    request.worker_id, request.number, request.results, queues=request.queues, limits=request.limits, offers=request.offers
                )
            except MemoryError:
                await self._wait_for_memory()
                continue
            except Exception as error:
                trouble = classify_failure(error)
                if trouble is Failure.REFUSED:
                    raise RefusedError(str(error)) from error
                if trouble is Failure.TOO_SLOW:
                    raise TooSlowError from error
                if trouble is Failure.LOST:
                    raise WorkerGivenUpError from error
                failure = error
            else:
                self._backoff.reset()
                if self.is_given_up:
                    raise WorkerGivenUpError
                return reply
            finally:
                self._statistics.exchange_seconds += self._clock.monotonic() - began
            await self._back_off(failure)

    async def _wait_for_memory(self) -> None:
        """Waits until an executor may have let go of what it took. Then what failed is done again; the database knows a repeat."""
        self._logger.error("the worker is out of memory, trying again", extra={"event": "out_of_memory"})
        await self._clock.sleep(self._backoff.next_seconds())

    async def _back_off(self, error: Exception) -> None:
        if self.is_given_up:
            raise WorkerGivenUpError
        seconds = self._backoff.next_seconds()
        self._logger.warning(
            "no answer from the database, asking again in %.2f s: %s", seconds, str(error) or "no reply", extra={"event": "database_away"}
        )
        await self._clock.sleep(seconds)

    async def _handle_refusal(self, request: Request, refusal: RefusedError) -> None:
        """Sends the halves of the batch alone, and so on, until one result is left: that one becomes a failure that says why."""
        if request.batch.reports:
            culprit = self.outbox.split_refused(request.batch, result_refused(str(refusal)))
            if culprit is None:
                return
        self._logger.error("the database refuses an exchange: %s", refusal, extra={"event": "exchange_refused"})
        await self._clock.sleep(self._backoff.next_seconds())

    async def _split_slow(self, request: Request) -> None:
        """Sends the results one by one, so that only the slow one is slow again. Then its execution fails, by a path that does little work."""
        reports = request.batch.reports
        self._logger.warning("an exchange with %d results took too long and was undone", len(reports), extra={"event": "exchange_too_slow"})
        if reports and self.outbox.split_slow(request.batch):
            return
        for report in reports:
            more = {"event": "result_too_slow", "execution_id": report.execution_id, "assignment_id": report.assignment_id}
            self._logger.error("the database takes too long even to fail the execution %s; trying again", report.execution_id, extra=more)
        await self._clock.sleep(self._backoff.next_seconds())

    def _apply_answers(self, batch: Batch, answers: Sequence[str] | None) -> None:
        """Applies one answer to each result. None instead of answers: the database took every result."""
        if answers is None:
            return
        for report, answer in zip(batch.reports, answers, strict=True):
            if answer == "busy":
                self._clock.call_later(self.outbox.defer_report(report), self.outbox.send_again, report)
            elif answer not in SETTLED:
                self._logger.warning("a result was refused with %s", answer, extra={"event": "result_refused", "assignment_id": report.assignment_id})
                if not report.is_replacement:
                    self.outbox.replace(report, result_refused(answer))
