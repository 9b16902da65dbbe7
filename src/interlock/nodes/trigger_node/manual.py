"""`TRIGGER_NODE/MANUAL`."""

from interlock.definition.flow_nodes.plain import NoParameters
from interlock.definition.node_types import NodeKind
from interlock.nodes.contract import NodeExecutionContext, NodeExecutor
from interlock.nodes.results import Completed


class Manual(NodeExecutor[NoParameters]):
    """Starts an execution that a person or a program asked for. Its output is the input of the execution."""

    type = "TRIGGER_NODE"
    subtype = "MANUAL"
    parameters = NoParameters
    kind = NodeKind.START
    has_side_effects = False

    async def execute(self, context: NodeExecutionContext[NoParameters]) -> Completed:
        return Completed(output=context.input)
