"""Strongly connected components: R. Tarjan, "Depth-first search and linear graph algorithms" (1972), without recursion."""

from interlock.definition.compiling.graph import Graph


def strong_components(graph: Graph) -> list[list[int]]:
    """Returns all strongly connected components; each comes after those that it leads to."""
    index = [-1] * len(graph)
    low = [0] * len(graph)
    on_path = [False] * len(graph)
    path: list[int] = []
    found: list[list[int]] = []
    counter = 0
    for root in range(len(graph)):
        if index[root] >= 0:
            continue
        walk = [(root, 0)]
        while walk:
            node, position = walk.pop()
            if position == 0:
                index[node] = low[node] = counter
                counter += 1
                path.append(node)
                on_path[node] = True
            deeper = False
            targets = graph.successors[node]
            while position < len(targets):
                target = targets[position]
                position += 1
                if index[target] < 0:
                    walk += [(node, position), (target, 0)]
                    deeper = True
                    break
                if on_path[target]:
                    low[node] = min(low[node], index[target])
            if deeper:
                continue
            if low[node] == index[node]:
                found.append(_popped(path, on_path, node))
            if walk:
                parent = walk[-1][0]
                low[parent] = min(low[parent], low[node])
    return found


def _popped(path: list[int], on_path: list[bool], root: int) -> list[int]:
    component = []
    while True:
        node = path.pop()
        on_path[node] = False
        component.append(node)
        if node == root:
            return component
