"""What the compiled rows of a version contain."""

import json

import pytest

from interlock.definition import FLOW_NODE_TYPES, CannotCompile, NodeTypeInfo, NodeTypes, WorkflowDefinition, compile_definition
from interlock.definition.compiling.compiled import CompiledNode
from tests.definition.drawings import compiled, edge, node, workflow
from tests.definition.node_types import Nothing, node_types


def by_id(nodes: list[dict[str, object]], edges: list[str], **more: object) -> dict[str, CompiledNode]:
    return {row.node_id: row for row in compiled(nodes, edges, **more).nodes}


def test_kinds_come_from_the_node_types() -> None:
    rows = by_id(
        [
            node("s", "MANUAL"),
            node("i", "IF", {"condition": "x"}),
            node("j"),
            node("w", "WAIT", {"seconds": 5}),
            node("c", "SET_CONTEXT", {"values": {"a": 1}}),
            node("f", "FAIL", {"message": "no"}),
            node("e", "END"),
            node("t", "TRANSFORM", {"output": 1}, type="ACTION_NODE"),
        ],
        [],
    )
    assert {key: row.kind for key, row in rows.items()} == {
        "s": "start", "i": "choose", "j": "pass", "w": "wait", "c": "set_context", "f": "fail", "e": "end", "t": "worker",
    }  # fmt: skip


def test_a_goto_becomes_a_connection_after_the_drawn_ones() -> None:
    result = compiled([node("s", "MANUAL"), node("a"), node("g", "GOTO", {"target": "a"})], ["s -> a", "a -> g"])
    assert [(item.connection_no, item.from_node, item.port, item.to_node, item.slot) for item in result.connections] == [
        (0, 0, "main", 1, 0),
        (1, 1, "main", 2, 0),
        (2, 2, "main", 1, 1),
    ]


def test_a_goto_that_is_drawn_too_is_one_connection() -> None:
    assert len(compiled([node("s", "MANUAL"), node("g", "GOTO", {"target": "a"}), node("a")], ["s -> g", "g -> a"]).connections) == 2


def test_slots_count_main_connections_only_in_order_of_definition() -> None:
    agent = node("agent", "CLAUDE_NODE", {"output": 1}, type="AI_AGENT_NODE")
    definition = WorkflowDefinition.model_validate(
        {
            "name": "slots",
            "nodes": [node("s", "MANUAL"), node("a"), node("tool", "HTTP_TOOL", type="TOOL_NODE"), agent],
            "connections": [edge("s -> agent"), edge("tool -> agent", type="AI_TOOL"), edge("s -> a"), edge("a -> agent")],
        }
    )
    result = compile_definition(definition, node_types())
    assert [item.slot for item in result.connections] == [0, None, 0, 1]
    assert next(row for row in result.nodes if row.node_id == "agent").slot_count == 2


def test_a_join_needs_two_connections() -> None:
    nodes = [node("s", "MANUAL"), node("a", join="first"), node("b", join={"count": 2}), node("c", join="each"), node("d")]
    rows = by_id(nodes, ["s -> a", "s -> b", "a -> b", "a -> c", "b -> c", "a -> d", "b -> d"])
    assert {key: (row.join_kind, row.join_count) for key, row in rows.items()} == {
        "s": (None, None), "a": (None, None), "b": ("count", 2), "c": ("each", None), "d": ("all", None),
    }  # fmt: skip


def test_repeatable_is_what_a_cycle_or_an_early_join_can_visit_again() -> None:
    nodes = [node("s", "MANUAL"), node("l"), node("x"), node("y"), node("a"), node("b"), node("all"), node("first", join="first"), node("below")]
    edges = ["s -> l", "l -> x", "x -> l", "x -> y", "s -> a", "s -> b", "a -> all", "b -> all", "a -> first", "b -> first", "first -> below"]
    assert {key for key, row in by_id(nodes, edges).items() if row.is_repeatable} == {"l", "x", "y", "first", "below"}


