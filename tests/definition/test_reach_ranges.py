"""Reach ranges: compared with a search of every path; their size and speed on large graphs."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.definition import CompiledWorkflow, compile_definition
from tests.definition.drawings import compiled, joins, node, workflow
from tests.definition.node_types import node_types


def listed(result: CompiledWorkflow) -> set[tuple[int, int, int]]:
    """Returns every (join, node, slot) of the ranges; no two ranges overlap."""
    found = [
        (reach.join_node, node_no, slot)
        for reach in result.reaches
        for node_no in range(reach.from_node, reach.to_node + 1)
        for slot in range(reach.from_slot, reach.to_slot + 1)
    ]
    assert len(found) == len(set(found))
    return set(found)


def searched(result: CompiledWorkflow) -> set[tuple[int, int, int]]:
    """Finds the same by following connections backwards from every slot of every join, never past the join."""
    main = [connection for connection in result.connections if connection.type == "MAIN"]
    found = set()
    for join in (row.node_no for row in result.nodes if row.join_kind in ("all", "first", "count")):
        for connection in (item for item in main if item.to_node == join):
            pending, seen = [connection.from_node], {connection.from_node}
            while pending:
                here = pending.pop()
                if here != join:
                    fresh = {item.from_node for item in main if item.to_node == here} - seen
                    seen |= fresh
                    pending += fresh
            found |= {(join, node_no, connection.slot or 0) for node_no in seen}
    return found


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]], list[object]]:
    count = draw(st.integers(1, 9))
    ends = st.integers(0, count - 1)
    edges = draw(st.lists(st.tuples(ends, ends), max_size=3 * count, unique=True))
    incoming = [sum(target == number for _, target in edges) for number in range(count)]
    kinds: list[object] = [draw(st.sampled_from(["all", "first", "each", {"count": max(1, width - 1)}])) if width else "all" for width in incoming]
    return count, edges, kinds


@settings(max_examples=400, deadline=None)
@given(graphs())
def test_ranges_are_exactly_what_a_search_finds(graph: tuple[int, list[tuple[int, int]], list[object]]) -> None:
    count, edges, kinds = graph
    result = compiled([node(f"n{number}", join=kinds[number]) for number in range(count)], [f"n{source} -> n{target}" for source, target in edges])
    assert listed(result) == searched(result)


@settings(max_examples=200, deadline=None)
@given(graphs())
def test_compiled_order_is_topological_between_components_with_counting_joins_last(graph: tuple[int, list[tuple[int, int]], list[object]]) -> None:
    count, edges, kinds = graph
    result = compiled([node(f"n{number}", join=kinds[number]) for number in range(count)], [f"n{source} -> n{target}" for source, target in edges])
    reached: dict[int, set[int]] = {number: {number} for number in range(count)}
    for _ in range(count):
        for item in result.connections:
            reached[item.from_node] |= reached[item.to_node]
    for one in result.nodes:
        for other in result.nodes:
            together = other.node_no in reached[one.node_no] and one.node_no in reached[other.node_no]
            if other.node_no in reached[one.node_no] and not together:
                assert one.node_no < other.node_no
            if together and one.node_no < other.node_no:
                assert (one.join_kind in ("first", "count"), int(one.node_id[1:])) <= (other.join_kind in ("first", "count"), int(other.node_id[1:]))


def test_a_path_may_begin_at_the_join_itself() -> None:
    result = compiled([node("s", "MANUAL"), node("j"), node("a")], ["s -> j", "j -> a", "a -> j"])
    assert listed(result) == {(1, 0, 0), (1, 1, 1), (1, 2, 1)}


def test_a_join_that_leads_to_itself_reaches_that_slot_only() -> None:
    result = compiled([node("s", "MANUAL"), node("j")], ["s -> j", "j -> j"])
    assert listed(result) == {(1, 0, 0), (1, 1, 1)}


def test_joins_of_kind_each_need_no_ranges() -> None:
    assert compiled([node("a"), node("b"), node("j", join="each")], ["a -> j", "b -> j"]).reaches == ()


def diamonds(count: int) -> list[tuple[int, int]]:
    edges: list[tuple[int, int]] = []
    for top in range(0, 3 * count, 3):
        edges += [(top, top + 1), (top, top + 2), (top + 1, top + 3), (top + 2, top + 3)]
    return edges


def random_edges(count: int, degree: int) -> list[tuple[int, int]]:
    chosen = random.Random(degree)
    return sorted({(chosen.randrange(count), chosen.randrange(count)) for _ in range(count * degree)})


@pytest.mark.parametrize(
    ("count", "edges", "most_rows"),
    [
        pytest.param(4_002, [(0, n) for n in range(1, 4_001)] + [(n, 4_001) for n in range(1, 4_001)], 4_001, id="a fork of 4,000"),
        pytest.param(4_999, diamonds(1_666), 3 * 1_666, id="a chain of 1,666 diamonds"),
        pytest.param(4_999, [*diamonds(1_666), (4_998, 0)], 4 * 1_667, id="a ring of 1,666 diamonds"),
        pytest.param(5_000, random_edges(5_000, 5), 20_000, id="a dense cyclic graph"),
    ],
)
def test_large_graphs_compile_within_seconds_to_few_rows(count: int, edges: list[tuple[int, int]], most_rows: int) -> None:
    definition = joins(count, edges)
    started = time.process_time()
    result = compile_definition(definition, node_types())
    assert time.process_time() - started < 20
    assert len(result.reaches) <= most_rows


def test_the_same_definition_compiles_to_the_same_rows() -> None:
    nodes = [node("s", "MANUAL"), node("b"), node("a"), node("j")]
    edges = ["s -> a", "s -> b", "a -> j", "b -> j"]
    first = compile_definition(workflow(nodes, edges), node_types())
    assert first == compile_definition(workflow(nodes, edges), node_types())
    assert [row.node_id for row in first.nodes] == ["s", "b", "a", "j"]
