"""A workflow's graph as an indented list: what a terminal can show of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlineNode:
    """A line of the outline; `depth` is the number of forks that it stands below."""

    node_id: str
    depth: int


def outline_definition(definition: Mapping[str, Any]) -> list[OutlineNode]:
    """The outline of a definition as it is stored."""
    successors: dict[str, list[str]] = defaultdict(list)
    for connection in definition.get("connections", []):
        if connection.get("type", "MAIN") == "MAIN":
            successors[connection["from"]].append(connection["to"])
    node_ids = _sort_nodes([node["id"] for node in definition["nodes"]], successors)
    number = {node_id: position for position, node_id in enumerate(node_ids)}
    return outline(node_ids, [(number[origin], number[target]) for origin in node_ids for target in successors[origin]])


def outline(node_ids: Sequence[str], connections: Iterable[tuple[int, int]]) -> list[OutlineNode]:
    """List the nodes so that a chain goes straight down, the branches of a fork are indented, and a join stands at the fork's depth again.

    Args:
        node_ids: sorted so that only the connections of loops lead from a later node to an earlier one.
        connections: (from, to) of the MAIN connections by position, in definition order; those of loops are left out.
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
        lines.append(OutlineNode(node_id=node_ids[number], depth=depths[number]))
        stack.extend(target for target in reversed(successors[number]) if target not in depths and predecessors[target] <= depths.keys())
    return lines


def _sort_nodes(names: list[str], successors: Mapping[str, list[str]]) -> list[str]:
    """Each node before those that it leads to, but for loops: depth first, in reverse order of leaving."""
    seen: set[str] = set()
    left: list[str] = []
    for first in reversed(names):
        stack = [(first, iter(successors.get(first, [])))] if first not in seen else []
        seen.add(first)
        while stack:
            following = next((each for each in stack[-1][1] if each not in seen), None)
            if following is None:
                left.append(stack.pop()[0])
            else:
                seen.add(following)
                stack.append((following, iter(successors.get(following, []))))
    return left[::-1]
