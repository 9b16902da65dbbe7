"""Reachability inside one cycle of the graph without one of its nodes."""

from collections.abc import Sequence

from interlock.definition.compiling.dominators import DominatorTree
from interlock.definition.compiling.graph import Graph


class Cycle:
    """A strongly connected component of two nodes or more, numbered `start` to `start + size - 1` in compiled order.

    Taking out one node mostly leaves the rest connected. What it cuts off is known from two dominator trees with the same root, one over the edges
    and one against them, so a search visits only that part: G. Italiano, L. Laura, F. Santaroni, "Finding strong bridges and strong
    articulation points in linear time" (2012).
    """

    def __init__(self, graph: Graph, start: int, size: int) -> None:
        inside = range(start, start + size)
        self._start = start
        self._successors = [[target - start for target in graph.successors[node] if target in inside] for node in inside]
        self._predecessors = [[source - start for source in graph.predecessors[node] if source in inside] for node in inside]
        self._forward = DominatorTree.of(self._successors, self._predecessors, 0)
        self._backward = DominatorTree.of(self._predecessors, self._successors, 0)

    def reaching(self, target: int, without: int) -> int:
        """Returns the nodes of this cycle from which a path leads to `target` that passes `without` at most at its beginning, as a set of bits.

        Both are numbers of the whole graph, and different.
        """
        target, without = target - self._start, without - self._start
        size = len(self._successors)
        if without == 0:
            members = self._searched(target, without, None)
        elif self._forward.strictly_dominates(without, target):
            members = self._searched(target, without, self._forward)
        else:
            members = (1 << size) - 1 & ~self._subtree(without)
            if self._backward.strictly_dominates(without, target):
                members |= self._searched(target, without, self._backward)
        return (members | 1 << without) << self._start

    def _searched(self, target: int, without: int, tree: DominatorTree | None) -> int:
        """Returns the nodes that lead to the target, searched against the edges; with a tree only those that `without` dominates in it."""
        seen = bytearray(b"0") * len(self._successors)
        seen[target] = 49
        pending = [target]
        first: Sequence[int] = tree.first if tree else range(len(self._successors))
        low, high = (tree.first[without], tree.last[without]) if tree else (0, len(self._successors))
        while pending:
            for source in self._predecessors[pending.pop()]:
                if seen[source] == 48 and low < first[source] <= high:
                    seen[source] = 49
                    pending.append(source)
        seen[without] = 48
        return int(seen[::-1], 2)

    def _subtree(self, without: int) -> int:
        """Returns the nodes that cannot return to the root without passing this one, including itself."""
        members = bytearray(b"0") * len(self._successors)
        for node in self._backward.subtree(without):
            members[node] = 49
        return int(members[::-1], 2)
