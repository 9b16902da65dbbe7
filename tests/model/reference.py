"""A plain interpreter of how an execution moves (docs: "How an execution moves"), an oracle beside the database.

It decides by walking the graph each time it has to know who can still come, and keeps nothing between two decisions but the state itself.
Slow and short; the database is right when it agrees with this on every assignment.

Chosen where the description leaves it open:

 1. All results of a report are recorded before anything moves. A final failure among them then ends the execution, wherever it stood.
 2. Of several endings (END, FAIL, a failure) in one wave the first created decides; among joins that go together, the first in compiled order.
 3. Leaving through several ports: their connections together, in order of definition.
 4. A wave goes in the order reported, later ones in order of creation.
 5. A mark is a join and a visit of it. A visit that goes inherits a mark if all the tokens that it uses carry that very mark.
 6. While count joins act, the tokens of all joins that go in the same round still count as held.
 7. `late: cancel` cancels no join that has acted in the same round.
 8. `late: hold`: visit v is held back by marks of visit v - 1. Marks play no part in who is a witness.
 9. A count that cannot be filled fails its visit and marks nobody.
10. A finished visit of an `ordered` node is `waiting` until all lower visits are finished, and leaves right behind the last of them.
11. A visit is one too many if it follows on `max_visits` others of its node since a wait for time of the execution last came to its end (whole
    transactions count; what one wave makes of a node that is no join counts once). The execution fails then, whatever `on_error` says.
12. What the hundredth wave of a transaction creates of inline nodes stays pending, and joins are not looked at until `tick` has gone on with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.model.graph import Graph, Node
from tests.model.state import OPEN, Assignment, Json, Key, Mark, Marks, State, Token, mark_of

WAVES_IN_ONE_TRANSACTION = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a worker reports of one assignment."""

    key: Key
    kind: str = "completed"
    """completed, failed (no attempts left) or waiting"""
    output: Json
    ports: tuple[str, ...] = ("main",)
    code: str = "broken"
    """of a failure"""
    waits_for: str = "person"
    seconds: int = 0
    """Waiting for time."""


def start(graph: Graph, given: Json, trigger: str | None = None) -> State:
    trigger = trigger or next(name for name, node in graph.nodes.items() if node.kind == "start")
    transaction = _Transaction(graph, State(assignments={}))
    transaction.create(Key(trigger, 1), given, frozenset())
    return transaction.run([Key(trigger, 1)])


def claim(state: State) -> State:
    """A worker takes all that is pending."""
    taken = {a.key: replace(a, status="running") for a in state.of_status("pending")}
    return replace(state, assignments={**state.assignments, **taken})


def report(graph: Graph, state: State, outcomes: Sequence[Outcome]) -> State:
    """Finish a set of running assignments, in this order, in one transaction."""
    transaction = _Transaction(graph, state)
    finished = [key for outcome in outcomes if (key := transaction.record(outcome)) is not None]
    return transaction.run(finished)


def pass_time(graph: Graph, state: State) -> State:
    """So long that every wait for time is over: each goes on with what it was given, or with what its worker reported."""
    transaction = _Transaction(graph, state)
    due = [a.key for a in sorted(state.of_status("waiting"), key=lambda a: a.due) if a.waits_for == "time"]
    for key in due:
        found = state.assignments[key]
        transaction.finish(key, output=found.input if found.output is None else found.output, ports=("main",))
    if due:
        transaction.waited_in = transaction.number
    return transaction.run(due) if due else state


def tick(graph: Graph, state: State) -> State:
    """Inline nodes that were left over go on."""
    transaction = _Transaction(graph, state)
    left_over = [key for key in state.assignments if transaction.is_left_over(key)]
    for key in left_over:
        transaction.resolve(key)
    return transaction.run([key for key in left_over if transaction.is_leaving(key)])


def cancel(graph: Graph, state: State) -> State:
    transaction = _Transaction(graph, state)
    transaction.end("cancelled", error="cancelled")
    return transaction.state


