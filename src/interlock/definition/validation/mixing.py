"""Finds joins that can take a token of one round of a loop beside a token of another round."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from interlock.definition.compiling.components import strong_components
from interlock.definition.compiling.dominators import DominatorTree
from interlock.definition.compiling.drawing import Drawing, TypedNode
from interlock.definition.compiling.graph import Graph
from interlock.definition.compiling.joining import join_count, join_kind
from interlock.definition.flow_nodes.router import RouterParameters
from interlock.definition.node_types import NodeKind
from interlock.definition.validation.flow import Flow

WORK_LIMIT: Final = 300_000
"""How many connections are looked at in all; a larger graph may have joins that mix rounds and are not found."""
LOOKS: Final = 5
"""How often each connection is looked at to prepare the search for one join."""

Origin = tuple[int, int]
"""A node, and one of the groups of connections that its visits leave through together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """From the fork, one branch leads to the join while another starts the next round; all are numbers of nodes."""

    loop: Sequence[int]
    fork: int
    join: int


def find_mixtures(drawing: Drawing, flow: Flow) -> Iterator[Mixture]:
    """One mixture of each join that can mix rounds, in order of definition.

    A join mixes rounds if a fork in a loop sends one token to it and another one round the loop, on ways without a common node and past the join,
    and the loop later reaches another connection of the join. It does not if every round sends one token over each of these connections, in order.
    """
    forks = _forks_in_loops(flow)
    behind = flow.graph.reached_from(forks)
    left = WORK_LIMIT
    for join in _gathering_joins(drawing):
        if join not in behind:
            continue
        left -= LOOKS * len(drawing.main)
        if left < 0:
            return
        search = _Search(drawing, flow, join)
        for loop, fork, group in search.candidates(forks):
            left -= search.size
            if left < 0:
                return
            if search.leads_to_join_and_back(fork, group) and search.may_get_out_of_step(loop, fork):
                yield Mixture(loop=loop, fork=fork, join=join)
                break


def _forks_in_loops(flow: Flow) -> dict[int, list[int]]:
    """The nodes of loops that send several tokens at once, each with the numbers of the groups of connections in question."""
    cyclic = {position for loop in strong_components(flow.graph) if flow.graph.is_cyclic(loop) for position in loop}
    found: dict[int, list[int]] = {}
    for position in sorted(cyclic):
        groups = [number for number, together in enumerate(flow.branches[position]) if len(together) > 1]
        if groups:
            found[position] = groups
    return found


def _gathering_joins(drawing: Drawing) -> Iterator[int]:
    """The joins that may put several tokens into one visit."""
    for position, typed in enumerate(drawing.nodes):
        incoming = drawing.incoming[position]
        kind = join_kind(typed.node, incoming)
        if kind == "all" or (kind == "count" and (join_count(typed.node, incoming) or 0) > 1):
            yield position


