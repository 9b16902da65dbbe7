"""A plain interpreter of how an execution moves (docs: "How an execution moves"), an oracle beside the database.

It walks the graph each time it has to know what can still come, and keeps nothing between two decisions but the state itself.
It is slow and short. The database is right when it agrees with this on every assignment.

Chosen where the description leaves it open:

 1. All results of a report are recorded before anything moves. A final failure among them then ends the execution, wherever it stood.
 2. Of several endings (END, FAIL, a failure) in one wave the first created decides; among joins that begin together, the first in compiled order.
 3. Leaving through several ports: their connections together, in order of definition.
 4. A wave leaves in the order reported, later ones in order of creation. Waits that end together leave in order of their time, then in the order in
    which they began to wait.
 5. A late mark is a join and a visit of it. A visit that begins inherits a mark if all the tokens that it uses carry that very mark.
 6. While count joins act, the tokens of all joins that begin in the same round still count as held.
 7. `late: cancel` cancels no join that has acted in the same round.
 8. `late: hold`: visit v is held back by marks of visit v - 1. Marks play no part in what is a witness.
 9. A count that cannot be filled fails its visit and marks nobody.
10. A finished visit of an `ordered` node, whatever its kind, is `waiting` (for order) while an earlier visit of it is unfinished, and leaves directly
    after the last of them. What ends the execution (END, FAIL, a failure that nothing catches) does so at once.
11. Each visit counts how many visits its node has had since a wait for time of the execution last ended, itself included; what follows from that
    wait in the same transaction comes after it. A visit that counts more than `max_visits` fails, and its execution with it, whatever `on_error` is.
12. A transaction that has run a hundred waves, or has opened as many visits as its budget allows, finishes the wave under way; what that creates of
    inline nodes stays pending, and joins are not looked at, until `tick` continues with all of it together. So where a transaction stops changes
    nothing in what comes of the execution; except that what one wave creates beside a visit that is one too many may have begun or not.
13. What a visit puts into the context is there for the next wave, not for its own. Within a wave and a report, later wins.
14. Retry, and running again from a node: see `retrying.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tests.model.draft import Draft
from tests.model.graph import Graph
from tests.model.state import Json, Key, State
from tests.model.transaction import advance, end_execution
from tests.model.visits import create_visit, fail_visit, finish_visit, resolve_visit, wait_in_visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a worker reports of one assignment."""

    key: Key
    kind: str = "completed"
    """completed, failed (no attempts left) or waiting"""
    output: Json
    ports: tuple[str, ...] = ("main",)
    patch: Json | None = None
    """What it sets in the context."""
    code: str = "broken"
    """of a failure"""
    waits_for: str = "person"
    seconds: int = 0
    """Waiting for time."""


def start(graph: Graph, given: Json, trigger: str | None = None, budget: int | None = None) -> State:
    trigger = trigger or next(name for name, node in graph.nodes.items() if node.kind == "start")
    draft = Draft(graph, State(assignments={}), budget)
    create_visit(draft, Key(trigger, 1), given, frozenset(), previous=None)
    return advance(draft, [Key(trigger, 1)])


def claim(state: State) -> State:
    """A worker takes all that is pending."""
    taken = {a.key: replace(a, status="running", is_for_worker=False) for a in state.of_status("pending")}
    return replace(state, assignments={**state.assignments, **taken})


def report(graph: Graph, state: State, outcomes: Sequence[Outcome], budget: int | None = None) -> State:
    """Record these results of running assignments, in this order, in one transaction."""
    draft = Draft(graph, state, budget)
    for outcome in outcomes:
        _record(draft, outcome)
    return advance(draft, draft.leaving_among([outcome.key for outcome in outcomes]))


def pass_time(graph: Graph, state: State, seconds: int | None = None, budget: int | None = None) -> State:
    """Move the clock; without `seconds`, until every wait for time is over. Each wait whose time has come continues with what it was given, or with
    what its worker reported.
    """
    waits = sorted((a for a in state.of_status("waiting") if a.waits_for == "time"), key=lambda a: (a.due, a.change))
    clock = max([state.clock, *(a.due for a in waits)]) if seconds is None else state.clock + seconds
    state = replace(state, clock=clock)
    due = [a for a in waits if a.due <= clock]
    if not due:
        return state
    draft = Draft(graph, state, budget)
    draft.waited_in = draft.number
    for waited in due:
        finish_visit(draft, waited.key, output=waited.input if waited.output is None else waited.output, ports=waited.ports or ("main",))
    return advance(draft, [waited.key for waited in due])


def tick(graph: Graph, state: State, budget: int | None = None) -> State:
    """What a transaction left over continues."""
    draft = Draft(graph, state, budget)
    left_over = draft.left_over()
    for key in left_over:
        resolve_visit(draft, key)
    return advance(draft, draft.leaving_among(left_over))


def cancel(graph: Graph, state: State) -> State:
    draft = Draft(graph, state)
    end_execution(draft, "cancelled", error="cancelled")
    return draft.state


def cancel_assignment(graph: Graph, state: State, key: Key, budget: int | None = None) -> State:
    """One assignment ends; its node's `on_error` says what becomes of the rest."""
    draft = Draft(graph, state, budget)
    draft.change(key, was=state.assignments[key])
    fail_visit(draft, key, code="cancelled", status="cancelled")
    return advance(draft, draft.leaving_among([key]))


def status_of(state: State) -> str:
    """The execution's status as shown."""
    if state.is_over:
        return state.status
    if state.of_status("pending", "running"):
        return "running"
    return "paused" if any(a.waits_for == "person" for a in state.of_status("waiting")) else "waiting"


def _record(draft: Draft, outcome: Outcome) -> None:
    match outcome.kind:
        case "waiting":
            wait_in_visit(draft, outcome.key, outcome.waits_for, outcome.seconds, outcome.output)
        case "failed":
            fail_visit(draft, outcome.key, code=outcome.code)
        case _:
            finish_visit(draft, outcome.key, output=outcome.output, ports=outcome.ports, patch=outcome.patch)
