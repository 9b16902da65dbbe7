"""What happens to an execution from outside: what workers report, in which order and how many at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.model import reference
from tests.model.graph import Graph
from tests.model.graphs import STEP_PORTS, WAIT_SECONDS, Chooser, one_in, pick
from tests.model.reference import Outcome
from tests.model.state import Json, Key, State

GIVEN: Json = {"x": 0}
MOST_TICKS = 10_000


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
    seconds: int


Step = Report | CancelAssignment | Cancel | PassTime


def begin(graph: Graph, given: dict[str, Any] | None = None, budget: int | None = None) -> State:
    return settled(graph, reference.start(graph, given or GIVEN, budget=budget), budget)


def apply(graph: Graph, state: State, step: Step, budget: int | None = None) -> State:
    """The state after the step, when a worker has taken all that is pending."""
    match step:
        case Report(outcomes=outcomes):
            return settled(graph, reference.report(graph, state, outcomes, budget), budget)
        case CancelAssignment(key=key):
            return settled(graph, reference.cancel_assignment(graph, state, key, budget), budget)
        case Cancel():
            return settled(graph, reference.cancel(graph, state), budget)
        case PassTime(seconds=seconds):
            return settled(graph, reference.pass_time(graph, state, seconds, budget), budget)


def settled(graph: Graph, state: State, budget: int | None = None) -> State:
    """After the ticks that finish what one transaction left over, and when a worker has taken all that is pending."""
    for _ in range(MOST_TICKS):
        if not state.is_unfinished:
            return reference.claim(state)
        state = reference.tick(graph, state, budget)
    message = "an execution in which nothing waits never settles"
    raise AssertionError(message)


def next_step(chooser: Chooser, graph: Graph, state: State) -> Step:
    """What happens next to an execution that is not over; it is cancelled if only people are awaited."""
    running = [a.key for a in state.of_status("running")]
    times = sorted({a.due - state.clock for a in state.of_status("waiting") if a.waits_for == "time"})
    if times and (not running or one_in(chooser, 6)):
        return PassTime(seconds=pick(chooser, times))
    if not running:
        return Cancel()
    if one_in(chooser, 40):
        return CancelAssignment(key=pick(chooser, [a.key for a in state.of_status("running", "waiting")]))
    several = min(len(running), (1, 1, 2, 3)[chooser.below(4)])
    chosen = [running.pop(chooser.below(len(running))) for _ in range(several)]
    return Report(outcomes=tuple(outcome(chooser, graph, state, key) for key in chosen))


def outcome(chooser: Chooser, graph: Graph, state: State, key: Key) -> Outcome:
    match chooser.below(16):
        case 14:
            return Outcome(key=key, kind="failed", output={}, code="broken")
        case 15 if graph.nodes[key.node].kind == "worker":
            if chooser.below(2):
                return Outcome(key=key, kind="waiting", output=_output(chooser, key), waits_for="time", seconds=pick(chooser, WAIT_SECONDS))
            return Outcome(key=key, kind="waiting", output={})
        case kind:
            return _success(chooser, graph, state, key, several=kind > 5)


def _success(chooser: Chooser, graph: Graph, state: State, key: Key, *, several: bool) -> Outcome:
    """The database leaves some visits of inline nodes to a worker: these pass their input on."""
    node, given = graph.nodes[key.node], state.assignments[key].input
    match node.kind:
        case "choose":
            return Outcome(key=key, output=given, ports=(pick(chooser, sorted({rule.port for rule in node.rules})),))
        case "wait":
            return Outcome(key=key, kind="waiting", output=given, waits_for="time", seconds=pick(chooser, WAIT_SECONDS))
        case "set_context":
            return Outcome(key=key, output=given, patch={name: state.context.get(name, 0) + 1 for name in node.values})
        case _:
            return Outcome(key=key, output=_output(chooser, key), ports=_ports(chooser, graph, key.node, several=several))


def _output(chooser: Chooser, key: Key) -> Json:
    """`y` and `w` are there now and then: without them a worker decides the nodes that read them."""
    output: dict[str, Any] = {"x": chooser.below(3), key.node: key.visit, "last": f"{key.node}/{key.visit}"}
    if chooser.below(2):
        output["y"] = chooser.below(2)
    if chooser.below(4):
        output["w"] = pick(chooser, (0, *WAIT_SECONDS))
    return output


def _ports(chooser: Chooser, graph: Graph, node: str, *, several: bool) -> tuple[str, ...]:
    connected: Sequence[str] = sorted({c.port for c in graph.connections if c.from_node == node and c.port != "error"})
    ports = tuple(port for port in connected if not several or chooser.below(2))
    if several and ports:
        return ports
    return (pick(chooser, [*connected, *connected, *(port for port in STEP_PORTS if port not in connected)]),)
