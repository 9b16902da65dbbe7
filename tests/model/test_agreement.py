"""The database and the reference agree on every assignment of every graph, whatever is answered in whatever order."""

from collections.abc import Iterable, Iterator
from itertools import islice, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.model import driver
from tests.model.dangerous import CASES
from tests.model.database import Database
from tests.model.driver import Run
from tests.model.graphs import Definition, DrawnChooser, SeededChooser, all_definitions_of_three, definitions, flow, random_definition, step, workflow
from tests.model.scripts import Case, read_step, seen

TOGETHER = 50


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_dangerous_graph(database: Database, case: Case) -> None:
    run = Run(definition=case.definition, chooser=SeededChooser(0))
    await driver.start(database, [run])
    assert seen(run.state) == case.begins
    for happens, then in case.then:
        await driver.take_steps(database, [run], [read_step(run.state, happens)], [run])
        assert seen(run.state) == then, happens


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(definition=definitions(), data=st.data())
async def test_random_graphs_agree(database: Database, definition: Definition, data: st.DataObject) -> None:
    await driver.play(database, [Run(definition=definition, chooser=DrawnChooser(data.draw))])


async def test_a_sample_of_graphs_agrees(database: Database) -> None:
    await _play_all(database, _sampled(sizes=(2, 3, 4, 5, 6), count=200))


async def test_a_sample_of_graphs_agrees_with_two_exchanges_in_flight(in_lanes: Database) -> None:
    await _play_all(in_lanes, _sampled(sizes=(3, 4, 5, 6), count=100))


@pytest.mark.full
@pytest.mark.parametrize("part", range(8))
async def test_all_graphs_of_three_nodes_agree(database: Database, part: int) -> None:
    runs = (Run(definition=definition, chooser=SeededChooser(seed)) for seed, definition in enumerate(all_definitions_of_three()))
    await _play_all(database, islice(runs, part, None, 8))


@pytest.mark.full
@pytest.mark.parametrize("part", range(10))
async def test_many_graphs_of_four_to_six_nodes_agree(database: Database, part: int) -> None:
    await _play_all(database, _sampled(sizes=(4, 5, 6), count=1000, first_seed=1_000_000 + part * 1000))


def _sampled(*, sizes: tuple[int, ...], count: int, first_seed: int = 0) -> Iterator[Run]:
    for seed in range(first_seed, first_seed + count):
        chooser = SeededChooser(seed)
        yield Run(definition=random_definition(chooser, sizes[seed % len(sizes)]), chooser=chooser)


async def _play_all(database: Database, runs: Iterable[Run]) -> None:
    waiting = iter(runs)
    while together := list(islice(waiting, TOGETHER)):
        await driver.play(database, together)


@pytest.mark.parametrize("length", range(97, 103))
async def test_a_join_goes_also_where_the_transaction_has_had_its_waves(database: Database, length: int) -> None:
    names = [f"P{number}" for number in range(length)]
    nodes = [*(flow(name, "JOIN") for name in names), flow("J", "JOIN"), step("Z")]
    edges = ["S -> P0", "S -> J", *(f"{before} -> {after}" for before, after in pairwise([*names, "J", "Z"]))]
    run = Run(definition=workflow(nodes, edges), chooser=SeededChooser(0))
    await driver.start(database, [run])
    assert seen(run.state) == "Z/1 running"
