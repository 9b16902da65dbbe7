"""Random workflows in which nothing depends on who is faster: sequences, forks that join again, and loops that count their rounds in the context.

Each SET_CONTEXT writes a key that only its own branch reads, and each step answers by its input alone.
"""

from collections.abc import Iterator
from typing import Any

from tests.model.graph import Graph
from tests.model.graphs import Chooser, Definition, flow, pick, step, workflow
from tests.model.reference import Outcome
from tests.model.state import Key, State
from tests.model.walks import Report

ROUNDS = 3
Exit = tuple[str, str]
"""A node and the port through which a block is left."""


class _Builder:
    def __init__(self, chooser: Chooser) -> None:
        self._chooser = chooser
        self.nodes: list[dict[str, Any]] = []
        self.edges: list[str] = []

    def add(self, node: dict[str, Any], *sources: Exit) -> Exit:
        self.nodes.append(node)
        self.edges += [f"{source}.{port} -> {node['id']}" for source, port in sources]
        return node["id"], "main"

    def name(self, letter: str) -> str:
        return f"{letter}{len(self.nodes)}"

    def sequence(self, source: Exit, depth: int) -> Exit:
        for _ in range(1 + self._chooser.below(3)):
            kinds = [self.step, self.setting, *([self.fork, self.loop] if depth else [])]
            source = pick(self._chooser, kinds)(source, depth)
        return source

    def step(self, source: Exit, _depth: int) -> Exit:
        return self.add(step(self.name("A")), source)

    def setting(self, source: Exit, _depth: int) -> Exit:
        name = self.name("C")
        return self.add(flow(name, "SET_CONTEXT", {"values": {name: pick(self._chooser, ("{{ x }}", f"{{{{ context.{name} + 1 }}}}"))}}), source)

    def fork(self, source: Exit, depth: int) -> Exit:
        first = self.add(flow(self.name("F"), "JOIN"), source)
        ends = [self.sequence(first, depth - 1) for _ in range(2 + self._chooser.below(2))]
        return self.add(flow(self.name("J"), "JOIN") if self._chooser.below(2) else step(self.name("J")), *ends)

    def loop(self, source: Exit, depth: int) -> Exit:
        count = self.name("N")
        begun = self.add(flow(count, "SET_CONTEXT", {"values": {count: 0}}), source)
        first, _ = self.add(flow(self.name("L"), "JOIN", join="each"), begun)
        body = self.sequence((first, "main"), depth - 1)
        counted = self.add(flow(self.name("M"), "SET_CONTEXT", {"values": {count: f"{{{{ context.{count} + 1 }}}}"}}), body)
        decided, _ = self.add(flow(self.name("I"), "IF", {"condition": f"context.{count} == {ROUNDS}"}), counted)
        self.edges.append(f"{decided}.false -> {first}")
        return decided, "true"


def structured_definition(chooser: Chooser, depth: int = 2) -> Definition:
    builder = _Builder(chooser)
    end = builder.sequence(("S", "main"), depth)
    builder.add(step("Z"), end)
    return workflow(builder.nodes, builder.edges)


def answer(graph: Graph, state: State, key: Key) -> Outcome:
    """The only thing that a worker ever answers for this visit."""
    node, given = graph.nodes[key.node], state.assignments[key].input
    if node.kind == "set_context":
        return Outcome(key=key, output=given, patch={name: state.context.get(name, 0) + 1 for name in node.values})
    return Outcome(key=key, output={"x": len(key.node) + key.visit, key.node: key.visit, "after": sorted(given)})


def next_report(chooser: Chooser, graph: Graph, state: State) -> Report:
    """One or two of the running steps, in any order."""
    running = [a.key for a in state.of_status("running")]
    chosen = [running.pop(chooser.below(len(running))) for _ in range(min(len(running), 1 + chooser.below(2)))]
    return Report(outcomes=tuple(answer(graph, state, key) for key in chosen))


def results(state: State) -> Iterator[object]:
    """What came of an execution, whoever was faster."""
    yield state.status, state.output, state.context
    for key, a in sorted(state.assignments.items()):
        yield key, a.status, a.input, a.output, a.ports
