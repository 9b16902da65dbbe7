"""A workflow as the reference sees it: nodes and the raw list of MAIN connections, nothing compiled.

What the database looks up in a table, these functions find by walking the connections.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from tests.model.rules import Json, Rule, read_rules, read_template

_KINDS = {
    "TRIGGER_NODE": "start",
    "IF": "choose",
    "SWITCH": "choose",
    "ROUTER": "choose",
    "JOIN": "pass",
    "GOTO": "pass",
    "SET_CONTEXT": "set_context",
    "WAIT": "wait",
    "FAIL": "fail",
    "END": "end",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    node_id: str
    kind: str
    """worker, start, choose, pass, wait, set_context, fail or end"""
    join: str = "all"
    """all, first, count or each; means something with two or more incoming connections only"""
    count: int = 1
    late: str = "swallow"
    ordered: bool = False
    on_error: str = "fail"
    max_visits: int = 10_000
    rules: tuple[Rule, ...] = ()
    takes_all_rules: bool = False
    seconds: object = 0
    """Of a wait: a number, a `Path`, or None where only a worker can tell."""
    values: Mapping[str, object] = field(default_factory=dict)
    """Of a SET_CONTEXT: what it sets, each as `seconds`."""

    @property
    def is_inline(self) -> bool:
        return self.kind != "worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    number: int
    from_node: str
    port: str
    to_node: str
    slot: int


@dataclass(frozen=True, kw_only=True)
class Graph:
    nodes: Mapping[str, Node]
    connections: tuple[Connection, ...]
    _reach: dict[tuple[str, str], frozenset[int]] = field(default_factory=dict, repr=False, compare=False)
    _order: dict[str, int] = field(default_factory=dict, repr=False, compare=False)
    _repeats: dict[str, bool] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, definition: Json) -> Self:
        """Read a definition with a list of connections; only what moves tokens."""
        nodes = {node["id"]: _read_node(node) for node in definition["nodes"]}
        connections: list[Connection] = []
        goto = [{"from": n["id"], "to": n["parameters"]["target"]} for n in definition["nodes"] if n["subtype"] == "GOTO"]
        for number, raw in enumerate([*definition["connections"], *goto]):
            if raw.get("type", "MAIN") != "MAIN":
                continue
            slot = sum(1 for c in connections if c.to_node == raw["to"])
            connections.append(Connection(number=number, from_node=raw["from"], port=raw.get("port", "main"), to_node=raw["to"], slot=slot))
        return cls(nodes=nodes, connections=tuple(connections))

    def leaving(self, node: str, ports: Sequence[str]) -> list[Connection]:
        return [c for c in self.connections if c.from_node == node and c.port in ports]

    def slot_count(self, node: str) -> int:
        return sum(1 for c in self.connections if c.to_node == node)

    def join_kind(self, node: str) -> str | None:
        """What kind of join the node is; None with fewer than two incoming connections."""
        return self.nodes[node].join if self.slot_count(node) >= 2 else None

    def needed(self, node: str) -> int:
        """The number of tokens with which a visit of the `first` or `count` join begins."""
        return 1 if self.join_kind(node) == "first" else self.nodes[node].count

    def reaches(self, node: str, join: str) -> frozenset[int]:
        """The connections (slots) of `join` that a token at `node` can come to without passing `join`.

        Walks every path from the node over every port. The walk may begin at the join itself, and ends wherever it comes to it.
        """
        if (node, join) not in self._reach:
            found: set[int] = set()
            seen, ahead = {node}, [node]
            while ahead:
                here = ahead.pop()
                for connection in self.connections:
                    if connection.from_node != here:
                        continue
                    if connection.to_node == join:
                        found.add(connection.slot)
                    elif connection.to_node not in seen:
                        seen.add(connection.to_node)
                        ahead.append(connection.to_node)
            self._reach[node, join] = frozenset(found)
        return self._reach[node, join]

    def may_repeat(self, node: str) -> bool:
        """Whether there may be a second visit: it, or a node before it, is in a loop or a join that goes before its last token or for each."""
        if not self._repeats:
            after = {name: self._all_after(name) for name in self.nodes}
            again = {name for name in self.nodes if name in after[name] or self.join_kind(name) in ("each", "first", "count")}
            self._repeats.update({name: name in again or any(name in after[other] for other in again) for name in self.nodes})
        return self._repeats[node]

    def position(self, node: str) -> int:
        """The node's position in compiled order."""
        if not self._order:
            self._order.update({name: index for index, name in enumerate(self._compiled_order())})
        return self._order[node]

    def _compiled_order(self) -> list[str]:
        names = list(self.nodes)
        after = {name: self._all_after(name) for name in names}
        component = {name: frozenset(o for o in names if o == name or (o in after[name] and name in after[o])) for name in names}
        ordered: list[str] = []
        waiting = list(dict.fromkeys(component[name] for name in names))  # by their first node in the definition
        while waiting:
            ready = next(
                c for c in waiting if not any(x.to_node in c and x.from_node not in c and component[x.from_node] in waiting for x in self.connections)
            )
            waiting.remove(ready)
            ordered += sorted(ready, key=lambda name: (self.join_kind(name) in ("first", "count"), names.index(name)))
        return ordered

    def _all_after(self, node: str) -> set[str]:
        seen: set[str] = set()
        ahead = [node]
        while ahead:
            here = ahead.pop()
            for connection in self.connections:
                if connection.from_node == here and connection.to_node not in seen:
                    seen.add(connection.to_node)
                    ahead.append(connection.to_node)
        return seen


def _kind(raw: Json) -> str:
    if raw.get("disabled"):
        return "pass"
    return _KINDS.get(raw["type"], _KINDS.get(raw["subtype"], "worker")) if raw["type"] in ("TRIGGER_NODE", "FLOW_NODE") else "worker"


def _read_node(raw: Json) -> Node:
    join = raw.get("join", "all")
    parameters = raw.get("parameters", {})
    return Node(
        node_id=raw["id"],
        kind=_kind(raw),
        join="count" if isinstance(join, Mapping) else join,
        count=join["count"] if isinstance(join, Mapping) else 1,
        late=raw.get("late", "swallow"),
        ordered=raw.get("ordered", False),
        on_error=raw.get("on_error", "continue" if raw.get("critical") is False else "fail"),
        max_visits=raw.get("max_visits", 10_000),
        rules=read_rules(raw["subtype"], parameters),
        takes_all_rules=parameters.get("custom_config", {}).get("mode") == "all",
        seconds=read_template(parameters.get("seconds", 0)),
        values={key: read_template(value) for key, value in parameters.get("values", {}).items()},
    )
