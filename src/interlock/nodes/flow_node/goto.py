"""`FLOW_NODE/GOTO`."""

from interlock.definition.flow_nodes.goto import GotoParameters
from interlock.definition.node_types import NodeKind
from interlock.nodes.contract import NodeExecutionContext, NodeExecutor
from interlock.nodes.results import Completed


class Goto(NodeExecutor[GotoParameters]):
    """Passes its input on to another node, which may come before it: this makes a loop, and each round is a new visit."""

    type = "FLOW_NODE"
    subtype = "GOTO"
    parameters = GotoParameters
    kind = NodeKind.PASS
    has_side_effects = False

    async def execute(self, context: NodeExecutionContext[GotoParameters]) -> Completed:
        return Completed(output=context.input)
