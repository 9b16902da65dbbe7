"""The raced form of a pattern: two workers on connections of their own, whose exchanges run at the same time."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from typing import Any

from tests.model.database import Claimed, Database
from tests.patterns.database_engine import DatabaseEngine, result_of
from tests.patterns.normal_form import Visit, check_end, check_given, may_answer
from tests.patterns.pattern import Answer, Scenario


class RacingWorker:
    """Claims and answers in batches of its own liking; sends again what was busy."""

    def __init__(self, database: Database, engine: DatabaseEngine, scenario: Scenario, dice: random.Random) -> None:
        self._database = database
        self._engine = engine
        self._scenario = scenario
        self._dice = dice
        self._tries: dict[Visit, int] = {}
        self.held: dict[Visit, Claimed] = {}

    async def turn(self, ended: frozenset[Visit]) -> bool:
        """Answer some, claim some, in one exchange; whether anything came of it."""
        ready = [visit for visit in self.held if may_answer(self._scenario, visit, ended)]
        self._dice.shuffle(ready)
        chosen = ready[: self._dice.randint(1, 3)]
        results = [result_of(self.held[visit], self._scenario.answers.get(visit.name, Answer())) for visit in chosen]
        for visit, sent in zip(chosen, results, strict=True):
            sent["tries"] = self._tries.get(visit, 0)
        answers, claimed = await self._database.exchange(results, room=self._dice.randint(1, 2))
        for visit, said in zip(chosen, answers, strict=True):
            self._take(visit, said)
        new = {self._engine.visit_of(one): one for one in claimed}
        check_given(self._scenario, {visit: one.input for visit, one in new.items()})
        self.held |= new
        return bool(chosen or new)

    def drop(self, ended: frozenset[Visit]) -> None:
        """What was cancelled under it."""
        self.held = {visit: one for visit, one in self.held.items() if visit not in ended}

    def _take(self, visit: Visit, said: str) -> None:
        if said == "busy":
            self._tries[visit] = self._tries.get(visit, 0) + 1
            return
        assert said in ("ok", "IL002"), f"{visit.name}: {said}"  # IL002: the other one's answer has just ended it
        del self.held[visit]


async def run(databases: Sequence[Database], scenario: Scenario, seed: int) -> None:
    """Play the scenario through, both workers at once, and compare."""
    observer = databases[0]
    engine = DatabaseEngine(observer)
    await engine.start(scenario)
    for database in databases:
        database.share_names(observer)
    workers = [RacingWorker(database, engine, scenario, random.Random(seed + number)) for number, database in enumerate(databases)]
    actions = list(scenario.actions)
    idle = 0
    while True:
        while await observer.tick():
            pass
        ended = await engine.ended()
        for worker in workers:
            worker.drop(ended)
        moved = await asyncio.gather(*(worker.turn(ended) for worker in workers))
        _check_held(scenario, workers)
        idle = 0 if any(moved) else idle + 1
        if idle < 2:
            continue
        if not actions:
            break
        action, idle = actions.pop(0), 0
        for execution in range(len(scenario.inputs)):
            await engine.act(execution, action)
    for execution in range(len(scenario.inputs)):
        check_end(scenario, await engine.end(execution))


def _check_held(scenario: Scenario, workers: Sequence[RacingWorker]) -> None:
    held: Mapping[Visit, Any] = {visit: one for worker in workers for visit, one in worker.held.items()}
    assert len(held) == sum(len(worker.held) for worker in workers), "both workers hold one visit"
    assert sum(visit.node in scenario.alone for visit in held) <= 1, f"together: {list(held)}"
