"""Every workflow pattern with two workers that race."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from psycopg_pool import AsyncConnectionPool

from tests.conftest import Connect
from tests.model.database import Database
from tests.patterns.cases.catalogue import PATTERNS, SCENARIOS, scenario_id
from tests.patterns.pattern import Pattern, Scenario
from tests.patterns.raced_form import Race
from tests.patterns.racing_connection import RacingConnection

StartRace = Callable[[int], Race]
FIRSTS = [pattern.scenarios[0] for pattern in PATTERNS]
SAMPLED = [pytest.param(pair, marks=() if pair[1] in FIRSTS else pytest.mark.full, id=scenario_id(pair)) for pair in SCENARIOS]


@pytest.fixture
async def race(database_url: str, pool: AsyncConnectionPool[Any], connect: Connect) -> AsyncIterator[StartRace]:
    """A race of two, with its seed."""
    async with AsyncExitStack() as stack:
        racing = [await stack.enter_async_context(await RacingConnection.connect(database_url, autocommit=True)) for _ in range(2)]
        watching = await connect()
        yield lambda seed: Race(Database(pool), watching, racing, seed)


@pytest.mark.parametrize("pair", SAMPLED)
async def test_pattern_raced(race: StartRace, pair: tuple[Pattern, Scenario]) -> None:
    _, scenario = pair
    await race(1).run(scenario)


@pytest.mark.full
@pytest.mark.parametrize("pair", SCENARIOS, ids=scenario_id)
async def test_pattern_raced_again_and_again(race: StartRace, pair: tuple[Pattern, Scenario]) -> None:
    _, scenario = pair
    for seed in range(2, 22):
        await race(seed).run(scenario)
