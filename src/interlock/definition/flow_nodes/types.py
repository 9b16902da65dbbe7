"""The node types of flow nodes and the manual trigger."""

from typing import Any, Final

from pydantic import BaseModel

from interlock.definition.flow_nodes.fail import FailParameters
from interlock.definition.flow_nodes.goto import GotoParameters
from interlock.definition.flow_nodes.if_node import IfParameters
from interlock.definition.flow_nodes.plain import NoParameters
from interlock.definition.flow_nodes.router import RouterParameters
from interlock.definition.flow_nodes.set_context import SetContextParameters
from interlock.definition.flow_nodes.switch import SwitchParameters
from interlock.definition.flow_nodes.wait import WaitParameters
from interlock.definition.node_types import NodeKind, NodeTypeInfo


def switch_ports(parameters: BaseModel) -> tuple[str, ...]:
    """Returns the ports of the cases and the default."""
    assert isinstance(parameters, SwitchParameters)
    return tuple(dict.fromkeys([*(case.port for case in parameters.cases), parameters.default]))


def router_ports(parameters: BaseModel) -> tuple[str, ...]:
    """Returns the ports of the rules, and the default if there is one."""
    assert isinstance(parameters, RouterParameters)
    config = parameters.custom_config
    default = [] if config.default is None else [config.default]
    return tuple(dict.fromkeys([*(rule.port for rule in config.rules), *default]))


def _flow(subtype: str, parameters: type[BaseModel], kind: NodeKind, **more: Any) -> NodeTypeInfo:
    return NodeTypeInfo(type="FLOW_NODE", subtype=subtype, parameters=parameters, kind=kind, **more)


FLOW_NODE_TYPES: Final = (
    NodeTypeInfo(type="TRIGGER_NODE", subtype="MANUAL", parameters=NoParameters, kind=NodeKind.START),
    _flow("IF", IfParameters, NodeKind.CHOOSE, ports=("true", "false"), raw=frozenset({"condition"})),
    _flow("SWITCH", SwitchParameters, NodeKind.CHOOSE, ports=(), ports_of=switch_ports, raw=frozenset({"value", "cases", "default"})),
    _flow("ROUTER", RouterParameters, NodeKind.CHOOSE, ports=(), ports_of=router_ports, raw=frozenset({"custom_config"})),
    _flow("JOIN", NoParameters, NodeKind.PASS),
    _flow("GOTO", GotoParameters, NodeKind.PASS),
    _flow("WAIT", WaitParameters, NodeKind.WAIT, waits=True),
    _flow("SET_CONTEXT", SetContextParameters, NodeKind.SET_CONTEXT),
    _flow("FAIL", FailParameters, NodeKind.FAIL, ports=()),
    _flow("END", NoParameters, NodeKind.END, ports=()),
)
"""TRIGGER_NODE/MANUAL and the FLOW_NODEs that the database resolves."""
