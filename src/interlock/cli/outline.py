"""A workflow's graph as an indented list: what a terminal can show of it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlineNode:
    """A line of the outline; `depth` is how many forks it stands below."""

    node_no: int
    node_id: str
    depth: int


def outline(node_ids: Sequence[str], connections: Iterable[tuple[int, int]]) -> list[OutlineNode]:
    """List the nodes so that a chain goes straight down, the branches of a fork are indented, and a join stands at the fork's depth again.

    Args:
        node_ids: ids by compiled number.
        connections: (from, to) of the MAIN connections by number, in definition order; those that lead back are the loops and are left out.
    """
    successors: dict[int, list[int]] = defaultdict(list)
    predecessors: dict[int, set[int]] = defaultdict(set)
    for origin, target in connections:
        if origin < target and target not in successors[origin]:
            successors[origin].append(target)
            predecessors[target].add(origin)
    depths: dict[int, int] = {}
    lines: list[OutlineNode] = []
    stack = [number for number in reversed(range(len(node_ids))) if not predecessors[number]]
    while stack:
        number = stack.pop()
        arriving = [depths[origin] + (len(successors[origin]) > 1) for origin in predecessors[number]]
        depths[number] = 0 if not arriving else arriving[0] if len(arriving) == 1 else max(0, min(arriving) - 1)
        lines.append(OutlineNode(node_no=number, node_id=node_ids[number], depth=depths[number]))
        stack.extend(target for target in reversed(successors[number]) if target not in depths and predecessors[target] <= depths.keys())
    return lines
