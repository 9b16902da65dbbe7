"""Dominators of a graph seen from one node.

Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm" (2001).
"""

from collections.abc import Sequence
from dataclasses import dataclass

Lists = Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class DominatorTree:
    """`v` is dominated by `u`, that is, every path from the root to `v` passes `u`, when `first[u] <= first[v] <= last[u]`."""

    first: Sequence[int]
    last: Sequence[int]
    ranked: Sequence[int]

    @classmethod
    def of(cls, successors: Lists, predecessors: Lists, root: int) -> "DominatorTree":
        """Returns the tree of a graph in which every node can be reached from the root."""
        order = _postorder(successors, root)
        rank = [0] * len(successors)
        for position, node in enumerate(order):
            rank[node] = position
        parent = _immediate_dominators(order, rank, predecessors, root)
        children: list[list[int]] = [[] for _ in successors]
        for node in order[:-1]:
            children[parent[node]].append(node)
        return cls(*_intervals(children, root))

    def subtree(self, node: int) -> Sequence[int]:
        """Returns every node that this one dominates, including itself."""
        return self.ranked[self.first[node] : self.last[node] + 1]

    def children_of_root(self) -> list[int]:
        """Returns the nodes to which an edge leads from the root, or two paths with no other node in common."""
        found: list[int] = []
        position = 1
        while position < len(self.ranked):
            found.append(self.ranked[position])
            position = self.last[self.ranked[position]] + 1
        return found

    def strictly_dominates(self, above: int, below: int) -> bool:
        return self.first[above] < self.first[below] <= self.last[above]


def _postorder(successors: Lists, root: int) -> list[int]:
    seen = [False] * len(successors)
    seen[root] = True
    order: list[int] = []
    walk = [(root, iter(successors[root]))]
    while walk:
        node, rest = walk[-1]
        target = next((item for item in rest if not seen[item]), None)
        if target is None:
            order.append(node)
            walk.pop()
        else:
            seen[target] = True
            walk.append((target, iter(successors[target])))
    return order


def _immediate_dominators(order: Sequence[int], rank: Sequence[int], predecessors: Lists, root: int) -> list[int]:
    parent = [-1] * len(order)
    parent[root] = root
    changed = True
    while changed:
        changed = False
        for node in reversed(order[:-1]):
            best = -1
            for source in predecessors[node]:
                if parent[source] >= 0:
                    best = source if best < 0 else _meeting(parent, rank, source, best)
            if parent[node] != best:
                parent[node] = best
                changed = True
    return parent


def _meeting(parent: Sequence[int], rank: Sequence[int], one: int, other: int) -> int:
    while one != other:
        while rank[one] < rank[other]:
            one = parent[one]
        while rank[other] < rank[one]:
            other = parent[other]
    return one


def _intervals(children: Lists, root: int) -> tuple[list[int], list[int], list[int]]:
    first = [0] * len(children)
    last = [0] * len(children)
    ranked: list[int] = []
    walk = [(root, False)]
    while walk:
        node, done = walk.pop()
        if done:
            last[node] = len(ranked) - 1
            continue
        first[node] = len(ranked)
        ranked.append(node)
        walk.append((node, True))
        walk += [(child, False) for child in children[node]]
    return first, last, ranked
