"""Late marks: what is still on its way to a `first` or `count` join when the join begins without it."""

from collections.abc import Sequence
from dataclasses import replace

from tests.model.draft import Draft
from tests.model.state import Assignment, Key, LateMark, LateMarks, mark_of


def mark_late(draft: Draft, mark: LateMark) -> None:
    """Everything that can still come to the join is late for this visit of it, unless it is late for an earlier one already."""

    def is_late(node: str, marks: LateMarks) -> bool:
        return node != mark.join and bool(draft.graph.reaches(node, mark.join)) and mark_of(marks, mark.join) is None

    for key, assignment in draft.assignments.items():
        if assignment.is_open and assignment.status != "holding" and is_late(key.node, assignment.marks):
            draft.assignments[key] = replace(assignment, marks=assignment.marks | {mark})
    for index, token in enumerate(draft.tokens):
        if draft.assignments[token.to].status == "holding" and is_late(token.to.node, token.marks):
            draft.tokens[index] = replace(token, marks=token.marks | {mark})


def cancel_late(draft: Draft, mark: LateMark, *, spared: Sequence[Key]) -> None:
    """End what is late for this visit and can come to no connection which it already has."""
    has = draft.filled_slots(Key(*mark))
    for key, assignment in list(draft.assignments.items()):
        if not assignment.is_open or key in spared or key.node == mark.join or not carries_mark(draft, assignment, mark):
            continue
        if not has & draft.graph.reaches(key.node, mark.join):
            cancel_visit(draft, key, error="late")


def cancel_visit(draft: Draft, key: Key, *, error: str) -> None:
    draft.change(key, status="cancelled", error=error, ports=(), output=None, waits_for=None, was=draft.assignments[key])


def carries_mark(draft: Draft, assignment: Assignment, mark: LateMark) -> bool:
    """A holding visit carries a mark if all its tokens do."""
    if assignment.status == "holding":
        return all(mark in token.marks for token in draft.tokens if token.to == assignment.key)
    return mark in assignment.marks
