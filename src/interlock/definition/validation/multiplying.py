"""Finds loops in which tokens become more with every round."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from interlock.definition.compiling.components import strong_components
from interlock.definition.compiling.dominators import DominatorTree
from interlock.definition.compiling.drawing import Drawing
from interlock.definition.compiling.joining import join_kind
from interlock.definition.validation.flow import Flow

WORK_LIMIT: Final = 300_000
"""How many connections are looked at in all; a larger graph may have loops that grow and are not found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Two ways lead from the fork to the join, with no node in common, and one leads from the join back to the fork; all are numbers of nodes."""

    loop: Sequence[int]
    fork: int
    join: int


def find_growth(drawing: Drawing, flow: Flow) -> Iterator[Growth]:
    """One growth of each loop that has one, in order of the loops' first nodes.

    Joins of the kinds `first` and `count` take tokens away, so ways through them do not count.
    """
    kinds = [join_kind(typed.node, incoming) for typed, incoming in zip(drawing.nodes, drawing.incoming, strict=True)]
    graph = flow.graph.restricted_to([position for position, kind in enumerate(kinds) if kind not in ("first", "count")])
    left = WORK_LIMIT
    for loop in sorted(map(sorted, strong_components(graph))):
        if not graph.is_cyclic(loop):
            continue
        ways = _WaysBack.of(flow, loop)
        joins = [position for position in loop if kinds[position] == "each" and sum(source in ways.number for source in flow.sources[position]) > 1]
        for join in joins if ways.forks else ():
            left -= ways.size
            if left < 0:
                return
            fork = ways.fork_into(join)
            if fork is not None:
                yield Growth(loop=loop, fork=fork, join=join)
                break


class _WaysBack:
    """The connections of one loop, against their direction; a fork has a node of its own between it and the nodes that it leads to.

    So two ways from a join to the node of a fork, with no node in common, are two branches of one fork that meet in the join.
    """

    def __init__(self, number: dict[int, int], forks: list[tuple[int, list[int]]], forward: list[list[int]]) -> None:
        self.number = number
        self.forks = forks
        self.size = sum(map(len, forward))
        self._forward = forward
        self._backward: list[list[int]] = [[] for _ in forward]
        for source, targets in enumerate(forward):
            for target in targets:
                self._backward[target].append(source)

    @classmethod
    def of(cls, flow: Flow, loop: Sequence[int]) -> "_WaysBack":
        number = {position: index for index, position in enumerate(loop)}
        forward: list[list[int]] = [[] for _ in loop]
        forks: list[tuple[int, list[int]]] = []
        for position in loop:
            for together in flow.branches[position]:
                targets = [number[target] for target in together if target in number]
                if len(targets) < 2:
                    forward[number[position]] += targets
                    continue
                forward[number[position]].append(len(forward))
                forward.append(targets)
                forks.append((position, targets))
        return cls(number, forks, forward)

    def fork_into(self, join: int) -> int | None:
        """The first node whose branches meet in the join, each on a way of its own."""
        root = self.number[join]
        tree = DominatorTree.of(self._backward, self._forward, root)
        below_root = set(tree.children_of_root())
        for group, (fork, targets) in enumerate(self.forks, start=len(self.number)):
            others = sum(target != root and not tree.strictly_dominates(group, target) for target in targets)
            if group in below_root and (others or targets.count(root) > 1):
                return fork
        return None
