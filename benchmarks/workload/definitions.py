"""The workflows that the benchmarks run."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

START = {"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL"}


def node(node_id: str, subtype: str = "BENCH_NOOP", **parameters: Any) -> dict[str, Any]:
    return {"id": node_id, "type": "ACTION_NODE", "subtype": subtype, "parameters": parameters}


def connect(*path: str, port: str = "main") -> list[dict[str, str]]:
    """One connection from each to the next."""
    return [{"from": source, "to": target, "port": port} for source, target in pairwise(path)]


def chain(length: int, subtype: str = "BENCH_NOOP", *, name: str | None = None, **parameters: Any) -> dict[str, Any]:
    """A trigger, then `length` equal nodes in a row."""
    steps = [f"step_{number}" for number in range(1, length + 1)]
    return {
        "name": name or f"chain of {length}",
        "nodes": [START, *(node(step, subtype, **parameters) for step in steps)],
        "connections": connect("start", *steps),
    }


def chain_without_side_effects(length: int) -> dict[str, Any]:
    """The chain, of nodes that only compute: a crash may repeat them unseen."""
    return chain(length, "TRANSFORM", name=f"chain of {length} without side effects", values={"number": "{{ input.number }}"})


def diamond() -> dict[str, Any]:
    """A fork of two branches, a join, a router of two ways, and a join of them: 7 nodes are visited, 5 of them by a worker."""
    router = {
        "id": "route",
        "type": "FLOW_NODE",
        "subtype": "ROUTER",
        "custom_config": {"rules": [{"condition": "number > 500", "port": "large"}], "default": "small"},
    }
    return {
        "name": "diamond",
        "nodes": [
            START,
            node("fork"),
            node("left"),
            node("right"),
            {"id": "both", "type": "FLOW_NODE", "subtype": "JOIN"},
            router,
            node("large"),
            node("small"),
            node("last"),
        ],
        "connections": [
            *connect("start", "fork", "left", "both", "route"),
            *connect("fork", "right", "both"),
            *connect("route", "large", port="large"),
            *connect("route", "small", port="small"),
            *connect("large", "last"),
            *connect("small", "last"),
        ],
    }


DIAMOND_NODES = 7
DIAMOND_WORKER_NODES = 5


def fork(branches: int) -> dict[str, Any]:
    """A trigger that forks into `branches` nodes, and one that joins them all."""
    steps = [f"branch_{number}" for number in range(1, branches + 1)]
    return {
        "name": f"fork of {branches}",
        "nodes": [START, *map(node, steps), node("gather")],
        "connections": [connection for step in steps for connection in connect("start", step, "gather")],
    }


def code_chain(length: int, code: str) -> dict[str, Any]:
    """The same Python in every node of a chain, run in the sandbox."""
    return chain(length, "RUN_CODE", name=f"code in {length} nodes", code=code)


def inputs(count: int) -> Sequence[Mapping[str, Any]]:
    """Executions to start: small inputs, all different, half of them below 500."""
    return [{"input": {"number": number % 1000}} for number in range(count)]
