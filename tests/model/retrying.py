"""Retry, and running again from a node: a new execution that takes over what an ended one had come to.

1. Begins anew: the latest visit of the node that was named, and what failed, or was cancelled by an operator, and no policy caught.
2. Left out: what came of the named visit, over connections and joins. So are joins that went with fewer tokens than they need and that the named
   visit can still bring one to, with what came of them: they went because it had brought none, so they wait for it again. A join that is left
   out keeps the tokens that others brought, and holds again; a token that was too late for it counts again.
3. Restored, as it stood: what was cancelled because the execution ended. What ran is pending; what waited waits on, until the same time; a visit
   that was done and waited for an earlier one of its `ordered` node still is.
4. All else is kept. What was done when the execution ended, and had not left, leaves now, in the order in which it was done.
5. The context is the fold of what the visits that are done in the new execution had set, in the order in which they had set it.
6. A late mark stands while the visit that it names stands. The named visit, and the tokens of the joins that hold again, are late for what they would
   be late for if the named visit had been open all the time: visits of `first` and `count` joins that went with what they need and that they can
   still come to.
7. It is as if a wait had just ended: visits are counted from one.

In 2 and 6, a visit of a join counts only if it comes after those that the named visit (or the sender of the token) came of: in a loop, the earlier
ones went before it was there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from tests.model.draft import Draft
from tests.model.graph import Graph
from tests.model.state import Assignment, Key, LateMark, LateMarks, State, Token, mark_of
from tests.model.transaction import advance


def retry(graph: Graph, state: State, from_node: str | None = None) -> State:
    assert state.is_over
    named = [max(key for key in state.assignments if key.node == from_node)] if from_node else []
    dropped = _left_out(graph, state, named)
    anew = {*named, *(key for key, a in state.assignments.items() if _is_uncaught(a) and key not in dropped)}
    tokens = [replace(token, is_late=token.is_late and token.to not in dropped) for token in state.tokens if token.sender not in dropped | anew]
    assignments = _taken_over(graph, state, tokens, anew, dropped)
    stands = {key for key, a in assignments.items() if a.status != "holding"}
    assignments = {key: replace(a, marks=frozenset(m for m in a.marks if Key(*m) in stands)) for key, a in assignments.items()}
    tokens = [replace(token, marks=frozenset(m for m in token.marks if Key(*m) in stands)) for token in tokens]
    gone = _gone(graph, assignments, tokens)
    for key in named:
        if assignments[key].status != "holding":
            assignments[key] = replace(assignments[key], marks=_with_marks(graph, state, gone, key, key.node, assignments[key].marks))
    hold_again = {key for key in {*named, *dropped} if key in assignments and assignments[key].status == "holding"}
    tokens = [replace(t, marks=_with_marks(graph, state, gone, t.sender, t.to.node, t.marks)) if t.to in hold_again else t for t in tokens]
    draft = Draft(
        graph,
        State(
            assignments=assignments,
            tokens=tuple(tokens),
            patches=tuple(patch for patch in state.patches if patch.key in assignments and assignments[patch.key].status in ("completed", "failed")),
            transactions=state.transactions,
            changes=state.changes,
            clock=state.clock,
        ),
    )
    draft.waited_in = draft.number
    unsent = [a for key, a in state.assignments.items() if a.is_stopped and key in assignments and key not in anew]
    return advance(draft, [a.key for a in sorted(unsent, key=lambda a: a.change)])


def _left_out(graph: Graph, state: State, named: Sequence[Key]) -> set[Key]:
    """What came of these visits, and of the joins that wait for them again; these joins too, but not the visits themselves."""
    again = {key for visit in named for key in state.assignments if _waits_again(graph, state, key, visit)}
    return again | _linked(state, {*named, *again}, forward=True) - set(named)


def _waits_again(graph: Graph, state: State, key: Key, named: Key) -> bool:
    """Whether this visit is one of a join that the named visit can bring a token to which it needs."""
    if graph.join_kind(key.node) in (None, "each") or not _comes_after(state, key, named) or state.assignments[key].error == "late":
        return False
    tokens = [token for token in state.tokens if token.to == key]
    empty = set(range(graph.slot_count(key.node))) - {token.slot for token in tokens}
    on_time = sum(not token.is_late for token in tokens)
    return 0 < on_time < _needed(graph, key.node) and bool(empty & graph.reaches(named.node, key.node))


def _gone(graph: Graph, assignments: Mapping[Key, Assignment], tokens: Iterable[Token]) -> list[Key]:
    """The visits of first and count joins that went with what they need, in order."""
    on_time = [token.to for token in tokens if not token.is_late]
    return sorted(
        key
        for key, a in assignments.items()
        if graph.join_kind(key.node) in ("first", "count") and a.status != "holding" and on_time.count(key) >= _needed(graph, key.node)
    )


def _with_marks(graph: Graph, state: State, gone: Sequence[Key], visit: Key, node: str, marks: LateMarks) -> LateMarks:
    """The marks, and those of what came of this visit and has come to this node."""
    for key in gone:
        if key.node != node and graph.reaches(node, key.node) and mark_of(marks, key.node) is None and _comes_after(state, key, visit):
            marks |= {LateMark(*key)}
    return marks


def _needed(graph: Graph, join: str) -> int:
    return graph.slot_count(join) if graph.join_kind(join) == "all" else graph.needed(join)


def _comes_after(state: State, key: Key, visit: Key) -> bool:
    """Whether the one comes after the visits of its node that the other came of; the other is one of these."""
    return all(other.node != key.node or other.visit < key.visit for other in _linked(state, {visit}, forward=False))


def _linked(state: State, keys: Iterable[Key], *, forward: bool) -> set[Key]:
    """What came of these visits, or what they came of; and they themselves."""
    led: set[tuple[Key, Key]] = {(a.previous, key) for key, a in state.assignments.items() if a.previous is not None}
    led |= {(token.sender, token.to) for token in state.tokens if not token.is_late}
    if not forward:
        led = {(to, sender) for sender, to in led}
    found = set(keys)
    while more := {to for sender, to in led if sender in found} - found:
        found |= more
    return found


def _is_uncaught(assignment: Assignment) -> bool:
    """It failed, or an operator cancelled it, and nothing left from it."""
    return assignment.output is None and (assignment.status == "failed" or (assignment.status == "cancelled" and assignment.error == "cancelled"))


def _taken_over(graph: Graph, state: State, tokens: Iterable[Token], anew: set[Key], dropped: set[Key]) -> dict[Key, Assignment]:
    with_tokens = {token.to for token in tokens if not token.is_late}
    taken: dict[Key, Assignment] = {}
    for key, old in state.assignments.items():
        if key in dropped:
            if key in with_tokens:
                taken[key] = _as_holding(old)
        elif key in anew:
            held = old.error == "join_unfilled" or (old.was is not None and old.was.status == "holding")
            taken[key] = _as_holding(old) if held else replace(_as_holding(old), status="pending", input=old.input, marks=old.marks)
        elif old.was is not None and old.error == "execution_ended":
            taken[key] = replace(old.was, status="pending") if old.was.status == "running" else old.was
        else:
            taken[key] = replace(old, is_stopped=False)
    return taken


def _as_holding(old: Assignment) -> Assignment:
    return Assignment(key=old.key, status="holding", input={}, previous=old.previous, made_in=old.made_in, change=old.change)
