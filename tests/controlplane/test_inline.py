"""Decisions that virtual users make inside the transaction, and those that they leave to others."""

import itertools
from typing import Any

import pytest

from tests.controlplane.plane import Plane, completed
from tests.model.graphs import flow, step


async def test_inline_nodes_take_no_round_trip(plane: Plane) -> None:
    nodes = [
        flow("I", "IF", {"condition": "n > 1"}),
        flow("R", "ROUTER", {"custom_config": {"rules": [{"condition": "n > 5", "port": "big"}], "default": "small"}}),
        flow("C", "SET_CONTEXT", {"values": {"size": "small", "n": "{{ n }}"}}),
        flow("G", "GOTO", {"target": "E"}),
        flow("E", "END"),
    ]
    await plane.deploy(nodes, ["S -> I", "I.true -> R", "R.small -> C", "C -> G"])
    row = await plane.execution(await plane.start(n=3))
    assert (row["status"], row["output"], row["context"]) == ("completed", {"n": 3}, {"size": "small", "n": 3})
    assert row["end_node_id"] == "E"


async def test_fail_ends_with_its_code_and_message(plane: Plane) -> None:
    await plane.deploy([step("A"), flow("F", "FAIL", {"code": "too_big", "message": "{{ n }} is too much"})], ["S -> A", "S -> F"])
    row = await plane.execution(await plane.start(n=3))
    assert (row["status"], row["error"]["code"], row["error"]["message"]) == ("failed", "too_big", "3 is too much")


async def test_no_route_is_a_final_error(plane: Plane) -> None:
    await plane.deploy(
        [flow("R", "ROUTER", {"custom_config": {"rules": [{"condition": "n > 5", "port": "big"}]}}), step("A")], ["S -> R", "R.big -> A"]
    )
    row = await plane.execution(await plane.start(n=3))
    assert (row["status"], row["error"]["code"]) == ("failed", "no_route")


async def test_expressions_that_the_database_cannot_evaluate_go_to_a_worker(plane: Plane) -> None:
    await plane.deploy([flow("I", "IF", {"condition": "n > 5"}), step("A"), step("B")], ["S -> I", "I.true -> A", "I.false -> B"])
    execution = await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    assert list(held) == ["I/1"]
    await worker.report(completed(held["I/1"], {"n": 0}, port="false"))
    assert await plane.visits(execution) == {"I/1": "completed", "B/1": "pending"}


async def test_successors_in_the_same_transaction_see_what_set_context_wrote(plane: Plane) -> None:
    nodes = [flow("C", "SET_CONTEXT", {"values": {"ok": True}}), flow("I", "IF", {"condition": "context.ok == True"}), step("A")]
    await plane.deploy(nodes, ["S -> C", "C -> I", "I.true -> A"])
    execution = await plane.start()
    assert await plane.visits(execution) == {"C/1": "completed", "I/1": "completed", "A/1": "pending"}
    assert (await plane.execution(execution))["context_revision"] == 1


async def test_a_hundred_waves_run_in_one_transaction_and_the_rest_is_left(plane: Plane) -> None:
    names = [f"N{number}" for number in range(250)]
    nodes = [flow(name, "SET_CONTEXT", {"values": {"at": number}}) for number, name in enumerate(names)]
    await plane.deploy(nodes, ["S -> N0", *(f"{a} -> {b}" for a, b in itertools.pairwise(names))])
    execution = await plane.start()
    seen = []
    while await plane.status(execution) == "running":
        seen.append((await plane.execution(execution))["context"]["at"])
        assert (await plane.control.tick()).moved["virtual"] == 1
        assert len(seen) < 5
    assert await plane.status(execution) == "completed"
    assert len(seen) == 2
    assert seen[0] <= 100
    assert (await plane.execution(execution))["context"]["at"] == 249


@pytest.mark.parametrize("inline", [True, False], ids=["inline", "worker"])
async def test_a_loop_that_never_waits_is_ended(plane: Plane, inline: bool) -> None:
    if inline:
        loop = flow("A", "IF", {"condition": "n == 1"}, max_visits=20)
        await plane.deploy([loop, step("Z")], ["S -> A", "A.true -> A", "A.false -> Z"])
        row = await plane.execution(await plane.start(n=1))
    else:
        await plane.deploy([step("A", max_visits=5)], ["S -> A", "A.again -> A"])
        execution = await plane.start()
        worker = await plane.worker()
        for visit in range(1, 6):
            await worker.report(completed((await worker.claim())[f"A/{visit}"], port="again"))
        row = await plane.execution(execution)
    assert (row["status"], row["error"]["code"]) == ("failed", "max_visits_exceeded")


async def test_d25_a_loop_that_waits_may_go_on(plane: Plane) -> None:
    """D25: rounds belong to the visits of one execution, and count only while nothing waits."""
    await plane.deploy(
        [flow("A", "WAIT", {"seconds": 10}, max_visits=3), flow("I", "IF", {"condition": "n == 1"})], ["S -> A", "A -> I", "I.true -> A"]
    )
    execution = await plane.start(n=1)
    for _ in range(6):
        await plane.pass_time(11)
    assert await plane.status(execution) == "waiting"
    assert (await plane.visits(execution))["A/7"] == "waiting"


async def test_d24_no_execution_completes_while_a_join_holds_tokens(plane: Plane) -> None:
    """D24: a join decides from tokens in the database; it holds, or it goes, before the execution may end."""
    await plane.deploy([step("A"), step("B"), flow("J", "JOIN"), step("Z")], ["S -> A", "S -> B", "A -> J", "B.a -> J", "J -> Z"])
    execution = await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    await worker.report(completed(held["A/1"], {"a": 1}))
    assert (await plane.visits(execution))["J/1"] == "holding"
    assert await plane.status(execution) == "running"
    await worker.report(completed(held["B/1"]))
    assert (await worker.claim())["Z/1"].input == {"a": 1}, "B went elsewhere, so the join went with what it had"


@pytest.mark.parametrize(
    ("program", "value"),
    [
        ({"literal": {"a": [1]}}, {"a": [1]}),
        ({"path": ["input", "a", 1, "b"]}, 5),
        ({"path": ["input", "nothing"]}, None),
        ({"path": ["context", "c"]}, True),
        ({"path": ["subject"]}, "who"),
        ({"text": [{"literal": "n="}, {"path": ["input", "n"]}]}, "n=3"),
        ({"text": [{"literal": "n="}, {"path": ["input", "a"]}]}, None),
        ({"text": [{"literal": "n="}, {"path": ["input", "half"]}]}, None),
        ({"text": [{"path": ["input", "none"]}, {"path": ["context", "c"]}]}, "nulltrue"),
    ],
)
async def test_value_programs(plane: Plane, program: Any, value: Any) -> None:
    import json

    given = {"a": [0, {"b": 5}], "n": 3, "half": 0.5, "none": None}
    found = await plane.value(
        "select interlock.evaluate_program(%s::jsonb, %s::jsonb, '{\"c\": true}', 'who', null)", json.dumps(program), json.dumps(given)
    )
    assert found == value
