"""Finished visits leave: in which order, and what their tokens do."""

from collections.abc import Sequence

from tests.model.draft import Draft
from tests.model.state import Assignment, Key, Token, mark_of
from tests.model.visits import create_visit


def leave_wave(draft: Draft, leaving: Sequence[Key]) -> list[Key]:
    """Each delivers its tokens, in order. Returns what the wave created and finished at once, in the order in which it leaves."""
    before = set(draft.assignments)
    for key in leaving:
        draft.change(key, has_left=True)
        for connection in draft.graph.leaving(key.node, draft.assignments[key].ports):
            _deliver(draft, key, connection.to_node, connection.slot)
    return order_turns(draft, [key for key in draft.assignments if key not in before and draft.is_leaving(key)])


def order_turns(draft: Draft, finished: Sequence[Key]) -> list[Key]:
    """Who leaves now: the finished, in order, but visits of an ordered node one after the other, with those that were waiting for them."""
    reported = {key: position for position, key in enumerate(finished, 1)}
    turns: dict[Key, tuple[int, int]] = {}
    for key in sorted(draft.leaving_among(draft.assignments), key=lambda key: key.visit):
        earlier = earlier_visits(draft, key)
        if all(other in turns or draft.is_past(other) for other in earlier):
            turns[key] = max([reported.get(key, 0), *(turns[other][0] for other in earlier if other in turns)]), key.visit
    return sorted(turns, key=lambda key: turns[key])


def earlier_visits(draft: Draft, key: Key) -> list[Key]:
    """The visits that have to leave before this one: none unless its node is ordered."""
    if not draft.node_of(key).ordered:
        return []
    return [other for other in draft.assignments if other.node == key.node and other.visit < key.visit]


def _deliver(draft: Draft, sender: Key, node: str, slot: int) -> None:
    source = draft.assignments[sender]
    assert source.output is not None
    if draft.graph.join_kind(node) in (None, "each"):
        create_visit(draft, Key(node, draft.last_visit(node) + 1), source.output, source.marks, previous=sender)
        return
    marks, to, is_late = source.marks, None, False
    if (mark := mark_of(marks, node)) is not None:
        if slot not in draft.filled_slots(Key(*mark)):
            to, is_late = Key(*mark), True
        else:
            marks -= {mark}
    if to is None:
        to = _holding_visit(draft, node, slot)
    arrival = len(draft.tokens)
    draft.tokens.append(Token(to=to, slot=slot, arrival=arrival, sender=sender, output=source.output, marks=marks, is_late=is_late))


def _holding_visit(draft: Draft, join: str, slot: int) -> Key:
    """The lowest holding visit with that slot empty, else a new one."""
    for key in sorted(a.key for a in draft.assignments.values() if a.key.node == join and a.status == "holding"):
        if slot not in draft.filled_slots(key):
            return key
    key = Key(join, draft.last_visit(join) + 1)
    draft.open(Assignment(key=key, status="holding", input={}))
    return key
