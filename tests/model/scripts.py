"""A short way to write down what happens to an execution, and what is to be seen then.

`A` completes the lowest running visit of node A through main, `A:x` through port x, `A:x+y` through both, `A!` fails it for good, `A?` lets it wait
for a person, `A~` cancels it. `A, B` is one report of both, in this order. A visit other than the lowest is named: `A/2:x`.
"""

import re
from dataclasses import dataclass

from tests.model.graph import Graph
from tests.model.graphs import Definition
from tests.model.reference import Outcome, status_of
from tests.model.state import Key, State
from tests.model.walks import CancelAssignment, Report, Step

_ONE = re.compile(r"(?P<node>\w+)(/(?P<visit>\d+))?(:(?P<ports>[\w+]+))?(?P<sign>[!?~])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    name: str
    definition: Definition
    begins: str
    """What is open at first."""
    then: tuple[tuple[str, str], ...]
    """What happens, and what is open after it; at the end the status instead, and after a colon the order in which everything came to be."""

    @property
    def graph(self) -> Graph:
        return Graph.of(self.definition)


def read_step(state: State, text: str) -> Step:
    found = [_ONE.fullmatch(one) for one in text.split(", ")]
    parts = [one.groupdict() for one in found if one is not None]
    assert len(parts) == len(found), f"unreadable: {text}"
    taken: set[Key] = set()
    keys = []
    for part in parts:
        key = _named(state, part["node"], part["visit"], taken)
        taken.add(key)
        keys.append(key)
    if parts[0]["sign"] == "~":
        return CancelAssignment(key=keys[0])
    return Report(outcomes=tuple(_outcome(key, part["ports"], part["sign"]) for key, part in zip(keys, parts, strict=True)))


def _named(state: State, node: str, visit: str | None, taken: set[Key]) -> Key:
    if visit is not None:
        return Key(node, int(visit))
    running = sorted(a.key for a in state.of_status("running", "waiting") if a.key.node == node and a.key not in taken)
    assert running, f"{node} is not running"
    return running[0]


def _outcome(key: Key, ports: str | None, sign: str | None) -> Outcome:
    kind = {"!": "failed", "?": "waiting"}.get(sign or "", "completed")
    output = {"x": 0, key.node: key.visit} if kind == "completed" else {}
    return Outcome(key=key, kind=kind, output=output, ports=tuple((ports or "main").split("+")))


def seen(state: State) -> str:
    """What is open, as a case writes it; the status when it is over."""
    if state.is_over:
        return status_of(state)
    shown = sorted((a.key, a.shown_status) for a in state.assignments.values() if a.is_open)
    return ", ".join(f"{key.node}/{key.visit} {status}" for key, status in shown)
