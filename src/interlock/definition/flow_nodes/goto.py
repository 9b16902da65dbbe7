"""FLOW_NODE/GOTO: continues at another node."""

from interlock.definition.model.base import DefinitionModel
from interlock.definition.model.fields import NodeReference


class GotoParameters(DefinitionModel):
    """Becomes a MAIN connection to the target."""

    target: NodeReference
    """The id of the node to go on at."""
