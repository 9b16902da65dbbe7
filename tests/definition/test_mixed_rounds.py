"""Warnings of joins that mix rounds of a loop: each shape mixes in the reference model, and what looks like it and is not warned of does not."""

import time
from dataclasses import replace
from typing import Any

import pytest

from interlock.definition import FLOW_NODE_TYPES, DefinitionError, NodeTypeInfo, NodeTypes, validate_definition
from interlock.json_text import JsonLimits
from tests.definition.drawings import Raw, edge, node
from tests.definition.mixing import mixed_visits
from tests.definition.node_types import Nothing
from tests.definition.node_types import node_types as all_node_types
from tests.model.dangerous import CASES
from tests.model.graph import Graph
from tests.model.graphs import STEP_PORTS, Definition, SeededChooser, flow, random_definition, step, workflow
from tests.model.scripts import read_step
from tests.model.state import State
from tests.model.walks import Report, apply, begin, next_step
from tests.patterns.cases.catalogue import PATTERNS

NODE_TYPES = NodeTypes([*FLOW_NODE_TYPES, NodeTypeInfo(type="TEST_NODE", subtype="STEP", parameters=Nothing, ports=STEP_PORTS)])
WIDE = JsonLimits(text_bytes=10_000_000)
STEPS = 40


def warnings(definition: Definition) -> list[DefinitionError]:
    report = validate_definition(definition, NODE_TYPES)
    assert {error.code for error in report.errors} <= {"missing_port"}, report.errors  # the steps of some patterns have ports of their own
    return [warning for warning in report.warnings if warning.code == "join_mixes_rounds"]


def steps(names: str, **more: Any) -> list[dict[str, Any]]:
    return [step(name, **more) for name in names]


def played(definition: Definition, script: str) -> State:
    """The state after these reports, each one of one visit."""
    graph = Graph.of(definition)
    state = begin(graph)
    for happens in script.split():
        state = apply(graph, state, read_step(state, happens))
    return state


def walked(definition: Definition, seed: int) -> State:
    """The state after a random walk in which every visit leaves through one port."""
    graph, chooser = Graph.of(definition), SeededChooser(seed)
    state = begin(graph)
    for _ in range(STEPS):
        if state.is_over:
            break
        happens = next_step(chooser, graph, state)
        if isinstance(happens, Report):
            happens = Report(outcomes=tuple(replace(outcome, ports=outcome.ports[:1]) for outcome in happens.outcomes))
        state = apply(graph, state, happens)
    return state


MIXING = {
    "a token of each round, and one of the last": (
        workflow(steps("ACJ"), ["S -> A", "A -> J", "A -> C", "C.a -> A", "C -> J"]),
        "A C:a A C",
        ("A", "J"),
    ),
    "branches of two rounds that overtake each other": (
        workflow(steps("ABCDJ"), ["S -> A", "A -> B", "A -> C", "A -> D", "D.a -> A", "B -> J", "C -> J"]),
        "A D:a A B/2 C/1",
        ("A", "J"),
    ),
    "a fork beside the loop": (
        workflow(steps("ADXYZJ"), ["S -> A", "A -> X", "A -> D", "D.a -> A", "X -> Y", "X -> Z", "Y -> J", "Z -> J"]),
        "A D:a A X X Y/2 Z/1",
        ("A", "J"),
    ),
    "a fork inside the loop of which each branch may come back alone": (
        workflow(steps("ABCJ"), ["S -> A", "A -> B", "A -> C", "B.a -> A", "C.a -> A", "B -> J", "C -> J"]),
        "A B C:a A C",
        ("A", "J"),
    ),
    "a choice that sends a token to the one or the other side": (
        workflow(steps("AIDJ"), ["S -> A", "A -> I", "A -> D", "D.a -> A", "I.a -> J", "I.b -> J"]),
        "A I:a D:a A I:b",
        ("A", "J"),
    ),
    "a join of the first two of three": (
        workflow(
            [*steps("ABCED"), step("J", join={"count": 2})],
            ["S -> A", "A -> B", "A -> C", "A -> E", "A -> D", "D.a -> A", "B -> J", "C -> J", "E -> J"],
        ),
        "A D:a A B/1 C/2",
        ("A", "J"),
    ),
    "a token of one branch beside one of the end of the loop": (
        workflow(steps("ABCKIJ"), ["S -> A", "A -> B", "A -> C", "B -> K", "C -> K", "K -> I", "I.a -> A", "B -> J", "I -> J"]),
        "A B C K I:a A B C K I",
        ("A", "J"),
    ),
    "a join inside a larger loop": (
        workflow(steps("ACJ"), ["S -> A", "A -> J", "A -> C", "C.a -> A", "C -> J", "J.a -> A"]),
        "A C:a A C",
        ("A", "J"),
    ),
    "two orders kept and one not": (
        workflow(
            [step("A"), *steps("BC", ordered=True), *steps("DEJ")],
            ["S -> A", "A -> B", "A -> C", "A -> E", "A -> D", "D.a -> A", "B -> J", "C -> J", "E -> J"],
        ),
        "A D:a A B C E/2",
        ("A", "J"),
    ),
}

