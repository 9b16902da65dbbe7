"""Warnings of loops: what they say, what they cost, and that they are right: in the database such a loop ends only by its `max_visits`."""

import random
import time
from typing import Any

import pytest
from psycopg_pool import AsyncConnectionPool

from interlock.definition import DefinitionError, validate_definition
from interlock.json_text import JsonLimits
from tests.controlplane.plane import Plane, completed
from tests.definition.drawings import Raw, edge, node, workflow
from tests.definition.node_types import node_types
from tests.model.graphs import flow, step

WIDE = JsonLimits(text_bytes=10_000_000)
MULTIPLYING = [
    node("s", "MANUAL"),
    node("a", join="each"),
    node("b"),
    node("i", "IF", {"condition": "x"}, join="each"),
    node("z", "END"),
]
MULTIPLYING_EDGES = ["s -> a", "a -> i", "a -> b", "b -> i", "i.false -> a", "i.true -> z"]


def warnings(nodes: list[Raw], edges: list[str]) -> list[DefinitionError]:
    report = validate_definition(workflow(nodes, edges), node_types())
    assert report.is_valid
    return list(report.warnings)


def test_a_loop_that_multiplies_is_named_with_its_fork_and_its_join() -> None:
    [growth] = warnings(MULTIPLYING, MULTIPLYING_EDGES)
    assert (growth.code, growth.place, growth.node) == ("loop_multiplies", "/nodes/3/join", "i")
    assert growth.message == (
        "Each round of the loop a, b, i can have more visits than the round before: "
        "several connections leave 'a' together, and 'i' (join: each) starts a visit for each branch that comes back."
    )
    assert growth.hint == "Set join: all on 'i', so that the branches become one visit, or join: {count: n} to go on with the first n of them."


def test_following_the_hint_removes_the_warning() -> None:
    changing = [{**part, **({"join": "all"} if part["id"] == "i" else {})} for part in MULTIPLYING]
    changing[2] = node("b", "SET_CONTEXT", {"values": {"n": 1}})
    assert warnings(changing, MULTIPLYING_EDGES) == []


def test_a_loop_in_which_nothing_changes_is_named() -> None:
    nodes = [node("s", "MANUAL"), node("again", "IF", {"condition": "x"}), node("back", "GOTO", {"target": "again"})]
    [warning] = warnings(nodes, ["s -> again", "again.true -> back"])
    assert (warning.code, warning.node) == ("loop_without_end", "again")
    assert warning.message == "Nothing in the loop again, back changes what its conditions see: after one round it goes round forever."
    assert warning.hint == "Change the data in the loop (SET_CONTEXT, or a node that a worker executes), or wait in it (WAIT)."


def test_a_loop_that_nothing_decides_is_named() -> None:
    [warning] = warnings([node("s", "MANUAL"), node("a", "SET_CONTEXT", {"values": {"n": 1}}), node("z")], ["s -> a", "a -> a", "a -> z"])
    assert (warning.code, warning.node) == ("loop_without_end", "a")
    assert warning.message == "Nothing in the loop a decides whether it goes on: it starts another round each time."
    assert warning.hint == "Add an IF or another choice to the loop, with a port that leads out of it."


def test_a_goto_says_what_is_wrong_with_its_target() -> None:
    nodes = [node("s", "MANUAL"), node("g", "GOTO", {"target": "s"}), node("h", "GOTO", {"target": "h"})]
    report = validate_definition({"name": "x", "nodes": nodes, "connections": [edge("s -> g"), edge("s -> h")]}, node_types())
    assert [(error.code, error.message, error.hint) for error in report.errors] == [
        (
            "trigger_takes_no_connection",
            "The GOTO 'g' leads to the trigger 's', which takes no connections.",
            "Lead it to the node after the trigger.",
        ),
        ("goto_to_itself", "The GOTO 'h' leads to itself.", "Choose another node as its target."),
    ]


def test_a_long_loop_is_not_listed_whole() -> None:
    nodes = [node("s", "MANUAL"), node("i", "IF", {"condition": "x"}), *(node(f"n{number}") for number in range(20))]
    edges = ["s -> i", "i.true -> n0", *(f"n{number} -> n{number + 1}" for number in range(19)), "n19 -> i"]
    [warning] = warnings(nodes, edges)
    assert "the loop i, n0, n1, n2, n3, n4, n5, n6, n7, n8, … changes" in warning.message


def rings(count: int) -> tuple[list[Raw], list[str]]:
    """Returns forks that meet in a `join: all`, each followed by a choice that leads to a `join: each`: nothing grows, but each must be checked."""
    nodes = [node("s", "MANUAL")]
    edges = ["s -> a0"]
    for number in range(count):
        nodes += [node(f"{name}{number}") for name in "abc"]
        nodes += [node(f"d{number}", "IF", {"condition": "x"}), node(f"e{number}", join="each")]
        edges += [f"a{number} -> b{number}", f"a{number} -> c{number}", f"b{number} -> d{number}", f"c{number} -> d{number}"]
        edges += [f"d{number}.true -> e{number}", f"d{number}.false -> e{number}", f"e{number} -> a{(number + 1) % count}"]
    return nodes, [*edges, "e0 -> z"]


def dense(count: int) -> tuple[list[Raw], list[str]]:
    nodes = [node("s", "MANUAL"), *(node(f"n{number}", "IF", {"condition": "x"}, join="each") for number in range(count - 1))]
    edges = [f"n{number}.{port} -> n{(number * step + 1) % (count - 1)}" for number in range(count - 1) for port, step in (("true", 1), ("false", 7))]
    return nodes, ["s -> n0", *edges]


