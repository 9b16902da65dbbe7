"""A connection as drawn."""

from pydantic import Field

from interlock.definition.model.base import DefinitionModel
from interlock.definition.model.connection_type import ConnectionType
from interlock.definition.model.fields import NodeId, PortName


class ConnectionDefinition(DefinitionModel):
    """A connection from a port of one node to another node; in JSON its ends are `from` and `to`."""

    from_node: NodeId = Field(alias="from")
    to_node: NodeId = Field(alias="to")
    port: PortName = "main"
    type: ConnectionType = ConnectionType.MAIN
