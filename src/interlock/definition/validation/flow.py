"""How tokens can move through a drawing, as far as the rules about loops need it."""

from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from interlock.definition.compiling.drawing import Drawing, TypedNode
from interlock.definition.compiling.graph import Graph
from interlock.definition.flow_nodes.router import RouterParameters
from interlock.definition.node_types import NodeKind

Branches = Sequence[Sequence[int]]
"""The connections of one node, those that one visit may leave through together in one list; each as the node that it leads to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The MAIN connections of a drawing, without those that are errors of their own: into triggers, and from a GOTO to itself.

    Attributes:
        graph: the nodes over these connections.
        sources: where each connection into a node comes from, one entry for each connection.
        branches: the connections of each node, grouped by what leaves together.
        forks: nodes that may send more than one token at once.
    """

    graph: Graph
    sources: Sequence[Sequence[int]]
    branches: Sequence[Branches]
    forks: AbstractSet[int]

    @classmethod
    def of(cls, drawing: Drawing) -> "Flow":
        connections = [(source, port, target) for source, port, target in drawing.main if _may_carry(drawing, source, target)]
        sources: list[list[int]] = [[] for _ in drawing.nodes]
        ports: list[dict[str, list[int]]] = [{} for _ in drawing.nodes]
        for source, port, target in connections:
            sources[target].append(source)
            ports[source].setdefault(port, []).append(target)
        branches = [_branches(typed, leaving) for typed, leaving in zip(drawing.nodes, ports, strict=True)]
        return cls(
            graph=Graph.of(len(drawing.nodes), ((source, target) for source, _, target in connections)),
            sources=sources,
            branches=branches,
            forks={
                position
                for position, typed in enumerate(drawing.nodes)
                if any(len(together) > 1 for together in branches[position]) or _chooses_several(typed, ports[position])
            },
        )

    def leading_to(self, nodes: Iterable[int]) -> set[int]:
        """These nodes and every node from which a path leads to one of them."""
        return Graph(self.graph.predecessors, self.graph.successors).reached_from(nodes)


def _may_carry(drawing: Drawing, source: int, target: int) -> bool:
    is_own_goto = source == target and drawing.nodes[source].node.subtype == "GOTO"
    return drawing.nodes[target].kind is not NodeKind.START and not is_own_goto


def _branches(typed: TypedNode, ports: dict[str, list[int]]) -> Branches:
    if not _takes_every_rule(typed):
        return list(ports.values())
    rules = [target for port, targets in ports.items() if port != "error" for target in targets]
    return [rules, *(targets for port, targets in ports.items() if port == "error")]


def _takes_every_rule(typed: TypedNode) -> bool:
    return isinstance(typed.parameters, RouterParameters) and typed.parameters.custom_config.mode == "all"


def _chooses_several(typed: TypedNode, ports: Collection[str]) -> bool:
    """Whether a worker may leave through several ports at once; the port `error` is never one of several."""
    return typed.kind is NodeKind.WORKER and len(set(ports) - {"error"}) > 1
