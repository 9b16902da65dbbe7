"""Joins: which of them begin now, and with what."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests.model.draft import Draft
from tests.model.late_marks import cancel_late, carries_mark, mark_late
from tests.model.leaving import earlier_visits
from tests.model.state import Assignment, Key, LateMark
from tests.model.visits import begin_visit


def choose_joins(draft: Draft) -> list[Key]:
    """The holding visits that begin now, in compiled order: all that have what they need, else the last of those that wait for nobody."""
    lowest: dict[str, Key] = {}
    for key in sorted(a.key for a in draft.assignments.values() if a.status == "holding"):
        lowest.setdefault(key.node, key)
    candidates = sorted(lowest.values(), key=lambda key: draft.graph.position(key.node))
    full = [key for key in candidates if _has_enough(draft, key) and not _is_held_back(draft, key)]
    if full:
        return full
    return [key for key in candidates if not _has_enough(draft, key) and not _has_witness(draft, key)][-1:]


def begin_joins(draft: Draft, chosen: Sequence[Key]) -> list[Key]:
    """First the count joins act, one after another; then all that still hold begin. Returns what is finished by that, in order."""
    acted: list[Key] = []
    for key in chosen:
        if draft.assignments[key].status != "holding" or not draft.is_count_join(key.node) or not _has_enough(draft, key):
            continue
        mark_late(draft, LateMark(*key))
        acted.append(key)
        if draft.node_of(key).late == "cancel":
            cancel_late(draft, LateMark(*key), spared=acted)
    begun = [key for key in chosen if draft.assignments[key].status == "holding"]
    for key in begun:
        _begin_join(draft, key)
    return draft.leaving_among(begun)


def _begin_join(draft: Draft, key: Key) -> None:
    """The join's visit begins with the tokens that it has; with too few it fails."""
    tokens = draft.tokens_of(key)
    used = tokens
    is_unfilled = False
    if draft.is_count_join(key.node):
        needed = draft.graph.needed(key.node)
        used, late = tokens[:needed], tokens[needed:]
        is_unfilled = len(used) < needed
        draft.tokens = [replace(token, is_late=True) if token in late else token for token in draft.tokens]
    marks = frozenset(mark for mark in used[0].marks if mark.join != key.node and all(mark in token.marks for token in used))
    given: dict[str, Any] = {}
    for token in sorted(used, key=lambda token: token.slot):
        given.update(token.output)
    draft.change(key, status="pending", input=given, marks=marks)
    begin_visit(draft, key, is_unfilled=is_unfilled)


def _has_enough(draft: Draft, key: Key) -> bool:
    needed = draft.graph.needed(key.node) if draft.is_count_join(key.node) else draft.graph.slot_count(key.node)
    return len(draft.filled_slots(key)) >= needed


def _has_witness(draft: Draft, key: Key) -> bool:
    """Whether an assignment that counts as open can still bring a token to an empty slot of this visit without passing the join."""
    empty = frozenset(range(draft.graph.slot_count(key.node))) - draft.filled_slots(key)
    return any(_counts_as_open(draft, a, key.node) and empty & draft.graph.reaches(a.key.node, key.node) for a in draft.assignments.values())


def _is_held_back(draft: Draft, key: Key) -> bool:
    """`late: hold`: an assignment late for the visit before can still come."""
    if not draft.is_count_join(key.node) or draft.node_of(key).late != "hold":
        return False
    mark = LateMark(key.node, key.visit - 1)
    return any(
        _counts_as_open(draft, a, key.node) and carries_mark(draft, a, mark) and draft.graph.reaches(a.key.node, key.node)
        for a in draft.assignments.values()
    )


def _counts_as_open(draft: Draft, assignment: Assignment, join: str) -> bool:
    if assignment.status == "holding" or _stands_behind_join(draft, assignment):
        return draft.graph.position(assignment.key.node) < draft.graph.position(join)
    return assignment.is_open


def _stands_behind_join(draft: Draft, assignment: Assignment) -> bool:
    """Whether it is done and cannot leave before a holding visit of its `ordered` node. Only a retry leads there."""
    return assignment.is_leaving and any(draft.assignments[other].status == "holding" for other in earlier_visits(draft, assignment.key))
