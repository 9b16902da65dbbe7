"""Node types that take no parameters."""

from interlock.definition.model.base import DefinitionModel


class NoParameters(DefinitionModel):
    """No parameters: FLOW_NODE/JOIN, FLOW_NODE/END, TRIGGER_NODE/MANUAL."""
