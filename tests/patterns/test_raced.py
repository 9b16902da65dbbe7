"""Every workflow pattern with two workers that race."""

from typing import Any

import pytest
from psycopg_pool import AsyncConnectionPool

from tests.model.database import Database
from tests.patterns import raced_form
from tests.patterns.cases.catalogue import SCENARIOS, scenario_id
from tests.patterns.pattern import Pattern, Scenario


@pytest.fixture
async def two_workers(pool: AsyncConnectionPool[Any]) -> tuple[Database, Database]:
    both = Database(pool), Database(pool)
    for one in both:
        await one.register()
    return both


@pytest.mark.parametrize("pair", SCENARIOS, ids=scenario_id)
async def test_pattern_raced(two_workers: tuple[Database, Database], pair: tuple[Pattern, Scenario]) -> None:
    _, scenario = pair
    await raced_form.run(two_workers, scenario, seed=1)


@pytest.mark.full
@pytest.mark.parametrize("pair", SCENARIOS, ids=scenario_id)
async def test_pattern_raced_again_and_again(two_workers: tuple[Database, Database], pair: tuple[Pattern, Scenario]) -> None:
    _, scenario = pair
    for seed in range(2, 12):
        await raced_form.run(two_workers, scenario, seed=seed)
