"""`FLOW_NODE/SWITCH`."""

from interlock.definition.flow_nodes.switch import SwitchParameters
from interlock.definition.flow_nodes.types import switch_ports
from interlock.definition.node_types import NodeKind
from interlock.nodes.contract import NodeExecutionContext, NodeExecutor
from interlock.nodes.flow_node.choosing import leave_by
from interlock.nodes.results import Completed


class Switch(NodeExecutor[SwitchParameters]):
    """Compares a value with its cases, and passes its input on through the port of the first case that is equal, else through the default."""

    type = "FLOW_NODE"
    subtype = "SWITCH"
    parameters = SwitchParameters
    kind = NodeKind.CHOOSE
    ports = ()
    raw = frozenset({"value", "cases", "default"})
    has_side_effects = False

    @classmethod
    def ports_of(cls, parameters: SwitchParameters) -> tuple[str, ...]:
        return switch_ports(parameters)

    async def execute(self, context: NodeExecutionContext[SwitchParameters]) -> Completed:
        return leave_by(context.parameters.choice(), context.scope, context.input)
