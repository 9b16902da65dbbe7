"""Random workflows of steps that fork and join again, with choices and joins of the database between them; most joins wait for all tokens."""

from dataclasses import dataclass
from typing import Any

from tests.model.graphs import Chooser, Definition, edge, flow, manual, one_in, pick, step
from tests.model.plain import PlainRun

NAMES = "ABCDEFGHIJKL"
Exit = tuple[str, str]
"""A node and the port through which it is left."""


def joining_definition(chooser: Chooser) -> Definition:
    """A trigger and 5 to 12 nodes without loops. Most nodes have one successor, and every third one joins two or three others."""
    nodes: list[dict[str, Any]] = []
    edges: list[str] = []
    exits: list[Exit] = [("S", "main")]
    for name in NAMES[: 5 + chooser.below(8)]:
        joined = min(len(exits), 2 + chooser.below(2)) if one_in(chooser, 3) else 1
        sources = [exits.pop(chooser.below(len(exits))) for _ in range(joined)]
        if not exits or (sources[0][0] == "S" and one_in(chooser, 2)):
            exits.append(sources[0])
        if one_in(chooser, 12) and nodes:
            sources.append((nodes[-1]["id"], "a"))
        nodes.append(_random_node(chooser, name))
        edges += [f"{source}.{port} -> {name}" for source, port in sorted(set(sources))]
        exits += [(name, port) for port in _ports(nodes[-1])]
    return {"name": "joining", "nodes": [manual(), *nodes], "connections": [edge(text) for text in edges]}


def _random_node(chooser: Chooser, name: str) -> dict[str, Any]:
    match chooser.below(14):
        case 5 | 6:
            return flow(name, "JOIN")
        case 7:
            return flow(name, "IF", {"condition": f"x == {chooser.below(2)}"})
        case 8:
            config: dict[str, Any] = {"rules": [{"condition": f"x == {number}", "port": port} for number, port in enumerate("ab")], "default": "main"}
            return flow(name, "ROUTER", {"custom_config": {**config, "mode": "all"} if one_in(chooser, 2) else config})
        case _:
            node = step(name)
    if one_in(chooser, 6):
        node["subtype"] = "SPECIAL"
    if one_in(chooser, 5):
        node["queue"] = "default"
    if one_in(chooser, 30):
        node["ordered"] = True
    if one_in(chooser, 60):
        node["join"] = pick(chooser, ("each", "first"))
    return node


def _ports(node: dict[str, Any]) -> tuple[str, ...]:
    match node["subtype"]:
        case "IF":
            return ("true", "false")
        case "ROUTER":
            return ("main", "a", "b")
        case _:
            return ("main",)


def waiting_definition(chooser: Chooser) -> Definition:
    """The same, but all joins wait for all tokens, and steps choose between `main` and `a`. What comes of an execution depends on what its steps
    answer, not on who is faster.
    """
    definition = joining_definition(chooser)
    steps = {node["id"] for node in definition["nodes"] if node["subtype"] in ("STEP", "SPECIAL")}
    for node in definition["nodes"]:
        node.pop("join", None)
    for connection in definition["connections"]:
        if connection["from"] in steps:
            connection["port"] = pick(chooser, ("main", "main", "a"))
    return definition


@dataclass(kw_only=True)
class JoiningRun(PlainRun):
    """Nothing is suspended: the order in which the database's own visits begin afterwards depends on where their rows lie."""

    def is_suspended_now(self) -> bool:
        return False
