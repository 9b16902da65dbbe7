"""All interleavings of a worker's exchanges with a database that keeps the contract of `exchange`, over small cases.

The worker's own loop runs, with its outboxes and its capacity. Only time, the executors, the network and the database are played by the test, one
event at a time. A course is a list of events; every course is played from its beginning, and courses that lead to the same state are continued once.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import orjson

from interlock.backoff import Backoff
from interlock.controlplane import SlimExchange
from interlock.errors import DatabaseUnavailable, WorkerLost
from interlock.json_text import WrittenJson
from interlock.worker.chaos import Chaos
from interlock.worker.exchange import ExchangeLoop
from interlock.worker.held import HeldAssignment
from interlock.worker.lane import WorkerGivenUpError
from interlock.worker.outbox import Report
from interlock.worker.settings import WorkerSettings
from interlock.worker.statistics import Statistics
from interlock.worker.work import Work
from tests.worker.turned_clock import TurnedClock

Event = tuple[str, int]
WORKER: Final = UUID(int=7)
TURNS: Final = 12  # of the event loop, after which everything has happened that an event leads to
BACK_OFF_SECONDS: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What may happen in a case.

    Attributes:
        executions: the number of each; an odd one reports in the second lane.
        later: executions that start while the worker works; it is notified.
        visits: how many visits each execution has, one after the other.
        losses: how many requests or replies the network may lose.
    """

    executions: Sequence[int]
    later: Sequence[int] = ()
    visits: int = 2
    limit: int = 2
    lanes: int = 2
    losses: int = 0
    drains: bool = False
    gives_up: bool = False


@dataclass
class Sent:
    """A request on its way, or its reply."""

    number: int
    results: list[dict[str, Any]]
    limits: list[int]
    answered: "asyncio.Future[SlimExchange]"
    reply: SlimExchange | None = None


@dataclass
class PlayedDatabase:
    """Keeps the contract of `exchange`: a repeat in a lane returns the same, and what follows a result is handed over within the limit."""

    visits: int
    pending: list[str]
    running: dict[str, int] = field(default_factory=dict)  # the assignment, and the request that claimed it
    done: Counter[str] = field(default_factory=Counter)
    last: dict[int, tuple[int, list[str]]] = field(default_factory=dict)
    is_given_up: bool = False

    def exchange(self, sent: Sent) -> SlimExchange:
        if self.is_given_up:
            raise WorkerLost("given up")
        lane = sent.number % 2
        number, answers = self.last.get(lane, (0, []))
        assert sent.number >= number, "a request that is older than the last one of its lane"
        if sent.number > number:
            answers = [self._take(result["assignment_id"]) for result in sent.results]
            left = sent.limits[0]
            followers = [name for name in map(self._follower, [one["assignment_id"] for one in sent.results]) if name]
            self.pending[:0] = followers
            for name in self.pending[:left]:
                self.running[name] = sent.number
            del self.pending[:left]
            self.last[lane] = (sent.number, answers)
        claimed = [name for name, by in self.running.items() if by == sent.number]
        return SlimExchange(
            answers=answers, assignments=[assignment(name) for name in claimed], handed=[], now="", next_due_seconds=None if claimed else 0.0
        )

    def _take(self, name: str) -> str:
        if name not in self.running:
            return "IL002"
        del self.running[name]
        self.done[name] += 1
        return "ok"

    def _follower(self, name: str) -> str | None:
        execution, visit = name.split("/")
        return f"{execution}/{int(visit) + 1}" if int(visit) < self.visits else None


def assignment(name: str) -> Any:
    return {"execution_id": name.partition("/")[0], "assignment_id": name, "attempt": 1, "input": {}, "deadline_at": None}


class PlayedNode:
    queue = "default"


class PlayedExecutors:
    """Keeps what is executed until the course says that it has ended.

    Attributes:
        asking: who wants to be called when everything is begun; the course says when.
    """

    def __init__(self) -> None:
        self.begun: dict[str, HeldAssignment] = {}
        self.asking: list[Callable[[], None]] = []

    def call_when_begun(self, call: Callable[[], None]) -> None:
        self.asking.append(call)

    def submit(self, claimed: Iterable[HeldAssignment]) -> None:
        for held in claimed:
            assert held.assignment["assignment_id"] not in self.begun, "begun twice"
            self.begun[held.assignment["assignment_id"]] = held