def test_nodes_that_expressions_name_are_indexed_and_needed() -> None:
    nodes = [
        node("s", "MANUAL"),
        node("a"),
        node("b", ordered=True),
        node("t", "TRANSFORM", {"output": {"x": "{{ nodes.a.output.x }} {{ nodes['s'].output }}", "y": "{{ context.z }}"}}, type="ACTION_NODE"),
    ]
    rows = by_id(nodes, ["s -> a", "a -> b", "b -> t"])
    assert {key for key, row in rows.items() if row.is_indexed} == {"s", "a", "b"}
    assert (rows["t"].needs, rows["t"].uses_context) == ((0, 1), True)
    assert (rows["a"].needs, rows["a"].uses_context) == ((), False)


@pytest.mark.parametrize(
    "part", [{"subtype": "TRANSFORM", "parameters": {"output": "{{ nodes[name].output }}"}}, {"subtype": "RUN_CODE", "parameters": {"code": "{{"}}]
)
def test_an_expression_that_computes_a_node_name_needs_every_output(part: dict[str, object]) -> None:
    rows = by_id([node("s", "MANUAL"), {"id": "t", "type": "ACTION_NODE", **part}], ["s -> t"])
    assert rows["t"].needs is None
    assert all(row.is_indexed for row in rows.values())


def test_expressions_are_found_wherever_a_model_marks_them() -> None:
    parameters = {"condition": "nodes.a.output.x", "every": ["nodes.b.output"], "named": {"k": "nodes.c.output"}}
    rows = by_id([node("a"), node("b"), node("c"), node("t", "CHECK", parameters, type="ACTION_NODE")], [])
    assert rows["t"].needs == (0, 1, 2)


def test_ends_is_true_where_some_port_leads_nowhere() -> None:
    nodes = [
        node("s", "MANUAL"),
        node("i", "IF", {"condition": "x"}),
        node("k", "IF", {"condition": "x"}),
        node("e", "END"),
        node("p", on_error="port"),
        node("c", on_error="continue"),
        node("f", "FAIL", {"message": "x"}, on_error="continue"),
    ]
    edges = ["s -> i", "i.true -> k", "k.true -> e", "k.false -> p", "p -> c", "p.error -> e", "c -> f"]
    assert {key for key, row in by_id(nodes, edges).items() if row.ends} == {"i", "f"}


def test_inline_programs() -> None:
    nodes = [
        node("sw", "SWITCH", {"value": "kind", "cases": [{"equals": "a", "port": "x"}]}),
        node("r", "ROUTER", custom_config={"rules": [{"condition": "len(a) > 1", "port": "p"}, {"condition": "b", "port": "q"}], "mode": "all"}),
        node("rich", "IF", {"condition": "len(a) > 1"}),
        node("w", "WAIT", {"seconds": "{{ delay }}"}),
        node("u", "WAIT", {"until": "2030-01-01T00:00:00Z"}),
        node("c", "SET_CONTEXT", {"values": {"a": "{{ input.x }}", "b": "n: {{ subject }}", "c": [1]}}),
        node("d", "SET_CONTEXT", {"values": {"a": ["{{ input.x }}"]}}),
        node("f", "FAIL", {"code": "bad", "message": "{{ reason }}"}),
    ]
    inline = {key: row.inline for key, row in by_id(nodes, []).items()}
    assert inline["sw"] == {
        "rules": [{"known": 'strict exists($."kind")', "path": 'strict ($."kind".type() == "string" && $."kind" == "a")', "port": "x"}],
        "default": "default",
        "all": False,
    }
    router = inline["r"]
    assert router is not None
    assert (router["default"], router["all"], [rule["port"] for rule in router["rules"]]) == (None, True, ["p", "q"])
    assert router["rules"][0]["known"] == "strict 1 == 2"
    assert inline["rich"] is None
    assert inline["w"] == {"seconds": {"path": ["input", "delay"]}}
    assert inline["u"] == {"until": {"literal": "2030-01-01T00:00:00Z"}}
    assert inline["c"] == {
        "values": {
            "a": {"path": ["input", "x"]},
            "b": {"text": [{"literal": "n: "}, {"path": ["subject"]}]},
            "c": {"literal": [1]},
        }
    }
    assert inline["d"] is None
    assert inline["f"] == {"code": "bad", "message": {"text": [{"path": ["input", "reason"]}]}}


