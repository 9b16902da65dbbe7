"""`FLOW_NODE/END`."""

from interlock.definition.flow_nodes.plain import NoParameters
from interlock.definition.node_types import NodeKind
from interlock.nodes.contract import NodeExecutionContext, NodeExecutor
from interlock.nodes.results import Completed


class End(NodeExecutor[NoParameters]):
    """Ends the execution at once as completed. Its output is the input of this node; everything that is still open is cancelled."""

    type = "FLOW_NODE"
    subtype = "END"
    parameters = NoParameters
    kind = NodeKind.END
    ports = ()
    has_side_effects = False

    async def execute(self, context: NodeExecutionContext[NoParameters]) -> Completed:
        return Completed(output=context.input)
