"""One transaction from what has just finished to the state in which nothing moves by itself any more, and the end of an execution."""

from collections.abc import Sequence

from tests.model.draft import Draft
from tests.model.joins import begin_joins, choose_joins
from tests.model.late_marks import cancel_visit
from tests.model.leaving import earlier_visits, leave_wave, order_turns
from tests.model.state import Json, Key, State


def advance(draft: Draft, finished: Sequence[Key]) -> State:
    """Waves until nothing finished is left, then the joins, and so on until nothing moves or a limit is reached."""
    if _end_if_due(draft):
        return draft.state
    leaving = order_turns(draft, finished)
    while True:
        while leaving:
            draft.start_wave(counts=True)
            leaving = leave_wave(draft, leaving)
            if _end_if_due(draft):
                return draft.state
        chosen = choose_joins(draft)
        draft.is_unfinished = bool(draft.left_over()) or (draft.is_exhausted and bool(chosen))
        if not chosen or draft.is_exhausted:
            break
        draft.start_wave(counts=False)
        leaving = order_turns(draft, begin_joins(draft, chosen))
        if _end_if_due(draft):
            return draft.state
    if not any(a.is_open for a in draft.assignments.values()):
        end_execution(draft, "completed", output=_collected_output(draft))
    return draft.state


def end_execution(draft: Draft, status: str, *, output: Json | None = None, error: str | None = None) -> None:
    """Cancel what is open. What has finished stays so, though it does not leave; but a visit that waits for an earlier one is open."""
    finished = [key for key in order_turns(draft, []) if not _is_parked(draft, key)]
    for key, assignment in list(draft.assignments.items()):
        if key in finished:
            draft.change(key, is_stopped=True)
        elif assignment.is_open:
            cancel_visit(draft, key, error="execution_ended")
    draft.status, draft.output, draft.error = status, output, error
    draft.is_unfinished = False


def _is_parked(draft: Draft, key: Key) -> bool:
    """It waits for an earlier visit, were it only since this transaction, in which that one has finished too."""
    return key in draft.was_parked or any(other in draft.was_open and not draft.assignments[other].has_left for other in earlier_visits(draft, key))


def _end_if_due(draft: Draft) -> bool:
    if draft.ending is None:
        return False
    last = draft.assignments[draft.ending]
    if last.status == "completed":
        end_execution(draft, "completed", output=last.output)
    else:
        end_execution(draft, "failed", error=last.error)
    return True


def _collected_output(draft: Draft) -> Json:
    """By node, the output of what ended the execution: latest visits that left through a port without a connection."""
    latest = {key.node: draft.assignments[key] for key in sorted(draft.assignments)}
    return {
        name: a.output
        for name, a in latest.items()
        if a.has_left and a.status != "cancelled" and a.output is not None and any(not draft.graph.leaving(name, (port,)) for port in a.ports)
    }
