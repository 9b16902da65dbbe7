"""The typed model: its spellings, its defaults, its checksum."""

import json
from importlib.resources import files
from typing import Any

import pytest
from pydantic import ValidationError

import interlock.definition
from interlock.definition import WorkflowDefinition, compile_definition, definition_checksum, definition_schema, read_yaml
from interlock.json_text import read_json
from tests.definition.drawings import edge, node, workflow
from tests.definition.node_types import node_types

MAP = """
"Customer Analysis Agent": {
  "connection_types": {
    "ai_tool": {
      "connections": [{"node": "Customer Database Tool", "type": "AI_TOOL"}]
    },
    "ai_memory": {
      "connections": [{"node": "Customer Interaction History", "type": "AI_MEMORY"}]
    },
    "main": {
      "connections": [{"node": "Data Ingestion", "type": "MAIN"}]
    }
  }
}
"""
NODES: list[dict[str, Any]] = [
    {"id": "Data Ingestion", "type": "TRIGGER_NODE", "subtype": "MANUAL"},
    {"id": "Customer Database Tool", "type": "TOOL_NODE", "subtype": "HTTP_TOOL"},
    {"id": "Customer Interaction History", "type": "MEMORY_NODE", "subtype": "CONVERSATION"},
    {"id": "Customer Analysis Agent", "type": "AI_AGENT_NODE", "subtype": "CLAUDE_NODE", "parameters": {"output": 1}},
]
LIST = [
    {"from": "Customer Database Tool", "to": "Customer Analysis Agent", "type": "AI_TOOL"},
    {"from": "Customer Interaction History", "to": "Customer Analysis Agent", "type": "AI_MEMORY"},
    {"from": "Data Ingestion", "to": "Customer Analysis Agent"},
]


def test_the_connections_map_of_seed_004_is_the_list_that_it_means() -> None:
    raw = {"name": "agent", "nodes": NODES}
    by_map = WorkflowDefinition.model_validate(raw | {"connections": read_json("{" + MAP + "}")})
    assert by_map == WorkflowDefinition.model_validate(raw | {"connections": read_yaml("{" + MAP + "}")})
    assert by_map == WorkflowDefinition.model_validate(raw | {"connections": LIST})
    assert by_map.to_json()["connections"] == LIST
    assert definition_checksum(by_map) == definition_checksum(WorkflowDefinition.model_validate(raw | {"connections": LIST}))


def test_a_map_may_name_ports_and_leave_types_to_its_groups() -> None:
    connections = {"b": {"connection_types": {"MAIN": {"connections": [{"node": "a", "port": "true"}, {"node": "a", "port": False}]}}}}
    read = WorkflowDefinition.model_validate({"name": "x", "nodes": [node("a"), node("b")], "connections": connections})
    assert [(item.from_node, item.port, item.to_node) for item in read.connections] == [("a", "true", "b"), ("a", "false", "b")]


def test_reading_what_was_written_gives_an_equal_definition() -> None:
    definition = workflow(
        [node("a", join={"count": 1}, retry={"max_attempts": 3}, critical=False), node("b", on_error="port")], ["a -> b", "b.error -> a"], tags=["x"]
    )
    assert WorkflowDefinition.model_validate(json.loads(json.dumps(definition.to_json()))) == definition


def test_defaults_are_not_written() -> None:
    assert workflow([node("a", late="swallow", retry={"max_attempts": 1})], [], semantics=1).to_json() == {
        "name": "test",
        "nodes": [{"id": "a", "type": "FLOW_NODE", "subtype": "JOIN"}],
    }


def test_the_checksum_depends_on_the_content_only() -> None:
    one = workflow([node("a"), node("b", "IF", {"condition": "x"})], ["a -> b"])
    same = WorkflowDefinition.model_validate(
        {
            "connections": [{"type": "MAIN", "to": "b", "from": "a", "port": "main"}],
            "nodes": [{**node("a"), "max_visits": 10_000}, node("b", "IF", {"condition": "x"})],
            "name": "test",
            "virtual_users": "inline",
        }
    )
    assert definition_checksum(one) == definition_checksum(same)
    assert len(definition_checksum(one)) == 64
    others = [
        workflow([node("b", "IF", {"condition": "x"}), node("a")], ["a -> b"]),
        workflow([node("a"), node("b", "IF", {"condition": "y"})], ["a -> b"]),
        workflow([node("a"), node("b", "IF", {"condition": "x"})], []),
    ]
    assert len({definition_checksum(item) for item in (one, *others)}) == 4


@pytest.mark.parametrize(("critical", "on_error"), [(False, "continue"), (True, "fail")])
def test_critical_is_another_word_for_on_error(critical: bool, on_error: str) -> None:
    assert workflow([node("a", critical=critical)], []).nodes[0].on_error == on_error


def test_custom_config_may_stand_beside_the_parameters() -> None:
    config = {"rules": [{"condition": "x", "port": "p"}]}
    beside = workflow([node("r", "ROUTER", custom_config=config)], [])
    assert beside == workflow([node("r", "ROUTER", {"custom_config": config})], [])


@pytest.mark.parametrize("name", ["Customer Analysis Agent", "a", "_x", "a.b-c_d", "A" * 100])
def test_ids_that_are_accepted(name: str) -> None:
    assert workflow([node(name)], []).nodes[0].id == name


