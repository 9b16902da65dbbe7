"""What happens to an execution from outside: who answers what, in which order and how many at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.model import reference
from tests.model.graph import Graph
from tests.model.graphs import STEP_PORTS, Chooser, one_in, pick
from tests.model.reference import Outcome
from tests.model.state import Json, Key, State

MOST_TICKS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A worker reports these together, in this order."""

    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAssignment:
    key: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """The whole execution is cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassTime:
    """So long that every wait for time is over."""


Step = Report | CancelAssignment | Cancel | PassTime


def apply(graph: Graph, state: State, step: Step, ticks: int = MOST_TICKS) -> State:
    """The state after the step, when a worker has taken all that is pending."""
    match step:
        case Report(outcomes=outcomes):
            return settled(graph, reference.report(graph, state, outcomes), ticks)
        case CancelAssignment(key=key):
            return settled(graph, reference.cancel_assignment(graph, state, key), ticks)
        case Cancel():
            return settled(graph, reference.cancel(graph, state), ticks)
        case PassTime():
            return settled(graph, reference.pass_time(graph, state), ticks)


class Endless(Exception):
    """A cycle that goes on longer than it should: while something beside it begins to wait in each transaction, `max_visits` never counts up."""


def settled(graph: Graph, state: State, ticks: int = MOST_TICKS) -> State:
    """After the ticks that finish what one transaction left over, and when a worker has taken all that is pending."""
    while state.is_unfinished:
        if ticks == 0:
            raise Endless
        state, ticks = reference.tick(graph, state), ticks - 1
    return reference.claim(state)


def is_endless(graph: Graph, state: State, step: Step) -> bool:
    """Whether the step sets off more than one transaction holds; with the few visits of random graphs, only an endless cycle does."""
    try:
        apply(graph, state, step, ticks=0)
    except Endless:
        return True
    return False


def begin(graph: Graph, given: dict[str, Any] | None = None, ticks: int = MOST_TICKS) -> State:
    return settled(graph, reference.start(graph, given or {"x": 0}), ticks)


def next_step(chooser: Chooser, graph: Graph, state: State) -> Step:
    """What happens next to an execution that is not over; it is cancelled if only people are awaited."""
    running = [a.key for a in state.of_status("running")]
    if not running:
        return PassTime() if waits_for_time(state) else Cancel()
    if one_in(chooser, 40):
        return CancelAssignment(key=pick(chooser, [a.key for a in state.of_status("running", "waiting")]))
    several = min(len(running), (1, 1, 2, 3)[chooser.below(4)])
    chosen = [running.pop(chooser.below(len(running))) for _ in range(several)]
    return Report(outcomes=tuple(outcome(chooser, graph, state, key) for key in chosen))


def waits_for_time(state: State) -> bool:
    return any(a.waits_for == "time" for a in state.of_status("waiting"))


def outcome(chooser: Chooser, graph: Graph, state: State, key: Key) -> Outcome:
    output: Json = {"x": chooser.below(3), key.node: key.visit, "last": f"{key.node}/{key.visit}"}
    if graph.nodes[key.node].kind == "choose":  # the database left it to a worker; it passes its input on all the same
        output = state.assignments[key].input
    match chooser.below(16):
        case 14:
            return Outcome(key=key, kind="failed", output={}, code="broken")
        case 15:
            if chooser.below(2):
                return Outcome(key=key, kind="waiting", output=output, waits_for="time", seconds=1800)
            return Outcome(key=key, kind="waiting", output={})
        case kind:
            return Outcome(key=key, output=output, ports=_ports(chooser, graph, key.node, several=kind > 5))


def _ports(chooser: Chooser, graph: Graph, node: str, *, several: bool) -> tuple[str, ...]:
    if graph.nodes[node].kind == "choose":
        return (pick(chooser, sorted({rule.port for rule in graph.nodes[node].rules})),)
    connected: Sequence[str] = sorted({c.port for c in graph.connections if c.from_node == node and c.port != "error"})
    ports = tuple(port for port in connected if not several or chooser.below(2))
    if several and ports:
        return ports
    return (pick(chooser, [*connected, *connected, *(port for port in STEP_PORTS if port not in connected)]),)
