"""Every workflow pattern with two workers that race."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any, cast

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from tests.model.database import Database
from tests.modes import MODES, USUAL, Mode
from tests.patterns.cases.catalogue import PATTERNS, SCENARIOS, scenario_id
from tests.patterns.pattern import Pattern, Scenario
from tests.patterns.raced_form import Race
from tests.patterns.racing_connection import OneConnection, RacingConnection

StartRace = Callable[[int], Race]
FIRSTS = [pattern.scenarios[0] for pattern in PATTERNS]


def cases() -> Iterator[Any]:
    """Each scenario in each mode. In the usual run: the first of each pattern in the usual mode, and in one other, which is another for the next."""
    for place, pair in enumerate(SCENARIOS):
        for mode in MODES:
            is_sampled = pair[1] in FIRSTS and mode in (USUAL, MODES[1 + place % 5])
            yield pytest.param(pair, mode, marks=() if is_sampled else pytest.mark.full, id=f"{scenario_id(pair)}-{mode.name}")


@pytest.fixture
async def race(database_url: str, mode: Mode) -> AsyncIterator[StartRace]:
    """A race of two, with its seed."""
    await mode.prepare(database_url)
    async with AsyncExitStack() as stack:
        pool = AsyncConnectionPool[Any](database_url, min_size=1, max_size=8, open=False, kwargs={"autocommit": True})
        await stack.enter_async_context(pool)
        racing = [await stack.enter_async_context(await RacingConnection.connect(database_url, autocommit=True)) for _ in range(2)]
        watching = await stack.enter_async_context(await psycopg.AsyncConnection.connect(database_url, autocommit=True))
        alone = await stack.enter_async_context(await psycopg.AsyncConnection.connect(database_url, autocommit=True))
        await alone.execute("set interlock.lean_path = off")
        replays_on = Database(cast("AsyncConnectionPool[Any]", OneConnection(alone))) if mode != USUAL else None
        yield lambda seed: Race(Database(pool), watching, racing, seed, mode=mode, replays_on=replays_on)


@pytest.mark.parametrize(("pair", "mode"), list(cases()))
async def test_pattern_raced(race: StartRace, pair: tuple[Pattern, Scenario]) -> None:
    _, scenario = pair
    await race(1).run(scenario)


@pytest.mark.full
@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
@pytest.mark.parametrize("pair", SCENARIOS, ids=scenario_id)
async def test_pattern_raced_again_and_again(race: StartRace, pair: tuple[Pattern, Scenario]) -> None:
    _, scenario = pair
    for seed in range(2, 12):
        await race(seed).run(scenario)