@pytest.mark.parametrize("name", ["", " a", "a ", "1a", "a/b", "ä", "a\n", "A" * 101, "-a", None, 1.5])
def test_ids_that_are_refused(name: Any) -> None:
    with pytest.raises(ValidationError):
        workflow([node(name)], [])


def test_words_that_yaml_reads_as_other_types_are_names_where_a_name_is_expected() -> None:
    read = WorkflowDefinition.model_validate(
        read_yaml(
            """
            name: 2024
            nodes:
              - {id: true, type: FLOW_NODE, subtype: JOIN}
              - {id: on, type: FLOW_NODE, subtype: JOIN, queue: 7}
            connections:
              on: {connection_types: {main: {connections: [{node: true, port: no}]}}}
              true: {connection_types: {main: {connections: [{node: on, port: true}]}}}
            """
        )
    )
    assert (read.name, [item.id for item in read.nodes], read.nodes[1].queue) == ("2024", ["true", "on"], "7")
    assert [(item.from_node, item.port, item.to_node) for item in read.connections] == [("true", "no", "on"), ("on", "true", "true")]


def test_a_definition_is_frozen() -> None:
    definition = workflow([node("a")], [])
    with pytest.raises(ValidationError):
        setattr(definition, "name", "other")  # noqa: B010  the type checker knows already that it cannot be


@pytest.mark.parametrize(
    "more", [{"unknown": 1}, {"semantics": 2}, {"semantics": True}, {"timeout_seconds": "5"}, {"tags": ["x"] * 51}, {"virtual_users": "x"}]
)
def test_unknown_fields_and_values_are_refused(more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        workflow([node("a")], [], **more)


def test_the_shipped_schema_is_that_of_the_model() -> None:
    shipped = json.loads(files("interlock.definition").joinpath("workflow.schema.json").read_text())
    assert shipped == definition_schema(), "write it again: python -m interlock.definition"


def test_the_schema_knows_every_way_to_write() -> None:
    schema = definition_schema()
    assert schema["properties"]["connections"]["anyOf"][0]["items"] == {"$ref": "#/$defs/ConnectionDefinition"}
    assert {"critical", "custom_config", "on_error"} <= schema["$defs"]["NodeDefinition"]["properties"].keys()
    assert schema["additionalProperties"] is False
    assert "ai_tool" in schema["$defs"]["Receiver"]["properties"]["connection_types"]["propertyNames"]["enum"]


def test_the_public_names_are_these() -> None:
    assert sorted(interlock.definition.__all__) == [
        "CannotCompile", "CheckedDefinition", "CompiledConnection", "CompiledNode", "CompiledWorkflow", "ConnectionDefinition", "ConnectionType",
        "CountJoin", "DEFINITION_LIMITS", "DefinitionError", "Expression", "ExpressionError", "ExpressionLimits", "ExpressionText",
        "FLOW_NODE_TYPES", "Late", "NodeDefinition", "NodeKind", "NodeTypeInfo", "NodeTypeLookup", "NodeTypes", "OnError", "PlannedTest", "Reach",
        "Report", "RetryPolicy", "Scope", "SoundDefinition", "Template", "TestPlan", "TestRefused", "TestScope", "VirtualUsers",
        "WorkflowDefinition", "WrittenDefinition", "check_definition", "compile_definition", "definition_checksum", "definition_schema",
        "find_positions", "parse_expression", "parse_template", "plan_test", "read_file", "read_yaml", "render", "validate_definition",
        "validate_file", "validate_text",
    ]  # fmt: skip
    for name in interlock.definition.__all__:
        assert getattr(interlock.definition, name) is not None


def test_edges_are_short_for_connections() -> None:
    assert edge("a.true -> b", type="AI_TOOL") == {"from": "a", "to": "b", "port": "true", "type": "AI_TOOL"}


def test_a_position_is_part_of_the_content_and_changes_nothing_else() -> None:
    unplaced = workflow([node("a"), node("b", "IF", {"condition": "x"})], ["a -> b"])
    placed = workflow([node("a", position={"x": 0, "y": -12.5}), node("b", "IF", {"condition": "x"}, position={"x": 40.0, "y": -0.0})], ["a -> b"])
    assert [item.get("position") for item in placed.to_json()["nodes"]] == [{"x": 0, "y": -12.5}, {"x": 40, "y": 0}]
    assert '"x": 40,' in json.dumps(placed.to_json()), "a whole number stays one, in whichever way it was written"
    assert definition_checksum(placed) != definition_checksum(unplaced)
    assert compile_definition(placed, node_types()) == compile_definition(unplaced, node_types())


def test_a_definition_without_positions_has_the_checksum_that_it_had_before_there_were_any() -> None:
    definition = workflow([node("a"), node("b", "IF", {"condition": "x"}, position=None)], ["a -> b"])
    assert definition_checksum(definition) == "63b42693afa709eccc92f3c374cc1bf9dec3ee1fbcb7bcd367950e371f0e7356"


@pytest.mark.parametrize(
    "position", ["here", [0, 0], {}, {"x": 0}, {"x": "0", "y": 0}, {"x": float("nan"), "y": 0}, {"x": float("inf"), "y": 0}, {"x": 1e308, "y": 0},
                 {"x": 1_000_001, "y": 0}, {"x": 0, "y": True}, {"x": 0, "y": None}, {"x": 0, "y": 0, "z": 0}]
)  # fmt: skip
def test_positions_that_are_refused(position: Any) -> None:
    with pytest.raises(ValidationError):
        workflow([node("a", position=position)], [])