NEAR_MISSES = {
    "the loop leads through the join": workflow(steps("ABCJI"), ["S -> A", "A -> B", "A -> C", "B -> J", "C -> J", "J -> I", "I.a -> A"]),
    "the fork comes after the loop": workflow(steps("ABCJ"), ["S -> A", "A.a -> A", "A -> B", "A -> C", "B -> J", "C -> J"]),
    "one branch of a fork before the loop goes through it": workflow(steps("ALJ"), ["S -> A", "S -> L", "L.a -> L", "L -> J", "A -> J"]),
    "the branches meet inside the loop and fork again after it": workflow(
        steps("ABCKIXYJ"),
        ["S -> A", "A -> B", "A -> C", "B -> K", "C -> K", "K -> I", "I.a -> A", "I -> X", "I -> Y", "X -> J", "Y -> J"],
    ),
    "every token has a visit of its own": workflow([*steps("AC"), step("J", join="each")], ["S -> A", "A -> J", "A -> C", "C.a -> A", "C -> J"]),
    "the first token is enough": workflow([*steps("AC"), step("J", join="first")], ["S -> A", "A -> J", "A -> C", "C.a -> A", "C -> J"]),
    "branches that keep their order": workflow(
        [step("A"), *(flow(name, "WAIT", {"seconds": "{{ w }}"}, ordered=True) for name in "BC"), *steps("DJ")],
        ["S -> A", "A -> B", "A -> C", "A -> D", "D.a -> A", "B -> J", "C -> J"],
    ),
    "branches that need no worker": workflow(
        [step("A"), flow("P", "JOIN"), *steps("DJ")], ["S -> A", "A -> J", "A -> P", "P -> J", "A -> D", "D.a -> A"]
    ),
    "two nodes of which each round passes both": workflow(steps("ABJ"), ["S -> A", "A -> J", "A -> B", "B.a -> A", "B.a -> J"]),
    "the end of a round waits for the join": workflow(
        steps("ABCJKI"), ["S -> A", "A -> B", "A -> C", "A -> K", "B -> J", "C -> J", "J -> K", "K -> I", "I.a -> A"]
    ),
    "a branch of each round that ends": workflow(steps("AXCBJ"), ["S -> A", "A -> X", "A -> C", "C.a -> A", "C -> B", "C -> J", "B -> J"]),
    "a join with one connection from the loop": workflow(steps("ACBJ"), ["S -> A", "S -> B", "A -> J", "A -> C", "C.a -> A", "B -> J"]),
}