class _Search:
    """The nodes from which a token can come to a join without passing it, and without waiting until the join has begun."""

    def __init__(self, drawing: Drawing, flow: Flow, join: int) -> None:
        self._drawing = drawing
        self._flow = flow
        self._join = join
        sources = flow.sources[join]
        self._passing = passing = flow.graph.restricted_to(position for position in range(len(flow.graph)) if position != join)
        self._before = passing.restricted_to(Graph(passing.predecessors, passing.successors).reached_from(s for s in sources if s != join))
        self._loops = self._open_loops()
        self.size = sum(map(len, self._before.successors)) + len(sources)

    def _open_loops(self) -> dict[int, Sequence[int]]:
        """The loop that each node is in; loops that go on only after the join has begun do not count."""
        waiting = {position for loop in _loops_of(self._before) for position in self._waiting_joins(loop)}
        graph = self._before.restricted_to(set(range(len(self._before))) - waiting) if waiting else self._before
        return {position: loop for loop in _loops_of(graph) for position in loop}

    def _waiting_joins(self, loop: Sequence[int]) -> Iterator[int]:
        """Joins of a loop that wait until the join in question has begun: some connection into them can bring a token only from there.

        Of two joins that hold each other up, the first in order of definition goes last, so it waits for the other one.
        """
        if self._kind(self._join) != "all":
            return
        after = self._flow.graph.reached_from([self._join])
        beside = self._passing.reached_from(loop[:1])
        for position in loop:
            only_behind = (source in after and source not in beside for source in self._flow.sources[position])
            if position > self._join and self._kind(position) == "all" and any(only_behind):
                yield position

    def _kind(self, position: int) -> str | None:
        return join_kind(self._drawing.nodes[position].node, self._drawing.incoming[position])

    def candidates(self, forks: dict[int, list[int]]) -> Iterator[tuple[Sequence[int], int, int]]:
        """Forks in a loop that goes on beside the join: the loop, the fork and a group of its connections."""
        for fork, groups in forks.items():
            loop = self._loops.get(fork)
            if loop is not None:
                yield from ((loop, fork, group) for group in groups)

    def leads_to_join_and_back(self, fork: int, group: int) -> bool:
        """Whether one branch leads to the join and another one back to the fork, with no node in common.

        The graph has one node more, the group, from which the branches go, and one to which both ends lead: it is a child of the group in the
        tree of dominators if there are two such ways.
        """
        start, end = len(self._before), len(self._before) + 1
        forward = [[*targets] for targets in self._before.successors]
        forward += [[*self._flow.branches[fork][group]], []]
        for source in self._flow.sources[self._join]:
            forward[source].append(self._join)
        forward[self._join] = forward[fork] = [end]
        seen = Graph(forward, forward).reached_from([start])
        if not {fork, self._join} <= seen:
            return False
        number = {position: index for index, position in enumerate(seen)}
        reached = Graph.of(len(seen), ((number[source], number[target]) for source in seen for target in forward[source]))
        tree = DominatorTree.of(reached.successors, reached.predecessors, number[start])
        return number[end] in tree.children_of_root()

    def may_get_out_of_step(self, loop: Sequence[int], fork: int) -> bool:
        """Whether the loop leads to several connections of the join, and not every round sends exactly one token over each of them, in order."""
        origins = [self._origins(source) for source in self._slots_from(fork)]
        if len(origins) < 2 or set.intersection(*map(set, origins)):
            return False
        return not all(any(self._is_in_every_round(loop, origin) for origin in ways) for ways in origins)

    def _slots_from(self, fork: int) -> list[int]:
        """Where the connections of the join come from that the fork leads to, one entry for each."""
        reached = self._before.reached_from([fork])
        return [source for source in self._flow.sources[self._join] if source in reached]

    def _origins(self, source: int) -> list[Origin]:
        """What sends a token over a connection each time that it leaves, in order: walked back from the connection while only one way leads there."""
        found: dict[Origin, None] = {}
        target = self._join
        while True:
            groups = [number for number, together in enumerate(self._flow.branches[source]) for each in together if each == target]
            typed = self._drawing.nodes[source]
            if len(groups) != 1 or _may_leave_in_part(typed) or (source, groups[0]) in found:
                return [*found]
            found[source, groups[0]] = None
            if len(typed.ports() or ()) != 1 or not _keeps_order(typed) or len(self._flow.sources[source]) != 1:
                return [*found]
            source, target = self._flow.sources[source][0], source

    def _is_in_every_round(self, loop: Sequence[int], origin: Origin) -> bool:
        position, group = origin
        if position not in loop:
            return False
        inside = {target for target in self._flow.graph.successors[position] if target in loop}
        others = self._before.restricted_to(other for other in loop if other != position)
        return inside <= set(self._flow.branches[position][group]) and not any(map(others.is_cyclic, strong_components(others)))


def _loops_of(graph: Graph) -> list[list[int]]:
    """The loops of a graph, each sorted."""
    return [sorted(component) for component in strong_components(graph) if graph.is_cyclic(component)]


def _may_leave_in_part(typed: TypedNode) -> bool:
    """Whether a group of its connections is what it *may* leave through together: a ROUTER takes those whose rules hold."""
    return isinstance(typed.parameters, RouterParameters) and typed.parameters.custom_config.mode == "all"


def _keeps_order(typed: TypedNode) -> bool:
    """Whether its visits leave in the order in which they began."""
    return typed.node.ordered or typed.kind == NodeKind.PASS
