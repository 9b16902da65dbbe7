"""A definition with its nodes numbered and their types found, as validation and the compiler use it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pydantic import BaseModel, ValidationError

from interlock.definition.compiling.graph import Graph
from interlock.definition.flow_nodes.goto import GotoParameters
from interlock.definition.flow_nodes.if_node import IfParameters
from interlock.definition.flow_nodes.router import RouterParameters
from interlock.definition.flow_nodes.switch import SwitchParameters
from interlock.definition.model.connection import ConnectionDefinition
from interlock.definition.model.connection_type import ConnectionType
from interlock.definition.model.join import OnError
from interlock.definition.model.node import NodeDefinition
from interlock.definition.node_types import NodeKind, NodeTypeInfo, NodeTypeLookup


@dataclass(frozen=True, slots=True)
class TypedNode:
    """A node with its type, and its parameters if they are valid as they are.

    Attributes:
        info: None where the type is unknown.
        parameters: None where they are errory, or hold a template where the type wants something else than text.
    """

    node: NodeDefinition
    info: NodeTypeInfo | None
    parameters: BaseModel | None

    @classmethod
    def of(cls, node: NodeDefinition, node_types: NodeTypeLookup) -> "TypedNode":
        info = node_types.find(node.type, node.subtype)
        try:
            return cls(node, info, info.parameters.model_validate(node.parameters) if info else None)
        except ValidationError:
            return cls(node, info, None)

    @property
    def kind(self) -> str:
        if self.node.disabled:
            return NodeKind.PASS
        if self.info is not None:
            return self.info.kind
        return NodeKind.START if self.node.type == "TRIGGER_NODE" else NodeKind.WORKER

    @property
    def queue(self) -> str:
        """Returns the queue that the definition names, else that of its node type."""
        return self.node.queue or (self.info.queue if self.info is not None else "default")

    def ports(self) -> tuple[str, ...] | None:
        """Returns the ports that it can leave through, including those that `on_error` adds; None if they are unknown."""
        if self.info is None or (self.info.ports_of is not None and self.parameters is None):
            return None
        ports = self.info.ports
        if self.info.ports_of is not None and self.parameters is not None:
            ports = self.info.ports_of(self.parameters)
        added = {OnError.FAIL: (), OnError.CONTINUE: ("main",), OnError.PORT: ("error",)}[self.node.on_error]
        return tuple(dict.fromkeys([*ports, *added]))

    def leaves_through_one_port(self) -> bool:
        """Whether every visit leaves through exactly one of its ports."""
        return isinstance(self.parameters, IfParameters | SwitchParameters | RouterParameters) and not self.parameters.choice().every


class Drawing:
    """Nodes with distinct ids and the connections between them; connections to nodes that do not exist are left out.

    Attributes:
        nodes: in order of definition.
        connections: in order of definition, then one for each GOTO that is not drawn as well, in order of its node.
        number: where a node stands, by id.
    """

    def __init__(self, nodes: Sequence[TypedNode], connections: Sequence[ConnectionDefinition]) -> None:
        self.nodes = nodes
        self.number: Mapping[str, int] = {typed.node.id: position for position, typed in enumerate(nodes)}
        drawn = [connection for connection in connections if connection.from_node in self.number and connection.to_node in self.number]
        self.connections = [*drawn, *(jump for typed in nodes if (jump := self._jump(typed)) and jump not in set(drawn))]

    def _jump(self, typed: TypedNode) -> ConnectionDefinition | None:
        if not isinstance(typed.parameters, GotoParameters) or typed.parameters.target not in self.number:
            return None
        return ConnectionDefinition(from_node=typed.node.id, to_node=typed.parameters.target)

    @cached_property
    def main(self) -> list[tuple[int, str, int]]:
        """The MAIN connections: from, port, to."""
        return [(self.number[item.from_node], item.port, self.number[item.to_node]) for item in self.connections if item.type is ConnectionType.MAIN]

    @cached_property
    def incoming(self) -> list[int]:
        """The number of MAIN connections into each node."""
        counts = [0] * len(self.nodes)
        for _, _, target in self.main:
            counts[target] += 1
        return counts

    @cached_property
    def fan_outs(self) -> list[int]:
        """The most MAIN connections that one visit of each node leaves through: those of its widest port, or all if it may take several."""
        used: list[Counter[str]] = [Counter() for _ in self.nodes]
        for source, port, _ in self.main:
            used[source][port] += 1
        return [
            max(ports.values(), default=0) if typed.leaves_through_one_port() else ports.total()
            for typed, ports in zip(self.nodes, used, strict=True)
        ]

    @cached_property
    def graph(self) -> Graph:
        """The graph of the MAIN connections."""
        return Graph.of(len(self.nodes), ((source, target) for source, _, target in self.main))

    @cached_property
    def ends(self) -> list[bool]:
        """Whether some port of each node leads nowhere; a node with unknown ports counts as one."""
        used: list[set[str]] = [set() for _ in self.nodes]
        for source, port, _ in self.main:
            used[source].add(port)
        return [ports is None or not set(ports) <= used[position] for position, ports in enumerate(typed.ports() for typed in self.nodes)]
