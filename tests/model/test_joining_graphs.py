"""Graphs of steps that fork and join again: the short way into joins and the general path come to the same rows, and many results take it."""

from collections.abc import AsyncIterator, Sequence

import pytest

from tests.controlplane.general_path import WATCH_JOINS
from tests.model import driver
from tests.model.graphs import SeededChooser
from tests.model.joining import JoiningRun, joining_definition
from tests.model.twins import Twins, twins
from tests.servers import TestServer

TOGETHER = 30


@pytest.fixture
async def both(database: Twins) -> Twins:
    """Two workers, of which one can run special steps; what goes straight to joins is written down."""
    await database.add_special_worker()
    await database.execute(WATCH_JOINS)
    return database


@pytest.fixture
async def with_less_capacity(server: TestServer) -> AsyncIterator[Twins]:
    """One worker, which can run all steps. When it has less capacity than there are successors, another one may be handed over."""
    async with twins(server, is_exact=False) as both:
        for one in (both, both.other):
            await one.execute("update interlock.workers set node_types = '{TEST_NODE/SPECIAL}'")
        await both.execute(WATCH_JOINS)
        yield both


async def test_a_sample_of_joining_graphs_agrees_and_many_results_go_straight_to_joins(both: Twins) -> None:
    await _play_all(both, range(120), capacities=(500, 0))


async def test_a_sample_of_joining_graphs_agrees_where_a_worker_has_less_capacity(with_less_capacity: Twins) -> None:
    await _play_all(with_less_capacity, range(7_000, 7_090), capacities=(1, 7, 20))


async def test_a_sample_of_joining_graphs_agrees_with_two_exchanges_in_flight(in_lanes: Twins) -> None:
    await in_lanes.add_special_worker()
    await in_lanes.execute(WATCH_JOINS)
    await _play_all(in_lanes, range(200, 290), capacities=(500, 0))


@pytest.mark.full
@pytest.mark.parametrize("part", range(4))
async def test_many_joining_graphs_agree(both: Twins, part: int) -> None:
    await _play_all(both, range(6_000_000 + part * 900, 6_000_900 + part * 900), capacities=(500, 0))


@pytest.mark.full
@pytest.mark.parametrize("part", range(4))
async def test_many_joining_graphs_agree_where_a_worker_has_less_capacity(with_less_capacity: Twins, part: int) -> None:
    await _play_all(with_less_capacity, range(7_000_000 + part * 900, 7_000_900 + part * 900), capacities=(1, 7, 20))


async def _play_all(both: Twins, seeds: Sequence[int], *, capacities: Sequence[int]) -> None:
    for place, first in enumerate(seeds[::TOGETHER]):
        both.capacity = capacities[place % len(capacities)]
        choosers = [SeededChooser(seed) for seed in range(first, first + TOGETHER)]
        runs = [JoiningRun(definition=joining_definition(chooser), chooser=chooser) for chooser in choosers]
        await driver.play(both, runs)
    (joined, merged) = await both.row(
        """select count(*), count(*) filter (where j.place > 1)
           from (select row_number() over (partition by t.execution_id, t.join_node) as place
                 from joined j join interlock.tokens t on t.execution_id = j.execution_id and t.from_assignment_id = j.assignment_id) j"""
    )
    assert joined > both.result_count / 8, f"{joined} of {both.result_count} results went straight to joins"
    assert merged > len(seeds) / 30, "now and then several to one join"
