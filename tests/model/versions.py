"""Definitions of the model, read and compiled as a user's are, with one more node type: a step that leaves through any of its ports."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from interlock.definition import FLOW_NODE_TYPES, NodeTypeInfo, NodeTypes, WorkflowDefinition, compile_definition, definition_checksum
from tests.model.graphs import STEP_PORTS, Definition


class StepParameters(BaseModel):
    model_config = ConfigDict(extra="forbid")


def node_types() -> NodeTypes:
    return NodeTypes((*FLOW_NODE_TYPES, NodeTypeInfo(type="TEST_NODE", subtype="STEP", parameters=StepParameters, ports=STEP_PORTS)))


def compiled(definition: Definition) -> tuple[dict[str, Any], str]:
    """The rows of a version, and its checksum."""
    read = WorkflowDefinition.model_validate(definition)
    return compile_definition(read, node_types()).to_json(), definition_checksum(read)
