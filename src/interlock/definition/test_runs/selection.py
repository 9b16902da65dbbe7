"""Selects what a test run runs, what it takes over, and where it begins."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Literal

from interlock.definition.model.connection import ConnectionDefinition
from interlock.definition.model.connection_type import ConnectionType


@dataclass(frozen=True, slots=True, kw_only=True)
class TestScope:
    """The part that runs: `only` the node, `until` it with what leads to it, `from` it with what follows; `all`: what a trigger reaches."""

    __test__ = False  # no test of pytest
    kind: Literal["all", "only", "until", "from"] = "all"
    node: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenOutput:
    """An output that is there before the test run begins: pinned, or of an earlier execution. `ports`: those that it left its node through."""

    ports: tuple[str, ...]
    is_pinned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a test run consists of.

    Attributes:
        runs: the nodes that run.
        taken: the nodes whose outputs are taken over.
        feeds: the connections over which what is taken over brings a token when the run begins.
        trigger: whether the trigger begins.
        enters: the node that the trigger leads to straight away, because nothing that is taken over does; None: the trigger leads where it is drawn.
    """

    runs: frozenset[str]
    taken: frozenset[str] = frozenset()
    feeds: frozenset[ConnectionDefinition] = frozenset()
    trigger: bool = False
    enters: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnGraph:
    """The connections of a definition, those of GOTOs among them, whatever is wrong with its nodes.

    Attributes:
        joins_each: the nodes in which every token begins a visit.
    """

    connections: Sequence[ConnectionDefinition]
    joins_each: AbstractSet[str] = field(default_factory=frozenset)

    @property
    def main(self) -> list[ConnectionDefinition]:
        return [connection for connection in self.connections if connection.type is ConnectionType.MAIN]

    def before(self, nodes: Iterable[str], stops: AbstractSet[str] = frozenset()) -> set[str]:
        """Returns the nodes and everything that leads to them, not further back than to `stops`."""
        return _reached(nodes, {(item.to_node, item.from_node) for item in self.main if item.from_node not in stops})

    def behind(self, nodes: Iterable[str]) -> set[str]:
        """Returns the nodes and everything that follows them."""
        return _reached(nodes, {(item.from_node, item.to_node) for item in self.main})

    def suppliers(self, nodes: Iterable[str]) -> set[str]:
        """Returns the nodes and everything that supplies them with a capability."""
        return _reached(nodes, {(item.to_node, item.from_node) for item in self.connections if item.type is not ConnectionType.MAIN})


def select_nodes(
    graph: DrawnGraph, scope: TestScope, given: Mapping[str, GivenOutput], trigger: str, *, has_input: bool, referenced: AbstractSet[str] | None
) -> Selection:
    """Selects what runs. A node with a given output does not, unless it is the one that the scope names.

    `until` runs what leads to the node back to the given outputs, `from` runs what follows the node, except what is pinned.

    Args:
        trigger: the trigger that would begin.
        has_input: whether an input is given that the node of `only` gets, in place of what leads to it.
        referenced: the nodes that expressions name; None: any may be.
    """
    offered = {node: output for node, output in given.items() if node != scope.node}
    pinned = {node for node, output in offered.items() if output.is_pinned}
    begin = scope.node if scope.node is not None else trigger
    if scope.kind == "only":
        moved = {begin}
    elif scope.kind == "until":
        moved = graph.before([begin], offered.keys())
    else:
        moved = graph.behind([begin]) - pinned
    runs = frozenset(graph.suppliers(moved))
    upstream = graph.before(runs)
    taken = frozenset(node for node in offered if node not in runs and (referenced is None or node in upstream or node in referenced))
    left_through = {(node, port) for node in taken for port in offered[node].ports}
    feeds = [
        connection
        for connection in graph.main
        if (connection.from_node, connection.port) in left_through and connection.to_node in runs and _counts(graph, scope, connection, pinned)
    ]
    into = [connection for connection in feeds if connection.to_node == begin]
    if scope.kind == "only" and has_input:
        feeds = []
    elif len(into) > 1 and begin in graph.joins_each:
        feeds = [connection for connection in feeds if connection not in into[1:]]
    is_fed = any(connection.to_node == begin for connection in feeds)
    begins = not is_fed if scope.kind in ("only", "from") else trigger in runs or not feeds
    enters = begin if begins and trigger not in runs else None
    return Selection(runs=runs, taken=taken - ({trigger} if begins else set()), feeds=frozenset(feeds), trigger=begins, enters=enters)


def _counts(graph: DrawnGraph, scope: TestScope, connection: ConnectionDefinition, pinned: AbstractSet[str]) -> bool:
    """Whether a token comes over the connection: what followed an output of an earlier execution has been there, and is not begun again."""
    is_again = scope.kind == "from" and connection.from_node not in pinned and connection.to_node != scope.node
    return not (is_again and connection.to_node in graph.joins_each)


def _reached(starts: Iterable[str], edges: Iterable[tuple[str, str]]) -> set[str]:
    following: dict[str, list[str]] = {}
    for source, target in edges:
        following.setdefault(source, []).append(target)
    seen = set(starts)
    pending = list(seen)
    while pending:
        fresh = [target for target in following.get(pending.pop(), ()) if target not in seen]
        seen.update(fresh)
        pending.extend(fresh)
    return seen
