"""Computes which nodes can still bring a token to which slots of a join."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from interlock.definition.compiling.components import strong_components
from interlock.definition.compiling.cycle import Cycle
from interlock.definition.compiling.graph import Graph


@dataclass(frozen=True, slots=True)
class Reach:
    """Every node from `from_node` to `to_node` can bring a token to the slots `from_slot` to `to_slot` of `join_node` without passing it.

    Over MAIN connections; a path may begin at the join itself. The node ranges of one join are disjoint or equal.
    """

    join_node: int
    from_node: int
    to_node: int
    from_slot: int
    to_slot: int


class Reachability:
    """Reachability in a graph that is numbered in compiled order. Sets of nodes are the bits of integers."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._cycles: dict[int, Cycle] = {}
        self._start = list(range(len(graph)))
        self._size = [1] * len(graph)
        for component in strong_components(graph):
            start = min(component)
            for node in component:
                self._start[node], self._size[node] = start, len(component)
        self._ancestors = self._all_ancestors()
        self._entries: dict[int, list[tuple[int, int]]] = {}

    def slot_sets(self, join: int, sources: Sequence[int]) -> list[int]:
        """Returns, for each slot of the join, the nodes that can bring a token to it; `sources` says where the connection of each slot comes from."""
        return [self._reaching(source, join) for source in sources]

    def _reaching(self, source: int, join: int) -> int:
        if source == join:
            return 1 << join
        if self._start[source] != self._start[join]:
            return self._ancestors[source]
        inside = self._cycle_of(join).reaching(source, join)
        outside = 0
        for node, before in self._entries_of(join):
            if node != join and inside >> node & 1:
                outside |= before
        return inside | outside

    def _cycle_of(self, node: int) -> Cycle:
        start = self._start[node]
        if start not in self._cycles:
            self._cycles[start] = Cycle(self._graph, start, self._size[node])
        return self._cycles[start]

    def _entries_of(self, node: int) -> list[tuple[int, int]]:
        """Returns the nodes of this cycle that are entered from outside, each with all nodes outside that lead to it."""
        start = self._start[node]
        if start not in self._entries:
            members = range(start, start + self._size[node])
            self._entries[start] = [(member, before) for member in members if (before := self._before(member, start))]
        return self._entries[start]

    def _before(self, node: int, start: int) -> int:
        """Returns all nodes before `start` that lead to a node."""
        found = 0
        for source in self._graph.predecessors[node]:
            if source < start:
                found |= self._ancestors[source]
        return found

    def _all_ancestors(self) -> list[int]:
        """Returns, for each node, itself and all nodes that lead to it."""
        ancestors = [0] * len(self._graph)
        self._ancestors = ancestors
        node = 0
        while node < len(ancestors):
            size = self._size[node]
            found = ((1 << size) - 1) << node
            for member in range(node, node + size):
                found |= self._before(member, node)
            ancestors[node : node + size] = [found] * size
            node += size
        return ancestors


def reach_rows(join: int, slot_sets: Sequence[int]) -> Iterator[Reach]:
    """Yields the sets of a join's slots as rectangles: ranges of nodes that reach the same slots, times ranges of slots."""
    changes = _changes(slot_sets)
    places = sorted(changes)
    slots = 0
    for place, after in zip(places, [*places[1:], 0], strict=True):
        slots ^= changes[place]
        for first, last in _runs(slots):
            yield Reach(join, place, after - 1, first, last)


def _changes(slot_sets: Sequence[int]) -> dict[int, int]:
    """Returns the nodes at which the set of reached slots changes, and by which slots."""
    changes: dict[int, int] = {}
    for slot, nodes in enumerate(slot_sets):
        edges = nodes ^ nodes << 1
        while edges:
            low = edges & -edges
            place = low.bit_length() - 1
            changes[place] = changes.get(place, 0) ^ 1 << slot
            edges ^= low
    return changes


def _runs(bits: int) -> Iterator[tuple[int, int]]:
    """Yields the first and last position of each range of ones."""
    offset = 0
    while bits:
        zeros = (bits & -bits).bit_length() - 1
        bits >>= zeros
        ones = (~bits & bits + 1).bit_length() - 1
        yield offset + zeros, offset + zeros + ones - 1
        bits >>= ones
        offset += zeros + ones