def test_positions_are_left_to_the_evaluator_because_the_database_would_read_them_as_keys() -> None:
    nodes = [node("a", "WAIT", {"seconds": "{{ delays[0] }}"}), node("b", "WAIT", {"seconds": "{{ delays['0'] }}"})]
    assert {key: row.inline for key, row in by_id(nodes, []).items()} == {"a": None, "b": None}


def test_locks_become_programs() -> None:
    result = compiled([node("s", "MANUAL", lock="seat")], [], lock="account-{{ input.account }}")
    assert result.lock_program == {"text": [{"literal": "account-"}, {"path": ["input", "account"]}]}
    assert result.nodes[0].lock_program == {"literal": "seat"}


def test_a_node_without_a_queue_gets_the_queue_of_its_type() -> None:
    types = NodeTypes([*FLOW_NODE_TYPES, NodeTypeInfo(type="ACTION_NODE", subtype="HEAVY", parameters=Nothing, queue="heavy")])
    drawn = [node("s", "MANUAL"), *({"id": name, "type": "ACTION_NODE", "subtype": "HEAVY"} for name in "ab")]
    drawn[2]["queue"] = "default"
    result = compile_definition(WorkflowDefinition.model_validate({"name": "w", "nodes": drawn, "connections": []}), types)
    assert {row.node_id: row.queue for row in result.nodes} == {"s": "default", "a": "heavy", "b": "default"}


def test_rows_are_json_with_every_attribute() -> None:
    retry = {"max_attempts": 3, "initial_seconds": 0.5, "multiplier": 3, "max_seconds": 10, "jitter": 0}
    result = compiled([node("s", "MANUAL", name="Begin"), node("a", retry=retry, timeout_seconds=9, queue="slow")], ["s -> a"], timeout_seconds=60)
    rows = json.loads(json.dumps(result.to_json()))
    assert sorted(rows) == ["connections", "lock_program", "nodes", "reaches", "semantics", "timeout_seconds", "virtual_users"]
    assert (rows["semantics"], rows["virtual_users"], rows["timeout_seconds"]) == (1, "inline", 60)
    assert rows["nodes"][1] == {
        "node_no": 1, "node_id": "a", "name": "a", "type": "FLOW_NODE", "subtype": "JOIN", "kind": "pass", "queue": "slow", "requires": None,
        "join_kind": None, "join_count": None, "fan_out": 0,
        "late": "swallow", "slot_count": 1, "ordered": False, "is_repeatable": False, "is_indexed": False, "on_error": "fail",
        "max_attempts": 3, "retry_initial_seconds": 0.5, "retry_multiplier": 3, "retry_max_seconds": 10, "retry_jitter": 0, "timeout_seconds": 9,
        "max_visits": 10000, "lock_program": None, "inline": {}, "parameters": {}, "needs": [], "uses_context": False, "ends": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("nodes", "edges"),
    [
        ([node("a"), node("a")], []),
        ([node("a")], ["a -> b"]),
        ([node("a", "NOPE")], []),
        ([node("a"), node("b", join={"count": 2})], ["a -> b"]),
        ([node("a", lock="{{ len(x) }}")], []),
    ],
)
def test_what_cannot_be_compiled_is_refused(nodes: list[dict[str, object]], edges: list[str]) -> None:
    with pytest.raises(CannotCompile):
        compile_definition(workflow(nodes, edges), node_types())
