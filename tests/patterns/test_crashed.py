"""Every workflow pattern with a worker process that dies after every transition in turn."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from psycopg_pool import AsyncConnectionPool

from tests.modes import PATHS, USUAL, Mode
from tests.patterns import crashed_form
from tests.patterns.cases.catalogue import SCENARIOS, scenario_id
from tests.patterns.crashed_form import Graveyard, Run
from tests.patterns.dying_worker import HOWS

Play = Callable[[int], Run]
NUMBERS = range(len(SCENARIOS))
SAMPLED_PATTERNS = (2, 3, 10, 20, 29, 31, 39)
"""The first scenario of each of these is quick enough for the normal run."""
FIRSTS = {next(number for number in NUMBERS if SCENARIOS[number][0].number == pattern) for pattern in SAMPLED_PATTERNS}


def number_id(number: int) -> str:
    return scenario_id(SCENARIOS[number])


@pytest.fixture(scope="module")
def grave() -> Iterator[Graveyard]:
    with crashed_form.graveyard() as opened:
        yield opened


def sampled() -> Iterator[Any]:
    """Each scenario in each mode. In the usual run those that are quick enough, in the usual mode, and every other one without the lean path."""
    for number in NUMBERS:
        for mode in PATHS:
            is_sampled = number in FIRSTS and (mode == USUAL or sorted(FIRSTS).index(number) % 2)
            yield pytest.param(number, mode, marks=() if is_sampled else pytest.mark.full, id=f"{number_id(number)}-{mode.name}")


@pytest.fixture
async def play(database_url: str, grave: Graveyard, mode: Mode) -> AsyncIterator[Play]:
    await mode.prepare(database_url)
    async with AsyncConnectionPool[Any](database_url, min_size=1, max_size=8, open=False, kwargs={"autocommit": True}) as pool:
        yield lambda number: Run(database_url, pool, grave, number)


@pytest.mark.parametrize(("number", "mode"), list(sampled()))
async def test_pattern_with_a_worker_for_every_transition(play: Play, number: int) -> None:
    """Each worker dies when it has reported once: the first before it reads the reply, the next after it, and so on in turn."""
    deaths = await crashed_form.die_every_time(play(number), ("unheard", "untold"))
    assert deaths >= crashed_form.least_reports(SCENARIOS[number][1])


@pytest.mark.full
@pytest.mark.parametrize("mode", PATHS, ids=lambda mode: mode.name)
@pytest.mark.parametrize("number", NUMBERS, ids=number_id)
async def test_pattern_with_one_death_at_every_transition(play: Play, number: int) -> None:
    """A worker dies at each call that changes something: unsent, with its reply lost, and after it. Then its lease runs out, or it is stopped."""
    moving = (await crashed_form.normal(play(number))).moving
    assert len(moving) >= crashed_form.least_reports(SCENARIOS[number][1])
    for at in moving:
        for how in HOWS:
            await crashed_form.die_once(play(number), at, how)
        await crashed_form.die_once(play(number), at, "unheard", by_lease=False)
