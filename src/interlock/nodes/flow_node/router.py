"""`FLOW_NODE/ROUTER`."""

from interlock.definition.flow_nodes.router import RouterParameters
from interlock.definition.flow_nodes.types import router_ports
from interlock.definition.node_types import NodeKind
from interlock.nodes.contract import NodeExecutionContext, NodeExecutor
from interlock.nodes.flow_node.choosing import leave_by
from interlock.nodes.results import Completed


class Router(NodeExecutor[RouterParameters]):
    """Passes its input on through the port of the first rule that is true, or through the ports of all rules that are true.

    If no rule is true, it leaves through its default; without a default it fails with `no_route`, and is not tried again.
    """

    type = "FLOW_NODE"
    subtype = "ROUTER"
    parameters = RouterParameters
    kind = NodeKind.CHOOSE
    ports = ()
    raw = frozenset({"custom_config"})
    has_side_effects = False

    @classmethod
    def ports_of(cls, parameters: RouterParameters) -> tuple[str, ...]:
        return router_ports(parameters)

    async def execute(self, context: NodeExecutionContext[RouterParameters]) -> Completed:
        return leave_by(context.parameters.choice(), context.scope, context.input)
