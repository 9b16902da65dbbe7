"""Random workflows of which most results are plain: sequences and forks of steps, in two queues, some of which only one worker can run."""

from dataclasses import dataclass
from typing import Any

from tests.model.driver import Run
from tests.model.graphs import STEP_PORTS, Chooser, Definition, edge, flow, manual, one_in, pick, step
from tests.model.reference import Outcome
from tests.model.walks import Report, Step

NAMES = "ABCDEFGHIJ"


def plain_definition(chooser: Chooser) -> Definition:
    """A tree of 3 to 10 steps below the trigger. Few leave through another port, are ordered, or come to a join or to a choice."""
    nodes: list[dict[str, Any]] = []
    edges: list[str] = []
    for name in NAMES[: 3 + chooser.below(8)]:
        sources = ["S", *(node["id"] for node in nodes[-4:])]
        source = sources[-1 - chooser.below(min(len(sources), 3))]
        port = pick(chooser, STEP_PORTS[1:]) if source != "S" and one_in(chooser, 8) else "main"
        edges.append(f"{source}.{port} -> {name}")
        nodes.append(_random_step(chooser, name))
    leaves = [node["id"] for node in nodes if not any(text.startswith(f"{node['id']}.") for text in edges)]
    match chooser.below(8):
        case 6 if len(leaves) >= 2:
            nodes.append(step("Z"))
            edges += [f"{leaves[0]}.main -> Z", f"{leaves[1]}.main -> Z"]
        case 7:
            nodes += [flow("Y", "IF", {"condition": "x == 1"}), step("Z")]
            edges += [f"{leaves[0]}.main -> Y", "Y.true -> Z"]
        case _:
            pass
    return {"name": "plain", "nodes": [manual(), *nodes], "connections": [edge(text) for text in edges]}


def _random_step(chooser: Chooser, name: str) -> dict[str, Any]:
    node = step(name)
    if one_in(chooser, 5):
        node["subtype"] = "SPECIAL"
    if one_in(chooser, 4):
        node["queue"] = "default"
    if one_in(chooser, 4):
        node["timeout_seconds"] = 86_400
    if one_in(chooser, 12):
        node["ordered"] = True
    if one_in(chooser, 6):
        node["on_error"] = "continue"
    return node


@dataclass(kw_only=True)
class PlainRun(Run):
    """Most reports are one result. Those that report together are held by one worker; now and then the execution is suspended meanwhile."""

    def choose(self) -> Step:
        chosen = super().choose()
        if not isinstance(chosen, Report):
            return chosen
        outcomes = chosen.outcomes if one_in(self.chooser, 3) else chosen.outcomes[:1]
        worker = self.held[outcomes[0].key].worker
        return Report(outcomes=tuple(self._mostly_plain(outcome) for outcome in outcomes if self.held[outcome.key].worker == worker))

    def _mostly_plain(self, outcome: Outcome) -> Outcome:
        if one_in(self.chooser, 6) or self.graph.nodes[outcome.key.node].is_inline:
            return outcome
        return Outcome(key=outcome.key, output={"x": self.chooser.below(3), outcome.key.node: outcome.key.visit})

    def is_suspended_now(self) -> bool:
        return one_in(self.chooser, 12)
