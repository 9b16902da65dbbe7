"""`FLOW_NODE/IF`."""

from interlock.definition.flow_nodes.if_node import IfParameters
from interlock.definition.node_types import NodeKind
from interlock.nodes.contract import NodeExecutionContext, NodeExecutor
from interlock.nodes.flow_node.choosing import leave_by
from interlock.nodes.results import Completed


class If(NodeExecutor[IfParameters]):
    """Passes its input on through the port `true` if its condition is true, else through the port `false`."""

    type = "FLOW_NODE"
    subtype = "IF"
    parameters = IfParameters
    kind = NodeKind.CHOOSE
    ports = ("true", "false")
    raw = frozenset({"condition"})
    has_side_effects = False

    async def execute(self, context: NodeExecutionContext[IfParameters]) -> Completed:
        return leave_by(context.parameters.choice(), context.scope, context.input)
