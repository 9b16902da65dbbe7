"""`TRIGGER_NODE/MANUAL`."""

from interlock.definition.flow_nodes.plain import NoParameters
from interlock.definition.node_types import NodeKind
from interlock.nodes.contract import NodeExecutionContext, NodeExecutor
from interlock.nodes.results import Completed


class Manual(NodeExecutor[NoParameters]):
    """Where an execution starts that somebody asked for; its output is the execution's input."""

    type = "TRIGGER_NODE"
    subtype = "MANUAL"
    parameters = NoParameters
    kind = NodeKind.START

    async def execute(self, context: NodeExecutionContext[NoParameters]) -> Completed:
        return Completed(output=context.input)
