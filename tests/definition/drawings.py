"""Short ways to write definitions for tests."""

from typing import Any

from interlock.definition import CompiledWorkflow, WorkflowDefinition, compile_definition
from tests.definition.node_types import node_types

Raw = dict[str, Any]


def node(node_id: str, subtype: str = "JOIN", parameters: Raw | None = None, **more: Any) -> Raw:
    """Returns a FLOW_NODE, or the trigger for `MANUAL`."""
    node_type = "TRIGGER_NODE" if subtype == "MANUAL" else more.pop("type", "FLOW_NODE")
    return {"id": node_id, "type": node_type, "subtype": subtype, **({"parameters": parameters} if parameters else {}), **more}


def edge(text: str, **more: Any) -> Raw:
    """Returns the connection of `a -> b` or `a.port -> b`."""
    source, target = (part.strip() for part in text.split("->"))
    name, _, port = source.partition(".")
    return {"from": name, "to": target, **({"port": port} if port else {}), **more}


def workflow(nodes: list[Raw], edges: list[str], **more: Any) -> WorkflowDefinition:
    return WorkflowDefinition.model_validate({"name": "test", "nodes": nodes, "connections": [edge(text) for text in edges], **more})


def compiled(nodes: list[Raw], edges: list[str], **more: Any) -> CompiledWorkflow:
    return compile_definition(workflow(nodes, edges, **more), node_types())


def joins(count: int, edges: list[tuple[int, int]]) -> WorkflowDefinition:
    """Returns a graph of plain nodes `n0` to `n{count-1}`."""
    nodes = [node(f"n{number}") for number in range(count)]
    connections = [{"from": f"n{source}", "to": f"n{target}"} for source, target in edges]
    return WorkflowDefinition.model_validate({"name": "graph", "nodes": nodes, "connections": connections})
