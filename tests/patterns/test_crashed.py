"""Every workflow pattern with a worker process that dies after every transition in turn."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from psycopg_pool import AsyncConnectionPool

from tests.modes import MODES, USUAL, Mode
from tests.patterns import crashed_form
from tests.patterns.cases.catalogue import SCENARIOS, scenario_id
from tests.patterns.crashed_form import Graveyard, Run
from tests.patterns.dying_worker import HOWS

Play = Callable[[int], Run]
NUMBERS = range(len(SCENARIOS))
SAMPLED_PATTERNS = (2, 3, 10, 20, 29, 31, 39)
"""The first scenario of each of these is quick enough for the normal run."""
ONE_DEATH = (USUAL, Mode(is_lean=False), Mode(lanes=True, run_ahead=True))
"""A death at each call of each scenario takes long, so it is not played in every mode."""
FIRSTS = {next(number for number in NUMBERS if SCENARIOS[number][0].number == pattern) for pattern in SAMPLED_PATTERNS}


def number_id(number: int) -> str:
    return scenario_id(SCENARIOS[number])


@pytest.fixture(scope="module")
def grave() -> Iterator[Graveyard]:
    with crashed_form.graveyard() as opened:
        yield opened


def sampled() -> Iterator[Any]:
    """Each scenario in each mode. In the usual run those that are quick enough, in the usual mode, and in one other, another for the next."""
    for number in NUMBERS:
        for mode in MODES:
            is_sampled = number in FIRSTS and mode in (USUAL, MODES[1 + sorted(FIRSTS).index(number) % 5])
            yield pytest.param(number, mode, marks=() if is_sampled else pytest.mark.full, id=f"{number_id(number)}-{mode.name}")


@pytest.fixture
async def play(database_url: str, grave: Graveyard, mode: Mode) -> AsyncIterator[Play]:
    await mode.prepare(database_url)
    async with AsyncConnectionPool[Any](database_url, min_size=1, max_size=8, open=False, kwargs={"autocommit": True}) as pool:
        yield lambda number: Run(database_url, pool, grave, number, mode)


@pytest.mark.parametrize(("number", "mode"), list(sampled()))
async def test_pattern_with_a_worker_for_every_transition(play: Play, number: int, mode: Mode) -> None:
    """Each worker dies when it has reported once: the first before it reads the reply, the next after it, and so on in turn."""
    deaths = await crashed_form.die_every_time(play(number), ("unheard", "untold"))
    assert mode.run_ahead or deaths >= crashed_form.least_reports(SCENARIOS[number][1])


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode.is_lean], ids=lambda mode: mode.name)
async def test_a_sequence_is_reported_with_what_ran_ahead(play: Play, mode: Mode) -> None:
    [number] = [number for number in NUMBERS if SCENARIOS[number][0].number == 1][:1]
    deaths = await crashed_form.die_every_time(play(number), ("unheard", "untold"))
    assert (deaths < crashed_form.least_reports(SCENARIOS[number][1])) == mode.run_ahead


@pytest.mark.full
@pytest.mark.parametrize("mode", ONE_DEATH, ids=lambda mode: mode.name)
@pytest.mark.parametrize("number", NUMBERS, ids=number_id)
async def test_pattern_with_one_death_at_every_transition(play: Play, number: int, mode: Mode) -> None:
    """A worker dies at each call that changes something: unsent, with its reply lost, and after it. Then its lease runs out, or it is stopped."""
    moving = (await crashed_form.normal(play(number))).moving
    assert mode.run_ahead or len(moving) >= crashed_form.least_reports(SCENARIOS[number][1])
    for at in moving:
        for how in HOWS:
            await crashed_form.die_once(play(number), at, how)
        await crashed_form.die_once(play(number), at, "unheard", by_lease=False)
