"""The reference by itself: hand-worked cases, and what is true of every state of random graphs."""

from collections.abc import Iterator
from functools import cache
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model import invariants
from tests.model.dangerous import CASES
from tests.model.graph import Graph
from tests.model.graphs import (
    NAMES,
    Definition,
    DrawnChooser,
    SeededChooser,
    all_definitions_of_three,
    definitions,
    random_definition,
    step,
    workflow,
)
from tests.model.reference import Outcome
from tests.model.scripts import Case, read_step, seen
from tests.model.state import Key, State
from tests.model.walks import Report, apply, begin, next_step

STEPS = 40

Position = frozenset[tuple[Key, str]]


def walk(definition: Definition, chooser: DrawnChooser | SeededChooser) -> None:
    graph = Graph.of(definition)
    state = begin(graph)
    invariants.check(graph, state)
    for _ in range(STEPS):
        if state.is_over:
            break
        state = apply(graph, state, next_step(chooser, graph, state))
        invariants.check(graph, state)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(definition=definitions(), data=st.data())
def test_something_can_always_happen(definition: Definition, data: st.DataObject) -> None:
    walk(definition, DrawnChooser(data.draw))


@pytest.mark.full
def test_something_can_always_happen_in_all_graphs_of_three_and_many_larger_ones() -> None:
    for seed, definition in enumerate(all_definitions_of_three()):
        walk(definition, SeededChooser(seed))
    for seed in range(5_000):
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


def _without_loops(size: int) -> Iterator[Definition]:
    """Every graph of that many steps whose connections lead forward only, and which the trigger reaches."""
    names = NAMES[:size]
    pairs = [("S", name) for name in names] + list(combinations(names, 2))
    for taken in product((False, True), repeat=len(pairs)):
        edges = [f"{source} -> {target}" for (source, target), there in zip(pairs, taken, strict=True) if there]
        if all(any(edge.endswith(f"-> {name}") for edge in edges) for name in names):
            yield workflow([step(name) for name in names], edges)


def _next_states(graph: Graph, state: State) -> list[State]:
    """What can come of answering one of the running steps, either way."""
    answers = [Outcome(key=a.key, output={"x": 0}, ports=(port,)) for a in state.of_status("running") for port in ("main", "a")]
    return [apply(graph, state, Report(outcomes=(answer,))) for answer in answers]


@pytest.mark.parametrize("size", [3, pytest.param(4, marks=pytest.mark.full)])
def test_without_loops_a_join_waits_exactly_while_a_token_can_still_come(size: int) -> None:
    """Over all states that can be reached: no join begins too early, for then its node would be visited twice, and none waits in vain."""
    for definition in _without_loops(size):
        graph = Graph.of(definition)

        @cache
        def slots_ahead(position: Position) -> frozenset[tuple[Key, int]]:
            """The slots of joins that are filled in some state which can still come."""
            state = states[position]  # noqa: B023  used up before the next graph
            here = frozenset((token.to, token.slot) for token in state.tokens)
            return here.union(*(slots_ahead(_seen(states, after)) for after in _next_states(graph, state)))  # noqa: B023

        states: dict[Position, State] = {}
        slots_ahead(_seen(states, begin(graph)))
        for position, state in states.items():
            assert max(key.visit for key in state.assignments) == 1, definition["connections"]
            filled = {(token.to, token.slot) for token in state.tokens}
            for holding in state.of_status("holding"):
                assert any(to == holding.key for to, _ in slots_ahead(position) - filled), f"{holding.key} waits in vain: {definition['connections']}"


def _seen(states: dict[Position, State], state: State) -> Position:
    """Without loops a state is what has become of each node; how it left shows in the others."""
    position = frozenset((a.key, f"{a.status} {a.ports}") for a in state.assignments.values())
    states.setdefault(position, state)
    return position
