"""Planning a test run: what runs, what is taken over, where it begins, and which errors matter."""

from typing import Any

import pytest

from interlock.definition import PlannedTest, TestRefused, TestScope, plan_test
from tests.definition.drawings import edge, node
from tests.definition.node_types import node_types

Definition = dict[str, Any]


def worker(node_id: str, **more: Any) -> Definition:
    return node(node_id, "TRANSFORM", {"output": 1}, type="ACTION_NODE", **more)


def drawn(nodes: list[Definition], edges: list[str], **more: Any) -> Definition:
    return {"name": "drawn", "nodes": [node("s", "MANUAL"), *nodes], "connections": [edge(text) for text in edges], **more}


ABC = drawn([worker("a"), worker("b"), worker("c")], ["s -> a", "a -> b", "b -> c"])


def plan(raw: Definition, kind: Any = "all", node_id: str | None = None, **given: Any) -> PlannedTest:
    return plan_test(raw, node_types(), TestScope(kind=kind, node=node_id), **given)


def seen(planned: PlannedTest) -> tuple[list[str], list[str], list[str]]:
    """The nodes that run, what is taken over, and the connections in order; those that bring tokens at the beginning with a star."""
    assert planned.plan is not None, planned.errors
    compiled = planned.plan.compiled
    names = {row["node_no"]: row["node_id"] for row in compiled["nodes"]}
    into = {names[row["to_node"]] for row in compiled["connections"]}
    runs = [row["node_id"] for row in compiled["nodes"] if row["node_id"] in into or row["node_id"] == planned.plan.trigger]
    connections = [
        f"{names[row['from_node']]} -> {names[row['to_node']]}{'*' if row['connection_no'] in planned.plan.feeds else ''}"
        for row in compiled["connections"]
    ]
    return sorted(set(runs) - {"end of the test"}), list(planned.plan.taken), connections


def test_without_a_scope_everything_runs_that_the_trigger_reaches() -> None:
    aside = drawn([worker("a"), {**worker("alone"), "parameters": {"wrong": 1}}], ["s -> a"])
    assert seen(plan(aside)) == (["a", "s"], [], ["s -> a"])


def test_until_a_node_runs_what_leads_to_it_with_an_end_behind_it() -> None:
    assert seen(plan(ABC, "until", "b")) == (["a", "b", "s"], [], ["s -> a", "a -> b", "b -> end of the test"])


def test_until_a_node_goes_back_to_what_is_pinned() -> None:
    assert seen(plan(ABC, "until", "c", pins=["b"])) == (["c"], ["b"], ["b -> c*", "c -> end of the test"])


def test_the_node_of_the_scope_runs_though_it_is_pinned() -> None:
    assert seen(plan(ABC, "until", "b", pins=["b", "a"])) == (["b"], ["a"], ["a -> b*", "b -> end of the test"])


def test_only_a_node_takes_over_what_leads_to_it_and_what_it_names() -> None:
    naming = drawn([worker("a"), worker("b"), worker("c", name="{{ 1 }}"), worker("d")], ["s -> a", "a -> b", "b -> c", "c -> d"])
    naming["nodes"][3]["parameters"] = {"output": "{{ nodes.d.output }}"}
    outputs = dict.fromkeys("sabcd", ("main",))
    assert seen(plan(naming, "only", "c", outputs=outputs)) == (["c"], ["a", "b", "d", "s"], ["b -> c*", "c -> end of the test"])


def test_only_a_node_with_an_input_begins_at_the_trigger() -> None:
    runs, taken, connections = seen(plan(ABC, "only", "b", has_input=True))
    assert (runs, taken) == (["b", "s"], [])
    assert "s -> b" in connections


def test_from_a_node_what_follows_runs_up_to_pins_and_what_follows_pins() -> None:
    outputs = dict.fromkeys("sabc", ("main",))
    assert seen(plan(ABC, "from", "b", outputs=outputs)) == (["b", "c"], ["a", "s"], ["a -> b*", "b -> c"])
    longer = drawn([worker("a"), worker("b"), worker("c"), worker("d")], ["s -> a", "a -> b", "b -> c", "c -> d"])
    assert seen(plan(longer, "from", "b", outputs=outputs, pins=["c"])) == (["b", "d"], ["a", "c", "s"], ["a -> b*", "c -> d*"])


