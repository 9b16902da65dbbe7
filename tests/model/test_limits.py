"""One transaction creates only so much. Where it stops changes nothing in what comes of an execution."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.model import driver
from tests.model.dangerous import CASES
from tests.model.database import Database
from tests.model.driver import Run
from tests.model.graph import Graph
from tests.model.graphs import Chooser, Definition, DrawnChooser, SeededChooser, definitions, flow, random_definition, step, workflow
from tests.model.scripts import Case, read_step, seen
from tests.model.state import State
from tests.model.twins import twins
from tests.model.walks import apply, begin, next_step
from tests.servers import TestServer

BUDGETS = (1, 2, 3, 7)
STEPS = 30


@pytest.fixture
async def database(server: TestServer, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """One whose transactions create no more visits than the test's parameter says, and its twin."""
    async with twins(server, f"interlock.visits_per_transaction={request.param}") as both:
        yield both


def comparable(state: State) -> tuple[Any, ...]:
    """All but the numbers of transactions and changes, and but what rule 12 of the reference leaves open."""
    if state.error == "max_visits_exceeded":
        return (
            {key: "stopped" if a.error == "execution_ended" or a.is_stopped else a.status for key, a in state.assignments.items()},
            state.tokens,
            state.status,
        )
    assignments = {key: replace(a, made_in=0, change=0, was=None) for key, a in state.assignments.items()}
    return assignments, state.tokens, state.patches, state.status, state.output, state.error, state.clock


def walk(definition: Definition, chooser: Chooser) -> None:
    graph = Graph.of(definition)
    whole = begin(graph)
    parts = {budget: begin(graph, budget=budget) for budget in BUDGETS}
    for _ in range(STEPS):
        for budget, state in parts.items():
            assert comparable(state) == comparable(whole), f"with a budget of {budget}: {definition}"
        if whole.is_over:
            break
        step = next_step(chooser, graph, whole)
        whole = apply(graph, whole, step)
        parts = {budget: apply(graph, state, step, budget) for budget, state in parts.items()}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(definition=definitions(), data=st.data())
def test_the_reference_comes_to_the_same_with_any_budget(definition: Definition, data: st.DataObject) -> None:
    walk(definition, DrawnChooser(data.draw))


@pytest.mark.full
def test_the_reference_comes_to_the_same_with_any_budget_in_many_graphs() -> None:
    for seed in range(1_500):
        chooser = SeededChooser(seed)
        walk(random_definition(chooser, 2 + seed % 5), chooser)


@pytest.mark.parametrize("database", BUDGETS, indirect=True)
@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(definition=definitions(), data=st.data())
async def test_the_database_comes_to_the_same_with_any_budget(database: Database, definition: Definition, data: st.DataObject) -> None:
    await driver.play(database, [Run(definition=definition, chooser=DrawnChooser(data.draw), is_cut=True)])


@pytest.fixture
async def in_lanes(server: TestServer, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """The same with two exchanges in flight. Transactions of the two hold other results, so what they leave over happens at other times."""
    async with twins(server, f"interlock.visits_per_transaction={request.param}", in_time=False, in_lanes=True) as both:
        yield both


@pytest.mark.parametrize("in_lanes", [2, *(pytest.param(budget, marks=pytest.mark.full) for budget in (1, 3, 7))], indirect=True)
async def test_a_sample_comes_to_the_same_with_two_exchanges_in_flight(in_lanes: Database) -> None:
    await _play_many(in_lanes, range(2_500_000, 2_500_100, 50))


@pytest.mark.full
@pytest.mark.parametrize("database", BUDGETS, indirect=True)
async def test_the_database_comes_to_the_same_with_any_budget_in_many_graphs(database: Database) -> None:
    await _play_many(database, range(2_000_000, 2_001_000, 50))


async def _play_many(database: Database, firsts: Iterable[int]) -> None:
    for first in firsts:
        choosers = [SeededChooser(seed) for seed in range(first, first + 50)]
        await driver.play(
            database, [Run(definition=random_definition(chooser, 3 + n % 4), chooser=chooser, is_cut=True) for n, chooser in enumerate(choosers)]
        )


@pytest.mark.parametrize("database", [pytest.param(1, marks=pytest.mark.full), 2, pytest.param(3, marks=pytest.mark.full)], indirect=True)
async def test_dangerous_graphs_come_to_the_same_in_small_transactions(database: Database) -> None:
    for case in CASES:
        await _play(database, case)


async def _play(database: Database, case: Case) -> None:
    run = Run(definition=case.definition, chooser=SeededChooser(0), is_cut=True)
    await driver.start(database, [run])
    assert seen(run.state) == case.begins, case.name
    for happens, then in case.then:
        await driver.take_steps(database, [run], [read_step(run.state, happens)], [run])
        assert seen(run.state) == then, f"{case.name}: {happens}"
    await database.cancel(run.execution_id)


@pytest.mark.parametrize("database", [3], indirect=True)
async def test_a_transaction_stops_when_its_budget_is_used_up(database: Database) -> None:
    """A chain of 40 nodes without a worker takes several ticks; each moves it by about the budget, and its start by four times as much at most."""
    names = [f"P{number}" for number in range(40)]
    definition = workflow([*(flow(name, "JOIN") for name in names), step("Z")], [f"{a} -> {b}" for a, b in pairwise(["S", *names, "Z"])])
    (execution,) = await database.start(await database.save(definition), [{"x": 0}])
    sizes = [len((await database.seen([execution]))[execution].assignments)]
    while await database.tick():
        sizes.append(len((await database.seen([execution]))[execution].assignments))
    assert sizes[-1] == 42, "at last all nodes were visited"
    assert sizes[0] <= 4 * 3 + 1
    assert all(0 < later - before <= 3 + 1 for before, later in pairwise(sizes)), sizes
