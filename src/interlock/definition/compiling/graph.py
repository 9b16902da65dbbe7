"""A directed graph of numbered nodes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes 0 to n-1; each neighbour stands once in the lists, in the order of the first edge to it."""

    successors: Sequence[Sequence[int]]
    predecessors: Sequence[Sequence[int]]

    @classmethod
    def of(cls, size: int, edges: Iterable[tuple[int, int]]) -> "Graph":
        forward: list[dict[int, None]] = [{} for _ in range(size)]
        backward: list[dict[int, None]] = [{} for _ in range(size)]
        for source, target in edges:
            forward[source][target] = None
            backward[target][source] = None
        return cls([list(item) for item in forward], [list(item) for item in backward])

    def __len__(self) -> int:
        return len(self.successors)

    def renumbered(self, order: Sequence[int]) -> "Graph":
        """Returns the same graph, in which node `order[i]` is node i."""
        number = {node: position for position, node in enumerate(order)}
        return Graph(
            [[number[target] for target in self.successors[node]] for node in order],
            [[number[source] for source in self.predecessors[node]] for node in order],
        )

    def restricted_to(self, nodes: Iterable[int]) -> "Graph":
        """Returns a graph of the same size with only the edges between these nodes."""
        kept = set(nodes)

        def between(lists: Sequence[Sequence[int]]) -> list[list[int]]:
            return [[other for other in others if other in kept] if node in kept else [] for node, others in enumerate(lists)]

        return Graph(between(self.successors), between(self.predecessors))

    def is_cyclic(self, component: Sequence[int]) -> bool:
        """Whether a strongly connected component is a cycle: more than one node, or one that leads to itself."""
        return len(component) > 1 or component[0] in self.successors[component[0]]

    def reached_from(self, starts: Iterable[int]) -> set[int]:
        """Returns the starts and every node to which a path leads from one of them."""
        seen = set(starts)
        pending = list(seen)
        while pending:
            fresh = [target for target in self.successors[pending.pop()] if target not in seen]
            seen.update(fresh)
            pending.extend(fresh)
        return seen
