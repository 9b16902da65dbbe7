"""Definitions of the model, read and compiled as a user's are, with two more node types: steps that leave through any of their ports. A special step
is run only by a worker that has an executor for it.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict

from interlock.definition import FLOW_NODE_TYPES, NodeTypeInfo, NodeTypes, WorkflowDefinition, compile_definition, definition_checksum
from tests.model.graphs import STEP_PORTS, Definition


class StepParameters(BaseModel):
    model_config = ConfigDict(extra="forbid")


def node_types() -> NodeTypes:
    steps = (
        NodeTypeInfo(type="TEST_NODE", subtype=subtype, parameters=StepParameters, ports=STEP_PORTS, is_built_in=subtype == "STEP")
        for subtype in ("STEP", "SPECIAL")
    )
    return NodeTypes((*FLOW_NODE_TYPES, *steps))


def compiled(definition: Definition) -> tuple[dict[str, Any], str]:
    """The rows of a version, and its checksum."""
    read = WorkflowDefinition.model_validate(definition)
    return compile_definition(read, node_types()).to_json(), definition_checksum(read)