def test_an_output_feeds_only_the_connections_of_the_port_that_it_left_through() -> None:
    choice = drawn(
        [node("i", "IF", {"condition": "x"}), worker("yes"), worker("no"), worker("j")],
        ["s -> i", "i.true -> yes", "i.false -> no", "yes -> j", "no -> j"],
    )
    fed = seen(plan(choice, "from", "yes", outputs={"s": ("main",), "i": ("true",)}))
    assert fed == (["j", "yes"], ["i", "s"], ["i -> yes*", "yes -> j", "no -> j"])
    assert "i -> no" not in str(fed)


def test_a_goto_that_is_taken_over_leads_on_and_one_that_runs_leads_to_no_node_that_does_not() -> None:
    goto = drawn([worker("a"), node("g", "GOTO", {"target": "b"}), worker("b")], ["s -> a", "a -> g"])
    assert seen(plan(goto, "only", "b", outputs={"g": ("main",)})) == (["b"], ["g"], ["g -> b*", "b -> end of the test"])
    assert seen(plan(goto, "only", "g", outputs={"a": ("main",)})) == (["g"], ["a"], ["a -> g*", "g -> end of the test"])


def test_a_definition_without_a_trigger_gets_one_for_the_run() -> None:
    raw = {"name": "drawn", "nodes": [worker("a"), worker("start")], "connections": []}
    planned = plan(raw, "only", "a")
    assert planned.plan is not None
    assert planned.plan.trigger == "start 1"


def test_errors_of_the_rest_do_not_matter_and_those_of_the_part_have_their_places() -> None:
    broken = worker("broken")
    broken["parameters"] = {"output": 1, "wrong": 1}
    raw = drawn([{"id": 5}, broken, worker("c")], ["s -> broken", "broken -> c", "c -> nowhere"])
    assert plan(raw, "only", "c").plan is not None
    assert [(error.code, error.place) for error in plan(raw, "only", "broken").errors] == [("bad_parameter", "/nodes/2/parameters/wrong")]
    assert [(error.code, error.place) for error in plan(raw, "until", "c").errors] == [("bad_parameter", "/nodes/2/parameters/wrong")]


def test_a_wrong_connection_into_the_part_has_its_place() -> None:
    raw = drawn([worker("a"), worker("b")], ["s -> a", "a.none -> b"])
    assert [(error.code, error.place) for error in plan(raw).errors] == [("missing_port", "/connections/1")]
    assert plan(raw, "until", "a").plan is not None


def test_locks_and_cron_do_not_count_and_the_definition_is_kept_whole() -> None:
    raw = drawn([worker("a", lock="of the node"), worker("b")], ["s -> a", "a -> b"], lock="of the workflow", virtual_users="cron")
    planned = plan(raw, "until", "a").plan
    assert planned is not None
    assert (planned.compiled["lock_program"], planned.compiled["virtual_users"]) == (None, "inline")
    assert all(row["lock_program"] is None for row in planned.compiled["nodes"])
    assert planned.definition["nodes"] == raw["nodes"]


def test_nodes_that_do_not_run_keep_their_names_and_types() -> None:
    planned = plan(ABC, "until", "a").plan
    assert planned is not None
    shown = {row["node_id"]: (row["type"], row["subtype"], row["kind"]) for row in planned.compiled["nodes"]}
    assert shown["c"] == ("ACTION_NODE", "TRANSFORM", "pass")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"kind": "only", "node_id": "none"}, "no node 'none'"),
        ({"trigger": "a"}, "no trigger 'a'"),
        ({"pins": ["i"]}, "'i' cannot be pinned"),
    ],
)
def test_what_does_not_fit_the_definition_is_refused(given: dict[str, Any], message: str) -> None:
    raw = drawn([worker("a"), node("i", "IF", {"condition": "x"})], ["s -> a", "a -> i"])
    with pytest.raises(TestRefused, match=message):
        plan(raw, **given)


def test_pins_of_nodes_that_are_gone_are_left_out() -> None:
    assert seen(plan(ABC, "until", "a", pins=["gone"])) == (["a", "s"], [], ["s -> a", "a -> end of the test"])
