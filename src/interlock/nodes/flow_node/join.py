"""`FLOW_NODE/JOIN`."""

from interlock.definition.flow_nodes.plain import NoParameters
from interlock.definition.node_types import NodeKind
from interlock.nodes.contract import NodeExecutionContext, NodeExecutor
from interlock.nodes.results import Completed


class Join(NodeExecutor[NoParameters]):
    """Waits for the branches that lead to it, then goes on. Its output is everything that they delivered, merged in the order of the connections."""

    type = "FLOW_NODE"
    subtype = "JOIN"
    parameters = NoParameters
    kind = NodeKind.PASS
    has_side_effects = False

    async def execute(self, context: NodeExecutionContext[NoParameters]) -> Completed:
        return Completed(output=context.input)
