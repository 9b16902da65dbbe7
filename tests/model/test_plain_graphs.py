"""Graphs of which most results are plain: the lean path and the general one come to the same rows, and the lean path takes most results."""

from collections.abc import AsyncIterator, Sequence

import pytest

from tests.controlplane.general_path import WATCH
from tests.model import driver
from tests.model.driver import Run
from tests.model.graphs import SeededChooser
from tests.model.plain import PlainRun, plain_definition
from tests.model.twins import Twins, twins
from tests.servers import TestServer

TOGETHER = 30


@pytest.fixture
async def both(database: Twins) -> Twins:
    """Two workers, of which one can run special steps; the general path writes down what comes to it."""
    await database.add_special_worker()
    await database.execute(WATCH)
    return database


@pytest.fixture
async def with_less_capacity(server: TestServer) -> AsyncIterator[Twins]:
    """One worker, which can run all steps. When it has less capacity than there are successors, those over the lean path are handed over first."""
    async with twins(server, is_exact=False) as both:
        for one in (both, both.other):
            await one.execute("update interlock.workers set node_types = '{TEST_NODE/SPECIAL}'")
        await both.execute(WATCH)
        yield both


async def test_a_sample_of_plain_graphs_agrees_and_most_results_go_over_the_lean_path(both: Twins) -> None:
    await _play_all(both, range(120), capacities=(500, 0))


async def test_a_sample_of_plain_graphs_agrees_where_a_worker_has_less_capacity(with_less_capacity: Twins) -> None:
    await _play_all(with_less_capacity, range(5_000, 5_090), capacities=(1, 7, 20))


async def test_a_sample_of_plain_graphs_agrees_with_two_exchanges_in_flight(in_lanes: Twins) -> None:
    await in_lanes.add_special_worker()
    await in_lanes.execute(WATCH)
    await _play_all(in_lanes, range(8_000, 8_090), capacities=(500, 0))


@pytest.mark.full
@pytest.mark.parametrize("part", range(4))
async def test_many_plain_graphs_agree(both: Twins, part: int) -> None:
    await _play_all(both, range(4_000_000 + part * 900, 4_000_900 + part * 900), capacities=(500, 0))


@pytest.mark.full
@pytest.mark.parametrize("part", range(4))
async def test_many_plain_graphs_agree_where_a_worker_has_less_capacity(with_less_capacity: Twins, part: int) -> None:
    await _play_all(with_less_capacity, range(5_000_000 + part * 900, 5_000_900 + part * 900), capacities=(1, 7, 20))


async def _play_all(both: Twins, seeds: Sequence[int], *, capacities: Sequence[int]) -> None:
    for place, first in enumerate(seeds[::TOGETHER]):
        both.capacity = capacities[place % len(capacities)]
        choosers = [SeededChooser(seed) for seed in range(first, first + TOGETHER)]
        runs = [PlainRun(definition=plain_definition(chooser), chooser=chooser) for chooser in choosers]
        await driver.play(both, runs)
        retries = await driver.start_retries(both, [(run, _some_node(run)) for run in runs])
        await driver.play_on(both, retries)
    (left,) = await both.row("select count(*) from left_over")
    (pending,) = await both.row(
        """select count(*) from interlock.assignments a join interlock.assignments b on b.execution_id = a.execution_id
           and b.id = a.previous_assignment_id where a.started_at > b.ended_at"""
    )
    (special,) = await both.row(
        "select count(*) from interlock.assignments a join interlock.nodes n using (version_id, node_no) where n.requires <> ''"
    )
    assert left < both.result_count / 2, f"{left} of {both.result_count} results came to the general path"
    assert min(pending, special) > len(seeds) / 2, "of all that the lean path has to do, there is much"


def _some_node(run: Run) -> str:
    names = sorted({key.node for key in run.state.assignments})
    return names[run.chooser.below(len(names))]
