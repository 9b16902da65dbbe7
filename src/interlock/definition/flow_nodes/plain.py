"""Node types that take no parameters."""

from interlock.definition.model.base import DefinitionModel


class NoParameters(DefinitionModel):
    """Takes none: FLOW_NODE/JOIN, FLOW_NODE/END, TRIGGER_NODE/MANUAL."""
