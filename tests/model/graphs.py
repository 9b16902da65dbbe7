"""Random workflows: cyclic ones too, with all kinds of joins, choices and ends.

One generator serves Hypothesis and the big seeded samples: it asks a `Chooser` for every decision.
A step (TEST_NODE/STEP) is a worker's node that leaves through any of its ports, as its outcome says.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, combinations, product
from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st

Definition = dict[str, Any]
T = TypeVar("T")

STEP_PORTS = ("main", "a", "b")
NAMES = "ABCDEF"
MAX_VISITS = 15
"""Small, so that an endless loop ends soon."""
WAIT_SECONDS = (600, 1200, 1800)
"""Far apart, so that the time which a test takes changes nothing."""


class Chooser(Protocol):
    def below(self, count: int) -> int:
        """A whole number from 0 to count - 1; 0 is the plainest choice."""
        ...


class SeededChooser:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, count: int) -> int:
        return self._random.randrange(count)


class DrawnChooser:
    def __init__(self, draw: Callable[[st.SearchStrategy[int]], int]) -> None:
        self._draw = draw

    def below(self, count: int) -> int:
        return self._draw(st.integers(0, count - 1)) if count > 1 else 0


def pick(chooser: Chooser, options: Sequence[T]) -> T:
    return options[chooser.below(len(options))]


def one_in(chooser: Chooser, count: int) -> bool:
    return chooser.below(count) == count - 1


@st.composite
def choosers(draw: st.DrawFn) -> DrawnChooser:
    """For what a test decides while it runs: keep it inside the test that drew it."""
    return DrawnChooser(draw(st.data()).draw)


def step(node_id: str, **more: Any) -> dict[str, Any]:
    return {"id": node_id, "type": "TEST_NODE", "subtype": "STEP", "parameters": {}, "queue": "test", **more}


def flow(node_id: str, subtype: str, parameters: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"id": node_id, "type": "FLOW_NODE", "subtype": subtype, "parameters": parameters or {}, **more}


def manual(node_id: str = "S") -> dict[str, Any]:
    return {"id": node_id, "type": "TRIGGER_NODE", "subtype": "MANUAL", "parameters": {}}


def edge(text: str) -> dict[str, Any]:
    """`A -> B`, or `A.again -> B` for another port than main."""
    from_, to = text.split(" -> ")
    node, _, port = from_.partition(".")
    return {"from": node, "to": to, "port": port or "main"}


def workflow(nodes: Sequence[dict[str, Any]], edges: Sequence[str], name: str = "graph") -> Definition:
    return {"name": name, "nodes": [manual(), *nodes], "connections": [edge(text) for text in edges]}


def random_definition(chooser: Chooser, size: int) -> Definition:
    """A workflow of one trigger and `size` other nodes, all of them reachable. In most, every loop passes a step."""
    nodes = [_random_node(chooser, name) for name in NAMES[:size]]
    by_id = {node["id"]: node for node in nodes}
    has_inline_loops = one_in(chooser, 6)
    edges: list[tuple[str, str, str]] = []

    def add(source: str, target: str) -> None:
        ports = _ports(by_id[source]) if source in by_id else ("main",)
        if ports:
            new = (source, ports[max(0, chooser.below(len(ports) + 2) - 2)], target)
            if new not in edges and (has_inline_loops or not _closes_inline_loop(by_id, edges, new)):
                edges.append(new)

    for index, node in enumerate(nodes):
        sources = ["S", *(other["id"] for other in nodes[:index] if _ports(other))]
        add(sources[-1 - chooser.below(len(sources))], node["id"])
    for _ in range(chooser.below(2 * size + 1)):
        add(pick(chooser, ["S", *by_id]), pick(chooser, list(by_id)))
    for node in nodes:
        _random_manners(chooser, node, edges)
    nodes.insert(chooser.below(2) * len(nodes), manual())
    return {"name": "graph", "nodes": nodes, "connections": [{"from": s, "port": p, "to": t} for s, p, t in edges]}


def _random_node(chooser: Chooser, name: str) -> dict[str, Any]:
    match chooser.below(20):
        case 15 | 16:
            return flow(name, "WAIT", {"seconds": pick(chooser, ("{{ w }}", "{{ w }}", *WAIT_SECONDS))})
        case 17 | 18:
            values = pick(chooser, ({name: "{{ x }}"}, {name: "{{ y }}"}, {name: f"{{{{ context.{name} + 1 }}}}"}, {"k": "{{ x }}", name: 1}))
            return flow(name, "SET_CONTEXT", {"values": values})
        case 9:
            return flow(name, "JOIN")
        case 10:
            return step(name, disabled=True)
        case 11 | 12:
            return flow(name, "IF", {"condition": f"{pick(chooser, ('x', 'y', 'context.k'))} == {chooser.below(2)}"})
        case 13:
            config: dict[str, Any] = {"rules": [{"condition": f"x {pick(chooser, ('==', '>='))} {n}", "port": p} for n, p in enumerate("ab")]}
            if chooser.below(2):
                config["default"] = "main"
            if chooser.below(2):
                config["mode"] = "all"
            return flow(name, "ROUTER", {"custom_config": config})
        case 14 if one_in(chooser, 3):
            return flow(name, "END") if chooser.below(3) else flow(name, "FAIL", {"message": "no more"})
        case _:
            return step(name)


def _ports(node: dict[str, Any]) -> tuple[str, ...]:
    match node["subtype"]:
        case "STEP" if not node.get("disabled"):
            return STEP_PORTS
        case "IF":
            return ("true", "false")
        case "ROUTER":
            return ("a", "b", "main") if "default" in node["parameters"]["custom_config"] else ("a", "b")
        case "END" | "FAIL":
            return ()
        case _:
            return ("main",)


def _closes_inline_loop(by_id: dict[str, Any], edges: list[tuple[str, str, str]], new: tuple[str, str, str]) -> bool:
    def is_step(name: str) -> bool:
        return name in by_id and by_id[name]["subtype"] == "STEP" and not by_id[name].get("disabled")

    ahead, seen = [new[2]], set[str]()
    while ahead:
        here = ahead.pop()
        if here == new[0] and not is_step(here):
            return True
        if not is_step(here) and here not in seen:
            seen.add(here)
            ahead += [target for source, _, target in edges if source == here]
    return False


def _random_manners(chooser: Chooser, node: dict[str, Any], edges: list[tuple[str, str, str]]) -> None:
    """How it joins, in which order it leaves, and what becomes of its failures."""
    node["max_visits"] = MAX_VISITS
    slots = sum(1 for _, _, target in edges if target == node["id"])
    is_inline = node["type"] == "FLOW_NODE" or bool(node.get("disabled"))
    if slots >= 2:
        joins = ["all", "all", "first", {"count": 2}, {"count": slots}, "each", *(["each"] * 3 if is_inline else [])]
        set_join(node, pick(chooser, joins), pick(chooser, ["swallow", "hold", "cancel"]))
    if one_in(chooser, 2 if is_inline else 4):
        node["ordered"] = True
    if node["subtype"] not in ("END", "FAIL"):
        match chooser.below(8):
            case 3 | 4 | 5 | 6:
                node["on_error"] = "continue"
            case 7 if edges:
                node["on_error"] = "port"
                edges.append((node["id"], "error", pick(chooser, [target for _, _, target in edges])))
            case _:
                pass


def set_join(node: dict[str, Any], join: Any, late: str = "swallow") -> None:
    node["join"] = join
    if join not in ("all", "each"):
        node["late"] = late


@st.composite
def definitions(draw: st.DrawFn, sizes: Sequence[int] = (2, 3, 4, 5, 6)) -> Definition:
    return random_definition(DrawnChooser(draw), draw(st.sampled_from(sizes)))


def all_definitions_of_three() -> Iterator[Definition]:
    """Every graph of three steps that the trigger reaches, a step possibly its own successor, with each way of joining for all its joins alike."""
    names = NAMES[:3]
    for starts in chain.from_iterable(combinations(names, count) for count in (1, 2, 3)):
        for chosen in product((False, True), repeat=9):
            edges = [f"S -> {name}" for name in starts]
            edges += [f"{source} -> {target}" for (source, target), taken in zip(product(names, names), chosen, strict=True) if taken]
            if _reached(edges) == set(names):
                yield from _with_each_join(names, edges)


def _reached(edges: Sequence[str]) -> set[str]:
    pairs = [tuple(text.split(" -> ")) for text in edges]
    seen, ahead = set[str](), ["S"]
    while ahead:
        here = ahead.pop()
        new = {target for source, target in pairs if source == here} - seen
        seen |= new
        ahead += new
    return seen


def _with_each_join(names: Sequence[str], edges: Sequence[str]) -> Iterator[Definition]:
    slots = {name: sum(1 for text in edges if text.endswith(f"-> {name}")) for name in names}
    joins: list[tuple[Any, str]] = [("all", "swallow")]
    if max(slots.values()) >= 2:
        joins += [("each", "swallow"), *(("first", late) for late in ("swallow", "hold", "cancel")), ({"count": 2}, "swallow")]
    for join, late in joins:
        nodes = [step(name) for name in names]
        for node in nodes:
            if slots[node["id"]] >= 2:
                set_join(node, join, late)
        yield workflow(nodes, edges)