class Play:
    """One course, from its beginning."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.database = PlayedDatabase(case.visits, [f"{number:x}/1" for number in case.executions])
        self.later = list(case.later)
        self.losses = case.losses
        self.can_drain, self.can_give_up = case.drains, case.gives_up
        self.is_draining = False
        self.wire: dict[int, Sent] = {}
        self.settled: Counter[str] = Counter()
        self.newest = {0: 0, 1: 0}  # the newest request of each lane
        self.broken: AssertionError | None = None
        self.clock = TurnedClock()
        statistics, logger = Statistics(), logging.getLogger("tests.lanes")
        logger.setLevel(logging.ERROR)
        settings = WorkerSettings(database_url="", queues={"default": case.limit}, exchanges_in_flight=case.lanes)
        self.executors = PlayedExecutors()
        self.work = Work(
            settings,
            never,
            close_executors=never_close,
            out_of_time=lambda: None,
            worn_out=lambda: None,
            chaos=Chaos(),
            clock=self.clock,
            statistics=statistics,
            logger=logger,
        )
        self.work._loops = self.executors  # type: ignore[assignment]  # the part that has threads
        self.loop = ExchangeLoop(
            [self] * case.lanes,  # type: ignore[list-item]  # it has the one method that is called
            self.work,
            begin=self.begin,
            expect_due_in=lambda _: None,
            listens=lambda: False,
            poll_seconds=3600.0,
            make_backoff=lambda: Backoff(BACK_OFF_SECONDS, BACK_OFF_SECONDS, jitter=0),
            chaos=Chaos(),
            clock=self.clock,
            statistics=statistics,
            logger=logger,
        )
        self.running = asyncio.create_task(self.loop.run(WORKER))

    async def exchange_slim(
        self, worker_id: UUID, request: int, results: WrittenJson, *, queues: Sequence[str], limits: list[int], offers: bool
    ) -> SlimExchange:
        """Takes the place of the control plane: waits until the course says how it ends."""
        lane = request % 2
        reported = orjson.loads(results.text)
        try:
            self.check_request(lane, request, reported, limits)
        except AssertionError as error:  # the lane would take it for a refusal
            self.broken = error
        self.newest[lane] = request
        sent = self.wire[lane] = Sent(request, reported, limits, asyncio.get_running_loop().create_future())
        try:
            return await sent.answered
        finally:
            if self.wire.get(lane) is sent:
                del self.wire[lane]

    def check_request(self, lane: int, request: int, reported: list[dict[str, Any]], limits: list[int]) -> None:
        assert lane not in self.wire, "two requests of one lane at once"
        others = list(self.wire.values())
        reported_by_others = {one["execution_id"] for sent in others for one in sent.results}
        assert reported_by_others.isdisjoint(one["execution_id"] for one in reported), "two exchanges report on one execution"
        if request == self.newest[lane]:
            return  # a repeat, with the limits of the first time
        assert request > self.newest[lane], "a number that is smaller than the one before"
        if any(limits):
            assert not self.is_draining, "it asks for work while it drains"
            assert reported or all(sent.results or not any(sent.limits) for sent in others), "both lanes ask without results"
            ended = len(reported) + sum(len(sent.results) for sent in others) + sum(map(len, self.work.outboxes))
            asked = limits[0] + sum(sent.limits[0] for sent in others)
            slots = self.case.limit + min(self.case.limit, ended)
            assert self.work.capacity.taken + asked <= slots, "it asks for more than it has capacity for"

    async def begin(self, reply: SlimExchange, _: Sequence[Report]) -> Mapping[int, int]:
        for claimed in reply.assignments:
            self.work.begin(claimed, PlayedNode())  # type: ignore[arg-type]  # of a node, only the queue is read
        self.work.submit()
        return {0: len(reply.assignments)}

    async def play(self, course: Iterable[Event]) -> None:
        await self.settle()
        for event in course:
            await self.happen(event)

    def enabled(self) -> list[Event]:
        """Returns what can happen next."""
        events: list[Event] = []
        for lane, sent in sorted(self.wire.items()):
            events.append(("reply", lane) if sent.reply is not None else ("commit", lane))
            if self.losses:
                events.append(("lose", lane))
        events += [("end", number) for number in range(len(self.executors.begun))]
        if self.executors.asking:
            events.append(("begun", 0))
        if self.later:
            events.append(("start", 0))
        if self.can_drain:
            events.append(("drain", 0))
        if self.can_give_up:
            events += [("give up", 0), ("give up", 1)]
        return events

    async def happen(self, event: Event) -> None:
        match event:
            case "commit", lane:
                self.commit(lane)
            case "reply", lane:
                self.deliver(lane)
            case "lose", lane:
                self.losses -= 1
                self.wire.pop(lane).answered.set_exception(DatabaseUnavailable("no answer"))
                await self.settle()
                self.clock.turn(BACK_OFF_SECONDS)
            case "end", number:
                name = list(self.executors.begun)[number]
                held = self.executors.begun.pop(name)
                self.work._ended((held, {"outcome": "completed", "output": {"name": name}}))
            case "begun", _:
                asking, self.executors.asking = self.executors.asking, []
                for call in asking:
                    call()
            case "start", _:
                self.database.pending.append(f"{self.later.pop(0):x}/1")
                self.work.capacity.expect_work()
                self.work.wake_lanes()
            case "drain", _:
                self.can_drain, self.is_draining = False, True
                self.loop.drain()
            case "give up", is_noticed:
                self.can_give_up = False
                self.database.is_given_up = True
                if is_noticed:
                    self.loop.give_up(WORKER)
        await self.settle()
        self.check()

    def commit(self, lane: int) -> None:
        sent = self.wire[lane]
        try:
            sent.reply = self.database.exchange(sent)
        except WorkerLost as error:
            del self.wire[lane]
            sent.answered.set_exception(error)

    def deliver(self, lane: int) -> None:
        sent = self.wire.pop(lane)
        assert sent.reply is not None
        for result, answer in zip(sent.results, sent.reply.answers or [], strict=True):
            assert answer == "ok", "a result is reported that the worker does not hold"
            self.settled[result["assignment_id"]] += 1
        sent.answered.set_result(sent.reply)

    async def settle(self) -> None:
        for _ in range(TURNS):
            await asyncio.sleep(0)

    def check(self) -> None:
        """Checks what is true at any time."""
        if self.broken is not None:
            raise self.broken
        most = 2 * self.case.limit if self.database.done else self.case.limit
        assert len(self.database.running) <= most, "more is claimed than there is capacity for"
        assert self.work.capacity.taken <= most
        assert max(self.settled.values(), default=0) <= 1, "a result was reported twice"
        assert max(self.database.done.values(), default=0) <= 1

    async def finish(self) -> None:
        """Lets everything happen that still can, without any poll, and checks what is true at the end."""
        for _ in range(200):
            if self.running.done():
                break
            events = [event for event in self.enabled() if event[0] in {"commit", "reply", "end", "begun"}]
            if not events:
                break
            await self.happen(events[0])
        if self.database.is_given_up:
            self.loop.give_up(WORKER)
            await self.settle()
            assert isinstance(self.running.exception(), WorkerGivenUpError)
            return
        assert self.settled == self.database.done, "a result has no settled answer"
        if self.is_draining:
            assert self.running.done(), "draining does not end"
            assert self.running.exception() is None
            assert not self.database.running, "something is claimed and nobody executes it"
        else:
            expected = (len(self.case.executions) + len(self.case.later) - len(self.later)) * self.case.visits
            assert self.database.done.total() == expected, "something waits, and no lane asks for it"

    async def close(self) -> None:
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)

    def state(self) -> Any:
        """Returns what the rest of the course depends on."""
        capacity = self.work.capacity
        return (
            tuple((lane, sent.number, str(sent.results), tuple(sent.limits), str(sent.reply)) for lane, sent in sorted(self.wire.items())),
            (tuple(self.executors.begun), len(self.executors.asking), tuple(lane.is_gathering for lane in self.loop._lanes)),
            tuple(self.database.pending),
            tuple(sorted(self.database.running.items())),
            tuple(sorted(self.database.last)),
            tuple(tuple(report.assignment_id for report in outbox._reports) for outbox in self.work.outboxes),
            (str(capacity._ended), str(capacity._asked), str(capacity._ahead), str(capacity._may_have_more), capacity.taken),
            (self.losses, self.can_drain, self.can_give_up, len(self.later), self.running.done()),
        )


async def never(*_: Any) -> Any:
    raise AssertionError("no executor runs here")


async def never_close() -> None:
    raise AssertionError("nothing is closed here")


async def play_all(case: Case, most: int) -> int:
    """Plays every course of a case, at most this many states. Returns how many states there were."""
    seen: set[Any] = set()
    courses: list[tuple[Event, ...]] = [()]
    while courses and len(seen) < most:
        course = courses.pop()
        play = Play(case)
        try:
            try:
                await play.play(course)
                state = play.state()
                if state not in seen:
                    seen.add(state)
                    courses += [(*course, event) for event in reversed(play.enabled())]
                    await play.finish()
            except AssertionError as error:
                raise AssertionError(f"{error}; the course: {course}") from error
        finally:
            await play.close()
    return len(seen)
