"""The raced form of a pattern: two workers, or the two lanes of one, on connections of their own, whose exchanges run at the same time.

A round is one exchange of each: both at once, or one inside the other: the first has done its work and holds its transaction open while the second
is on its way. What is held open is then committed, or rolled back and sent again, or committed with its reply lost and sent again.
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from typing import Any, cast

import psycopg

from tests.model.database import Claimed, Database
from tests.model.rows import Rows, differences
from tests.modes import Mode
from tests.patterns import normal_form
from tests.patterns.ahead import ahead_of
from tests.patterns.database_engine import DatabaseEngine, result_of
from tests.patterns.normal_form import Visit, check_end, check_given, may_answer
from tests.patterns.pattern import Answer, Scenario
from tests.patterns.racing_connection import Fate, Hold, RacingConnection

_NUMBERS = {"change_number", "token_number"}
_OF_CLAIMS = ("claim_request", "worker_id", "started_at", "due_at")
FATES: Sequence[Fate] = ("kept", "kept", "undone", "unheard")
BLOCKED_SECONDS = 20


class RacingWorker:
    """Claims and answers in batches of random size. It sends again what was answered `busy`."""

    def __init__(self, connection: RacingConnection, engine: DatabaseEngine, scenario: Scenario, dice: random.Random, *, run_ahead: bool) -> None:
        self.connection = connection
        self.database = Database(connection.pool)
        self._engine = engine
        self._scenario = scenario
        self._dice = dice
        self._runs_ahead = run_ahead
        self._tries: dict[Visit, int] = {}
        self.held: dict[Visit, Claimed] = {}

    async def turn(self, ended: frozenset[Visit]) -> bool:
        """Answer some and claim some in one exchange. Returns whether anything was answered or claimed."""
        ready = [visit for visit in self.held if may_answer(self._scenario, visit, ended)]
        self._dice.shuffle(ready)
        chosen = ready[: self._dice.randint(1, 3)]
        results = [result_of(self.held[visit], self._scenario.answers.get(visit.name, Answer())) for visit in chosen]
        for visit, sent in zip(chosen, results, strict=True):
            sent["tries"] = self._tries.get(visit, 0)
            if self._runs_ahead and (ahead := ahead_of(self._scenario, visit.node, self.database.number_of)):
                cast("dict[str, Any]", sent)["ahead"] = ahead
        answers, claimed = await self.database.exchange(results, capacity=self._dice.randint(1, 2))
        for visit, answer in zip(chosen, answers, strict=True):
            self._take(visit, answer)
        new = {self._engine.visit_of(one): one for one in claimed}
        check_given(self._scenario, {visit: one.input for visit, one in new.items()})
        self.held |= new
        return bool(chosen or new)

    def drop(self, ended: frozenset[Visit]) -> None:
        """Forget the visits that have ended, for example because an operator cancelled them."""
        self.held = {visit: one for visit, one in self.held.items() if visit not in ended}

    def _take(self, visit: Visit, answer: str) -> None:
        if answer == "busy":
            self._tries[visit] = self._tries.get(visit, 0) + 1
            return
        assert answer in ("ok", "IL002"), f"{visit.name}: {answer}"  # IL002: the answer of the other worker has just ended the visit
        del self.held[visit]


class Race:
    def __init__(
        self,
        observer: Database,
        watching: psycopg.AsyncConnection[Any],
        connections: Sequence[RacingConnection],
        seed: int,
        *,
        mode: Mode,
        replays_on: Database | None = None,
    ) -> None:
        self._observer = observer
        self._watching = watching
        self._connections = connections
        self._seed = seed
        self._mode = mode
        self._replays_on = replays_on

    async def run(self, scenario: Scenario) -> None:
        """Play the scenario to its end with both workers at once, and compare."""
        dice = random.Random(f"{scenario.name} {self._seed}")
        engine = DatabaseEngine(self._observer)
        await engine.start(scenario)
        workers = [
            RacingWorker(connection, engine, scenario, random.Random(dice.random()), run_ahead=self._mode.run_ahead)
            for connection in self._connections
        ]
        for worker in workers:
            if self._mode.lanes and worker is not workers[0]:
                worker.database.join_worker(workers[0].database)
            else:
                await worker.database.register()
            worker.database.share_names(self._observer)
        actions = list(scenario.actions)
        idle = 0
        while True:
            while await self._observer.tick():
                pass
            ended = await engine.ended()
            for worker in workers:
                worker.drop(ended)
            moved = await self._round(workers, ended, dice)
            _check_held(scenario, workers, await engine.ended())
            idle = 0 if moved else idle + 1
            if idle < 2:
                continue
            if not actions:
                break
            action, idle = actions.pop(0), 0
            for execution in range(len(scenario.inputs)):
                await engine.act(execution, action)
        for execution in range(len(scenario.inputs)):
            check_end(scenario, await engine.end(execution))
        if self._replays_on is not None:
            await self._compare_rows(scenario, engine, self._replays_on)
        for execution in range(len(scenario.inputs)):
            await self._observer.cancel(engine.executions[execution])  # so that what it leaves open does not reach into the next scenario

    async def _compare_rows(self, scenario: Scenario, engine: DatabaseEngine, alone: Database) -> None:
        """The same answers, one at a time, in the order in which they came, over the general path: all rows are equal."""
        again = DatabaseEngine(alone)
        await alone.register()
        await normal_form.run(again, scenario, order=await engine.in_order())
        rows = [
            await self._observer.read_rows(
                one.executions, {id_: str(place) for place, id_ in enumerate(one.executions)}, is_exact=False, in_time=False
            )
            for one in (engine, again)
        ]
        for place in range(len(scenario.inputs)):
            different = differences(*(comparable(found[str(place)]) for found in rows))
            assert not different, different
        for execution in again.executions:
            await alone.cancel(execution)

    async def _round(self, workers: Sequence[RacingWorker], ended: frozenset[Visit], dice: random.Random) -> bool:
        first, second = dice.sample(workers, 2)
        if dice.random() < 0.4:
            return any(await asyncio.gather(first.turn(ended), second.turn(ended)))
        hold = first.connection.hold = Hold(fate=dice.choice(FATES))
        holding = asyncio.create_task(first.turn(ended))
        await asyncio.wait([holding, asyncio.create_task(hold.executed.wait())], return_when=asyncio.FIRST_COMPLETED, timeout=BLOCKED_SECONDS)
        meeting = asyncio.create_task(second.turn(ended))
        await self._until_done_or_blocked(meeting, second.connection)
        hold.released.set()
        return any(await asyncio.gather(holding, meeting))

    async def _until_done_or_blocked(self, task: "asyncio.Task[bool]", connection: RacingConnection) -> None:
        """Until the exchange is done, or waits for a lock of the other one."""
        async with asyncio.timeout(BLOCKED_SECONDS):
            while not task.done():
                cursor = await self._watching.execute("select cardinality(pg_blocking_pids(%s)) > 0", (connection.info.backend_pid,))
                if await cursor.fetchone() == (True,):
                    return


def comparable(rows: Rows) -> Rows:
    """Without what depends on who was faster: in which order rows changed, and whether a visit that something else ended had been claimed by then."""
    found = {
        table: [{**row, **dict.fromkeys(_NUMBERS & row.keys())} for row in of_table] for table, of_table in rows.items() if table != "revocations"
    }
    for row in found["assignments"]:
        if row["status"] != "completed":
            row.update(dict.fromkeys(_OF_CLAIMS))
            row["error"] = {key: value for key, value in (row["error"] or {}).items() if key not in ("was", "due_at")}
    return found


def _check_held(scenario: Scenario, workers: Sequence[RacingWorker], ended: frozenset[Visit]) -> None:
    held: Mapping[Visit, Any] = {visit: one for worker in workers for visit, one in worker.held.items()}
    assert len(held) == sum(len(worker.held) for worker in workers), "both workers hold one visit"
    alone = [visit for visit in held if visit.node in scenario.alone and visit not in ended]
    assert len(alone) <= 1, f"together: {alone}"
