"""Compiled order: it decides which of two joins waits for the other."""

import heapq
from collections.abc import Set as AbstractSet

from interlock.definition.compiling.components import strong_components
from interlock.definition.compiling.graph import Graph


def compiled_order(graph: Graph, last: AbstractSet[int]) -> list[int]:
    """Returns all nodes: strongly connected components in topological order; of those that are ready, the one with the smallest node (A. Kahn, 1962).

    Within a component the nodes in `last` (joins that count) come last, otherwise the order is that of their numbers.
    """
    components = strong_components(graph)
    home = [0] * len(graph)
    for number, component in enumerate(components):
        for node in component:
            home[node] = number
    targets = [{home[target] for node in component for target in graph.successors[node]} - {number} for number, component in enumerate(components)]
    missing = [0] * len(components)
    for number in (target for group in targets for target in group):
        missing[number] += 1
    ready = [(min(component), number) for number, component in enumerate(components) if not missing[number]]
    heapq.heapify(ready)
    order: list[int] = []
    while ready:
        _, number = heapq.heappop(ready)
        order += sorted(components[number], key=lambda node: (node in last, node))
        for target in targets[number]:
            missing[target] -= 1
            if not missing[target]:
                heapq.heappush(ready, (min(components[target]), target))
    return order