@pytest.mark.parametrize(("definition", "script", "names"), MIXING.values(), ids=MIXING)
def test_a_join_that_mixes_rounds_is_warned_of(definition: Definition, script: str, names: tuple[str, str]) -> None:
    fork, join = names
    assert mixed_visits(played(definition, script)) == {(join, 1)}
    [warning] = warnings(definition)
    assert warning.node == join
    assert f"{fork!r} starts the next round without waiting for {join!r}" in warning.message


@pytest.mark.parametrize("definition", NEAR_MISSES.values(), ids=NEAR_MISSES)
def test_a_join_that_only_looks_like_it_is_not_warned_of_and_does_not_mix(definition: Definition) -> None:
    assert warnings(definition) == []
    assert not [visit for seed in range(60) for visit in mixed_visits(walked(definition, seed))]


def test_no_workflow_of_the_patterns_and_none_of_the_dangerous_graphs_is_warned_of() -> None:
    definitions = [scenario.definition for pattern in PATTERNS for scenario in pattern.scenarios] + [case.definition for case in CASES]
    assert len(definitions) > 100
    assert [definition for definition in definitions if warnings(definition)] == []


def test_in_random_graphs_every_join_that_mixes_was_warned_of() -> None:
    """Where all joins are of the kind `all`. About half of those that are warned of mix in one of these few walks."""
    mixed = warned = 0
    for seed in range(100):
        definition = random_definition(SeededChooser(seed), 4 + seed % 3)
        for part in definition["nodes"]:
            for name in ("on_error", "join", "late"):
                part.pop(name, None)
        definition["connections"] = [connection for connection in definition["connections"] if connection["port"] != "error"]
        named = {warning.node for warning in validate_definition(definition, NODE_TYPES).warnings if warning.code == "join_mixes_rounds"}
        found = {visit.node for walk in range(20) for visit in mixed_visits(walked(definition, walk))}
        assert found <= named, (seed, found - named)
        mixed, warned = mixed + len(found), warned + len(named)
    assert 10 < mixed <= warned < 3 * mixed


def test_the_warning_names_the_loop_the_fork_and_the_join_and_says_what_to_do() -> None:
    definition, _, _ = MIXING["a token of each round, and one of the last"]
    [warning] = warnings(definition)
    assert (warning.place, warning.node) == ("/nodes/3/join", "J")
    assert warning.message == (
        "One visit of 'J' can take tokens of different rounds of the loop A, C: 'A' starts the next round without waiting for 'J'."
    )
    assert (
        warning.hint
        == "Lead the loop through 'J', so that each round waits for it, or set join: each on it, so that every token has a visit of its own."
    )


@pytest.mark.parametrize("join", ["all", "each"])
def test_following_the_hint_removes_the_warning(join: str) -> None:
    through = ["S -> A", "A -> J", "A -> C", "C -> J", "J.a -> A"]
    beside = ["S -> A", "A -> J", "A -> C", "C.a -> A", "C -> J"]
    assert warnings(workflow([*steps("AC"), step("J", join=join)], through if join == "all" else beside)) == []


def test_five_thousand_nodes_are_checked_within_seconds() -> None:
    count = 1_249
    nodes: list[Raw] = [node("s", "MANUAL")]
    edges = ["s -> a0"]
    for number in range(count):
        nodes += [
            node(f"a{number}"),
            node(f"i{number}", "IF", {"condition": "x"}),
            node(f"j{number}"),
            node(f"k{number}", "SET_CONTEXT", {"values": {"n": 1}}),
        ]
        edges += [f"a{number} -> i{number}", f"a{number} -> j{number}", f"i{number}.true -> a{(number + 1) % count}", f"i{number}.false -> j{number}"]
        edges += [f"j{number} -> k{number}"]
    definition = {"name": "large", "nodes": nodes, "connections": [edge(text) for text in edges]}
    began = time.process_time()
    report = validate_definition(definition, all_node_types(), WIDE)
    assert time.process_time() - began < 5
    assert "join_mixes_rounds" in {warning.code for warning in report.warnings}
