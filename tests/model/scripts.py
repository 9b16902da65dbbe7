"""A short way to write down what happens to an execution, and what is to be seen then.

`A` completes the lowest running visit of node A through main, `A:x` through port x, `A:x+y` through both, `A!` fails it for good, `A?` lets it wait
for a person, `A@600` lets it wait for 600 seconds, `A~` cancels it. `A, B` is one report of both, in this order. A visit other than the lowest is
named: `A/2:x`. `A{w=600,y=1}` has more in its output. `+600` lets 600 seconds pass.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.model.graph import Graph
from tests.model.graphs import Definition
from tests.model.reference import Outcome, status_of
from tests.model.state import Key, State
from tests.model.walks import CancelAssignment, PassTime, Report, Step

_ONE = re.compile(r"(?P<node>\w+)(/(?P<visit>\d+))?(:(?P<ports>[\w+]+))?(\{(?P<more>[\w=,]+)\})?(?P<sign>[!?~]|@\d+)?")


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
    if text.startswith("+"):
        return PassTime(seconds=int(text[1:]))
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
    return Report(outcomes=tuple(_outcome(key, part) for key, part in zip(keys, parts, strict=True)))


def _named(state: State, node: str, visit: str | None, taken: set[Key]) -> Key:
    if visit is not None:
        return Key(node, int(visit))
    running = sorted(a.key for a in state.of_status("running", "waiting") if a.key.node == node and a.key not in taken)
    assert running, f"{node} is not running"
    return running[0]


def _outcome(key: Key, part: Mapping[str, str | None]) -> Outcome:
    sign = part["sign"] or ""
    output: dict[str, Any] = {"x": 0, key.node: key.visit}
    output |= {name: int(value) for name, value in (pair.split("=") for pair in (part["more"] or "").split(",") if pair)}
    if sign.startswith("@"):
        return Outcome(key=key, kind="waiting", output=output, waits_for="time", seconds=int(sign[1:]))
    kind = {"!": "failed", "?": "waiting"}.get(sign, "completed")
    return Outcome(key=key, kind=kind, output=output if kind == "completed" else {}, ports=tuple((part["ports"] or "main").split("+")))


def seen(state: State) -> str:
    """What is open, as a case writes it; the status when it is over."""
    if state.is_over:
        return status_of(state)
    shown = sorted((a.key, a.shown_status) for a in state.assignments.values() if a.is_open)
    return ", ".join(f"{key.node}/{key.visit} {status}" for key, status in shown)
