"""`FLOW_NODE/SET_CONTEXT`."""

from interlock.definition.flow_nodes.set_context import SetContextParameters
from interlock.definition.node_types import NodeKind
from interlock.nodes.contract import NodeExecutionContext, NodeExecutor
from interlock.nodes.results import Completed


class SetContext(NodeExecutor[SetContextParameters]):
    """Sets keys in the context of the execution, which every later node can read, and passes its input on."""

    type = "FLOW_NODE"
    subtype = "SET_CONTEXT"
    parameters = SetContextParameters
    kind = NodeKind.SET_CONTEXT
    has_side_effects = False

    async def execute(self, context: NodeExecutionContext[SetContextParameters]) -> Completed:
        return Completed(output=context.input, context=context.parameters.values)
