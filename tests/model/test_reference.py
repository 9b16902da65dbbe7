"""The reference by itself: hand-worked cases, and what is true of every state of random graphs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model import invariants
from tests.model.dangerous import CASES
from tests.model.graph import Graph
from tests.model.graphs import Definition, DrawnChooser, SeededChooser, all_definitions_of_three, definitions, random_definition
from tests.model.scripts import Case, read_step, seen
from tests.model.state import State
from tests.model.walks import apply, begin, next_step

STEPS = 40


def walk(definition: Definition, chooser: DrawnChooser | SeededChooser) -> State:
    graph = Graph.of(definition)
    state = begin(graph)
    invariants.check(graph, state)
    for _ in range(STEPS):
        if state.is_over:
            break
        state = apply(graph, state, next_step(chooser, graph, state))
        invariants.check(graph, state)
    return state


@settings(max_examples=200, deadline=None)
@given(definition=definitions(), data=st.data())
def test_something_can_always_happen(definition: Definition, data: st.DataObject) -> None:
    walk(definition, DrawnChooser(data.draw))


@pytest.mark.full
def test_something_can_always_happen_in_all_graphs_of_three_and_many_larger_ones() -> None:
    for seed, definition in enumerate(all_definitions_of_three()):
        walk(definition, SeededChooser(seed))
    for seed in range(20_000):
        chooser = SeededChooser(seed)
        walk(random_definition(chooser, 4 + seed % 3), chooser)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_dangerous_graph(case: Case) -> None:
    graph = case.graph
    state = begin(graph)
    invariants.check(graph, state)
    assert seen(state) == case.begins
    for happens, then in case.then:
        state = apply(graph, state, read_step(state, happens))
        invariants.check(graph, state)
        assert seen(state) == then, happens
