"""Retry, and running again from a node: a new execution that takes over what an ended one had come to.

1. Begins anew: the latest visit of the node that was named, and what failed, or was cancelled by an operator, and no policy caught.
2. Left out: what came of the named visit, over connections and joins. A join among them keeps the tokens that others brought, and holds again;
   a token that was too late for it counts again.
3. Restored, as it stood: what was cancelled because the execution ended. What ran is pending; what waited waits on, until the same time; a visit
   that was done and waited for an earlier one of its `ordered` node still is.
4. All else is kept. What was done when the execution ended, and had not left, leaves now, in the order in which it was done.
5. The context is the fold of what the visits that are done in the new execution had set, in the order in which they had set it.
6. A late mark stands while the visit that it names stands.
7. It is as if a wait had just ended: visits are counted from one.
"""

from collections.abc import Iterable
from dataclasses import replace

from tests.model.draft import Draft
from tests.model.graph import Graph
from tests.model.state import Assignment, Key, State, Token
from tests.model.transaction import advance


def retry(graph: Graph, state: State, from_node: str | None = None) -> State:
    assert state.is_over
    named = [max(key for key in state.assignments if key.node == from_node)] if from_node else []
    dropped = _descendants(graph, state, named)
    anew = {*named, *(key for key, a in state.assignments.items() if _is_uncaught(a) and key not in dropped)}
    tokens = [replace(token, is_late=token.is_late and token.to not in dropped) for token in state.tokens if token.sender not in dropped | anew]
    assignments = _taken_over(graph, state, tokens, anew, dropped)
    stands = {key for key, a in assignments.items() if a.status != "holding"}
    draft = Draft(
        graph,
        State(
            assignments={key: replace(a, marks=frozenset(m for m in a.marks if Key(*m) in stands)) for key, a in assignments.items()},
            tokens=tuple(replace(token, marks=frozenset(m for m in token.marks if Key(*m) in stands)) for token in tokens),
            patches=tuple(patch for patch in state.patches if patch.key in assignments and assignments[patch.key].status in ("completed", "failed")),
            transactions=state.transactions,
            changes=state.changes,
            clock=state.clock,
        ),
    )
    draft.waited_in = draft.number
    unsent = [a for key, a in state.assignments.items() if a.is_stopped and key in assignments and key not in anew]
    return advance(draft, [a.key for a in sorted(unsent, key=lambda a: a.change)])


def _descendants(graph: Graph, state: State, named: Iterable[Key]) -> set[Key]:
    """What came of these visits; they themselves are not among it."""
    led: set[tuple[Key, Key]] = {(a.previous, key) for key, a in state.assignments.items() if a.previous is not None}
    led |= {(token.sender, token.to) for token in state.tokens if not token.is_late}
    found = set(named)
    while more := {to for sender, to in led if sender in found} - found:
        found |= more
    return found - set(named)


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