@pytest.mark.parametrize(("nodes", "edges"), [rings(999), dense(4_999)], ids=["rings", "dense"])
def test_five_thousand_nodes_in_loops_are_checked_within_seconds(nodes: list[Raw], edges: list[str]) -> None:
    definition = {"name": "large", "nodes": [*nodes, node("z")], "connections": [edge(text) for text in edges]}
    began = time.process_time()
    report = validate_definition(definition, node_types(), WIDE)
    assert time.process_time() - began < 10
    assert "loop_multiplies" not in {warning.code for warning in report.warnings}


WARNED = {
    "input alone": ([flow("A", "IF", {"condition": "x"}), flow("G", "GOTO", {"target": "A"})], ["S -> A", "A.true -> G"]),
    "context that stays": (
        [flow("C", "SET_CONTEXT", {"values": {"n": 0}}), flow("A", "IF", {"condition": "context.n < 5"}), flow("Z", "END")],
        ["S -> C", "C -> A", "A.true -> A", "A.false -> Z"],
    ),
    "no decision": ([flow("A", "JOIN"), flow("Z", "JOIN")], ["S -> A", "A -> A", "A -> Z"]),
    "branches with the same data": (
        [flow("A", "JOIN", join="each"), flow("I", "IF", {"condition": "x"}), flow("B", "JOIN")],
        ["S -> A", "A -> I", "A -> B", "I.true -> A"],
    ),
}


@pytest.mark.parametrize(("nodes", "edges"), WARNED.values(), ids=WARNED)
async def test_a_loop_with_a_warning_ends_only_by_max_visits(pool: AsyncConnectionPool[Any], nodes: list[Raw], edges: list[str]) -> None:
    plane = Plane(pool)
    capped = [{**part, "max_visits": 30} for part in nodes]
    assert [warning.code for warning in warnings([node("S", "MANUAL"), *nodes], edges)] == ["loop_without_end"]
    await plane.deploy(capped, edges)
    row = await plane.execution(await plane.start(x=True))
    assert (row["status"], row["error"]["code"]) == ("failed", "max_visits_exceeded")


@pytest.mark.parametrize(("join", "warned", "claimed"), [("each", True, [2, 4, 8, 16]), ("all", False, [2, 2, 2, 2])])
async def test_the_visits_of_a_loop_double_where_it_is_warned_of(pool: AsyncConnectionPool[Any], join: str, warned: bool, claimed: list[int]) -> None:
    edges = ["S -> A", "A -> B", "A -> C", "B -> I", "C -> I", "I.true -> A"]
    choice = flow("I", "IF", {"condition": "x"}, join=join)
    checked = [node("S", "MANUAL"), node("A"), *(node(name, "SET_CONTEXT", {"values": {"n": 1}}) for name in "BC"), choice]
    assert ("loop_multiplies" in {warning.code for warning in warnings(checked, edges)}) is warned
    plane = Plane(pool)
    await plane.deploy([flow("A", "JOIN"), step("B"), step("C"), choice], edges)
    await plane.start(x=True)
    worker = await plane.worker()
    for count in claimed:
        held = await worker.claim()
        assert len(held) == count
        await worker.report(*(completed(each, {"x": True}) for each in held.values()))


def random_graph(seed: int) -> tuple[list[Raw], list[str]]:
    """Nodes without a worker, with loops, joins and forks; nothing in it ends the execution at once."""
    choose = random.Random(seed)
    names = "ABCDE"[: choose.randint(2, 5)]
    nodes, ports = [], {}
    for name in names:
        join = choose.choice(["all", "all", "each", "first"])
        is_choice = choose.random() < 0.5
        ports[name] = ("true", "false") if is_choice else ("main",)
        kind = ("IF", {"condition": choose.choice(["x", "y"])}) if is_choice else choose.choice([("JOIN", {}), ("SET_CONTEXT", {"values": {"n": 1}})])
        nodes.append(flow(name, *kind, join=join))
    edges = {f"S -> {choose.choice(names)}" for _ in range(choose.randint(1, 2))}
    edges |= {f"{source}.{choose.choice(ports[source])} -> {choose.choice(names)}" for source in choose.choices(names, k=choose.randint(2, 8))}
    return nodes, sorted(edges)


async def test_in_random_graphs_a_loop_with_a_warning_never_ends_by_itself(pool: AsyncConnectionPool[Any]) -> None:
    """Where an execution completes, it never entered a loop that nothing decides, and went through one in which nothing changes at most once."""
    plane = Plane(pool)
    seen = {"decides": 0, "changes": 0}
    for seed in range(150):
        nodes, edges = random_graph(seed)
        report = validate_definition(workflow([node("S", "MANUAL"), *nodes], edges), node_types())
        found = [warning for warning in report.warnings if warning.code == "loop_without_end"]
        if not found:
            continue
        await plane.deploy([{**part, "max_visits": 6} for part in nodes], edges, name=f"graph {seed}")
        for x, y in ((False, False), (False, True), (True, False), (True, True)):
            execution = await plane.start(f"graph {seed}", x=x, y=y)
            for _ in range(20):
                if await plane.status(execution) != "running":
                    break
                await plane.pass_time(1)
            row = await plane.execution(execution)
            visits = await plane.visits(execution)
            for warning in found:
                kind = "decides" if "decides" in warning.message else "changes"
                seen[kind] += 1
                again = 1 if kind == "decides" else 2
                assert row["status"] == "failed" or f"{warning.node}/{again}" not in visits, (seed, edges, x, y, warning.message)
                assert row["status"] != "failed" or row["error"]["code"] == "max_visits_exceeded"
    assert min(seen.values()) > 15, seen