def cancel_assignment(graph: Graph, state: State, key: Key) -> State:
    """One assignment ends; its node's `on_error` says what becomes of the rest."""
    transaction = _Transaction(graph, state)
    transaction.fail(key, code="cancelled", status="cancelled")
    return transaction.run([key] if transaction.is_leaving(key) else [])


def status_of(state: State) -> str:
    """The execution's status as shown."""
    if state.is_over:
        return state.status
    if state.of_status("pending", "running"):
        return "running"
    return "paused" if any(a.waits_for == "person" for a in state.of_status("waiting")) else "waiting"


class _Transaction:
    """One step from a state to the next. What it changes is its own copy."""

    def __init__(self, graph: Graph, state: State) -> None:
        self.graph = graph
        self.assignments: dict[Key, Assignment] = dict(state.assignments)
        self.tokens = list(state.tokens)
        self.status, self.output, self.error = state.status, state.output, state.error
        self.number, self.waited_in = state.transactions + 1, state.waited_in
        self.ending: Key | None = None
        """The first END, FAIL or failure of the wave under way."""
        self.parked = frozenset(key for key, assignment in state.assignments.items() if assignment.is_leaving)
        """Visits of ordered nodes that had been waiting for lower ones."""
        self.last_visits: dict[str, int] = {}
        """Before the wave under way."""
        self.waves = 0
        self.is_unfinished = False

    @property
    def state(self) -> State:
        return State(
            assignments=self.assignments,
            tokens=tuple(self.tokens),
            status=self.status,
            output=self.output,
            error=self.error,
            is_unfinished=self.is_unfinished,
            transactions=self.number,
            waited_in=self.waited_in,
        )

    # What happens to one assignment

    def record(self, outcome: Outcome) -> Key | None:
        """Take one result down; the assignment's key if it leaves."""
        key = outcome.key
        match outcome.kind:
            case "waiting":
                self._wait(key, outcome.waits_for, outcome.seconds, outcome.output)
            case "failed":
                self.fail(key, code=outcome.code)
            case _:
                self.finish(key, output=outcome.output, ports=outcome.ports)
        return key if self.is_leaving(key) else None

    def create(self, key: Key, given: Json, marks: Marks) -> None:
        """Open a visit that starts at once."""
        assert key not in self.assignments, f"{key} would run twice"
        self.assignments[key] = Assignment(key=key, status="pending", input=given, marks=marks, made_in=self.number, rounds=self._rounds(key))
        self._begin(key)

    def resolve(self, key: Key) -> None:
        """Do what the virtual user does with an inline node; others stay pending for a worker."""
        node, given = self.graph.nodes[key.node], self.assignments[key].input
        match node.kind:
            case "worker":
                pass
            case "wait":
                self._wait(key, "time", node.seconds)
            case "fail":
                self._change(key, status="failed", error="failed", has_left=True)
                self.ending = self.ending or key
            case "end":
                self._change(key, status="completed", output=given, has_left=True)
                self.ending = self.ending or key
            case "choose":
                self._choose(key, node, given)
            case _:
                self.finish(key, output=given, ports=("main",))

    def finish(self, key: Key, *, output: Json, ports: tuple[str, ...]) -> None:
        self._change(key, status="completed", output=output, ports=ports, waits_for=None)

    def fail(self, key: Key, *, code: str, status: str = "failed") -> None:
        """The assignment has failed for good; `on_error` decides."""
        match self.graph.nodes[key.node].on_error:
            case "continue":
                self._change(key, status=status, error=code, output={"error": {"code": code}}, ports=("main",), waits_for=None)
            case "port":
                self._change(key, status=status, error=code, output={"error": {"code": code}}, ports=("error",), waits_for=None)
            case _:
                self._change(key, status=status, error=code, has_left=True, waits_for=None)
                self.ending = self.ending or key

    def is_leaving(self, key: Key) -> bool:
        return self.assignments[key].is_leaving

    def is_left_over(self, key: Key) -> bool:
        """An inline node's visit that no transaction has come to yet."""
        return self.assignments[key].status == "pending" and self.graph.nodes[key.node].is_inline

    def _begin(self, key: Key, *, is_unfilled: bool = False) -> None:
        node = self.graph.nodes[key.node]
        if self.assignments[key].rounds > node.max_visits:
            self._change(key, status="failed", error="max_visits_exceeded", has_left=True)
            self.ending = self.ending or key
        elif is_unfilled:
            self.fail(key, code="join_unfilled")
        elif self.waves < WAVES_IN_ONE_TRANSACTION:
            self.resolve(key)

    def _wait(self, key: Key, waits_for: str, seconds: int, output: Json | None = None) -> None:
        self._change(key, status="waiting", waits_for=waits_for, due=(seconds, self.number), output=output)

    def _choose(self, key: Key, node: Node, given: Json) -> None:
        """Leave by the rules; stay pending for a worker if one that matters cannot be known here."""
        ports: list[str] = []
        for rule in node.rules:
            if rule.key is None and ports:
                break  # the default, when a rule held
            if not rule.is_known(given):
                return
            if rule.holds(given):
                ports.append(rule.port)
                if not node.takes_all_rules:
                    break
        if ports:
            self.finish(key, output=given, ports=tuple(dict.fromkeys(ports)))
        else:
            self.fail(key, code="no_route")

    def _change(self, key: Key, **values: Any) -> None:
        self.assignments[key] = replace(self.assignments[key], **values)

    def _rounds(self, key: Key) -> int:
        """Visits that one wave makes of a node count as one, but each of a join counts."""
        visit = self._visits(key.node) if self.graph.join_kind(key.node) in ("all", "first", "count") else self.last_visits.get(key.node, 0)
        before = self.assignments.get(Key(key.node, visit))
        return 1 if before is None or before.made_in <= self.waited_in else before.rounds + 1

    def _cancel(self, key: Key) -> None:
        self._change(key, status="cancelled", ports=(), output=None, waits_for=None)

    def _visits(self, node: str) -> int:
        return max((key.visit for key in self.assignments if key.node == node), default=0)

    # The whole transaction

    def run(self, leaving: list[Key]) -> State:
        """Waves until no inline node is left, then the joins, and so on until nothing moves."""
        if self._end_if_due():
            return self.state
        leaving = self._in_turn(leaving)
        while True:
            while leaving:
                self.waves += 1
                leaving = self._wave(leaving)
                if self._end_if_due():
                    return self.state
            goers = self._goers()
            self.is_unfinished = self.waves >= WAVES_IN_ONE_TRANSACTION and (bool(goers) or any(self.is_left_over(key) for key in self.assignments))
            if self.is_unfinished or not goers:
                break
            leaving = self._in_turn(self._go(goers))
            if self._end_if_due():
                return self.state
        if not any(a.is_open for a in self.assignments.values()):
            self.end("completed", output=self._collected_output())
        return self.state

    def end(self, status: str, *, output: Json | None = None, error: str | None = None) -> None:
        finished = [key for key in self._in_turn([]) if not any(other in self.parked for other in (key, *self._lower_visits(key)))]
        for key, assignment in self.assignments.items():
            if key in finished:
                self._change(key, has_left=True)
            elif assignment.is_open:
                self._cancel(key)
        self.status, self.output, self.error = status, output, error

    def _end_if_due(self) -> bool:
        if self.ending is None:
            return False
        last = self.assignments[self.ending]
        if last.status == "completed":
            self.end("completed", output=last.output)
        else:
            self.end("failed", error=last.error)
        return True

    def _collected_output(self) -> Json:
        """By node, the output of what ended the execution: latest visits that left through a port without a connection."""
        latest = {key.node: self.assignments[key] for key in sorted(self.assignments)}
        return {
            name: a.output
            for name, a in latest.items()
            if a.has_left and a.status != "cancelled" and a.output is not None and any(not self.graph.leaving(name, (port,)) for port in a.ports)
        }

    # Leaving

    def _wave(self, leaving: Sequence[Key]) -> list[Key]:
        """Each delivers its tokens, in order. What came to be through it and is finished already, in order."""
        before = set(self.assignments)
        self.last_visits = {name: self._visits(name) for name in self.graph.nodes}
        for key in leaving:
            self._change(key, has_left=True)
            for connection in self.graph.leaving(key.node, self.assignments[key].ports):
                self._deliver(key, connection.to_node, connection.slot)
        return self._in_turn([key for key in self.assignments if key not in before and self.is_leaving(key)])

    def _in_turn(self, finished: Sequence[Key]) -> list[Key]:
        """Who leaves now: the finished, in order, but visits of an ordered node one behind the other, with those that had been waiting for them."""
        reported = {key: position for position, key in enumerate(finished, 1)}
        turns: dict[Key, tuple[int, int]] = {}
        for key in sorted((key for key in self.assignments if self.is_leaving(key)), key=lambda key: key.visit):
            lower = self._lower_visits(key)
            if all(other in turns or self._is_past(other) for other in lower):
                turns[key] = max([reported.get(key, 0), *(turns[other][0] for other in lower if other in turns)]), key.visit
        return sorted(turns, key=lambda key: turns[key])

    def _lower_visits(self, key: Key) -> list[Key]:
        if not self.graph.nodes[key.node].ordered or self.assignments[key].status == "cancelled":
            return []
        return [lower for lower in self.assignments if lower.node == key.node and lower.visit < key.visit]

    def _is_past(self, key: Key) -> bool:
        """It has left, or will never leave."""
        found = self.assignments[key]
        return found.status not in OPEN and not found.is_leaving

    def _deliver(self, sender: Key, node: str, slot: int) -> None:
        source = self.assignments[sender]
        assert source.output is not None
        if self.graph.join_kind(node) in (None, "each"):
            self.create(Key(node, self._visits(node) + 1), source.output, source.marks)
            return
        marks, to, is_late = source.marks, None, False
        if (mark := mark_of(marks, node)) is not None:
            if self._slot_is_empty(Key(*mark), slot):
                to, is_late = Key(*mark), True
            else:
                marks -= {mark}
        if to is None:
            to = self._holding_visit(node, slot)
        arrival = len(self.tokens)
        self.tokens.append(Token(to=to, slot=slot, arrival=arrival, sender=sender, output=source.output, marks=marks, is_late=is_late))

    def _holding_visit(self, join: str, slot: int) -> Key:
        """The lowest holding visit with that slot empty, else a new one."""
        holding = sorted(a.key for a in self.assignments.values() if a.key.node == join and a.status == "holding")
        for key in holding:
            if self._slot_is_empty(key, slot):
                return key
        key = Key(join, self._visits(join) + 1)
        self.assignments[key] = Assignment(key=key, status="holding", input={}, made_in=self.number, rounds=self._rounds(key))
        return key

    def _slot_is_empty(self, key: Key, slot: int) -> bool:
        return all(token.slot != slot for token in self.tokens if token.to == key)

    def _slots(self, key: Key) -> frozenset[int]:
        return frozenset(token.slot for token in self.tokens if token.to == key)

    # Joining

    def _goers(self) -> list[Key]:
        """The joins that go now, in compiled order; all at once those that have what they need, else the last of those that wait for nobody."""
        lowest: dict[str, Key] = {}
        for key in sorted(a.key for a in self.assignments.values() if a.status == "holding"):
            lowest.setdefault(key.node, key)
        candidates = sorted(lowest.values(), key=lambda key: self.graph.place(key.node))
        full = [key for key in candidates if self._has_enough(key) and not self._is_held_back(key)]
        if full:
            return full
        return [key for key in candidates if not self._has_enough(key) and not self._has_witness(key)][-1:]

    def _has_enough(self, key: Key) -> bool:
        if self._is_count(key.node):
            return len(self._slots(key)) >= self.graph.needed(key.node)
        return len(self._slots(key)) == self.graph.slot_count(key.node)

    def _is_count(self, node: str) -> bool:
        return self.graph.join_kind(node) in ("first", "count")

    def _has_witness(self, key: Key) -> bool:
        """Whether somebody who counts as open can still come to an empty slot of this visit without passing the join."""
        empty = frozenset(range(self.graph.slot_count(key.node))) - self._slots(key)
        return any(self._counts_as_open(a, key.node) and empty & self.graph.reaches(a.key.node, key.node) for a in self.assignments.values())

    def _counts_as_open(self, assignment: Assignment, join: str) -> bool:
        if assignment.status == "holding":
            return self.graph.place(assignment.key.node) < self.graph.place(join)
        return assignment.is_open

    def _is_held_back(self, key: Key) -> bool:
        """`late: hold`: somebody late for the visit before can still come."""
        if not self._is_count(key.node) or self.graph.nodes[key.node].late != "hold":
            return False
        mark = Mark(key.node, key.visit - 1)
        return any(
            self._counts_as_open(a, key.node) and self._carries(a, mark) and self.graph.reaches(a.key.node, key.node)
            for a in self.assignments.values()
        )

    def _carries(self, assignment: Assignment, mark: Mark) -> bool:
        """A holding visit carries a mark if all its tokens do."""
        if assignment.status == "holding":
            return all(mark in token.marks for token in self.tokens if token.to == assignment.key)
        return mark in assignment.marks

    def _go(self, goers: Sequence[Key]) -> list[Key]:
        """First the count joins act, one after another; then all that still may go do. What is finished by that, in order."""
        acted: list[Key] = []
        for key in goers:
            if self.assignments[key].status != "holding" or not self._is_count(key.node) or not self._has_enough(key):
                continue
            self._mark_late(Mark(*key))
            acted.append(key)
            if self.graph.nodes[key.node].late == "cancel":
                self._cancel_late(Mark(*key), spared=acted)
        gone = [key for key in goers if self.assignments[key].status == "holding"]
        for key in gone:
            self._release(key)
        return [key for key in gone if self.is_leaving(key)]

    def _mark_late(self, mark: Mark) -> None:
        """Everybody who can still come to the join is late for this visit of it, unless late for an earlier one already."""

        def late(node: str, marks: Marks) -> bool:
            return node != mark.join and bool(self.graph.reaches(node, mark.join)) and mark_of(marks, mark.join) is None

        for key, assignment in self.assignments.items():
            if assignment.is_open and assignment.status != "holding" and late(key.node, assignment.marks):
                self._change(key, marks=assignment.marks | {mark})
        for index, token in enumerate(self.tokens):
            if self.assignments[token.to].status == "holding" and late(token.to.node, token.marks):
                self.tokens[index] = replace(token, marks=token.marks | {mark})

    def _cancel_late(self, mark: Mark, *, spared: Sequence[Key]) -> None:
        """End those late for this visit that can come to no connection which it already has."""
        has = self._slots(Key(*mark))
        for key, assignment in list(self.assignments.items()):
            if not assignment.is_open or key in spared or key.node == mark.join or not self._carries(assignment, mark):
                continue
            if not has & self.graph.reaches(key.node, mark.join):
                self._cancel(key)

    def _release(self, key: Key) -> None:
        """The join's visit goes with what it has; with too little it fails."""
        tokens = sorted((t for t in self.tokens if t.to == key), key=lambda t: t.arrival)
        used = tokens
        if self._is_count(key.node):
            used = tokens[: self.graph.needed(key.node)]
            late = tokens[self.graph.needed(key.node) :]
            self.tokens = [replace(t, is_late=True) if t in late else t for t in self.tokens]
        marks = frozenset(mark for mark in used[0].marks if mark.join != key.node and all(mark in token.marks for token in used))
        given: dict[str, Any] = {}
        for token in sorted(used, key=lambda t: t.slot):
            given.update(token.output)
        self._change(key, status="pending", input=given, marks=marks)
        self._begin(key, is_unfilled=self._is_count(key.node) and len(used) < self.graph.needed(key.node))
