"""Compares what the database shows with what the reference says, and writes down the whole story where they differ."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tests.model import reference
from tests.model.database import Database, Seen
from tests.model.state import Json, Key, State
from tests.model.walks import Cancel, CancelAssignment, PassTime, Report, Step

if TYPE_CHECKING:
    from tests.model.driver import Run

SHOWN = 12
"""Of the differences in one execution."""


async def compare(database: Database, runs: "Sequence[Run]") -> None:
    """Every assignment, every token, status, error, context, output and inputs."""
    seen = await database.seen([run.execution_id for run in runs])
    outputs = await database.outputs([run.execution_id for run in runs if run.state.is_over])
    wrong: list[tuple[int, str]] = []
    of_twins = await database.differences_of_twins([run.execution_id for run in runs])
    for run in runs:
        differences = [*_differences(run, seen[run.execution_id]), *_other_inputs(run), *of_twins.get(run.execution_id, [])]
        if run.state.status == "completed" and (found := plain(outputs[run.execution_id])) != plain(run.state.output):
            differences.append(f"output: the database {found}, the reference {plain(run.state.output)}")
        if differences:
            wrong.append((len(run.definition["connections"]) * 10 + len(run.steps), _story(run, differences)))
    assert not wrong, min(wrong)[1]
    for are_retries in (False, True):
        executions = [run.execution_id for run in runs if run.is_retry is are_retries]
        assert not (violations := await database.violations(executions, are_retries=are_retries)), violations


def _differences(run: "Run", seen: Seen) -> Iterator[str]:
    state = run.state
    if (expected := (reference.status_of(state), state.error)) != (seen.status, seen.error):
        yield f"execution: the database {seen.status} {seen.error}, the reference {expected}"
    assignments = {a.key: (a.shown_status, a.error if a.shown_status == "failed" else None, a.shown_wait) for a in state.assignments.values()}
    there = {key: (status, error if status == "failed" else None, seen.waits.get(key)) for key, (status, error) in seen.assignments.items()}
    may_differ = run.is_cut and state.error == "max_visits_exceeded"  # rule 12 of the reference
    for key in sorted(assignments.keys() | there.keys()):
        if run.is_cut and _is_stopped(state, key) and key in there and there[key][0] in ("completed", "failed", "cancelled"):
            continue
        if assignments.get(key) != there.get(key):
            yield f"{key.node}/{key.visit}: the database {there.get(key)}, the reference {assignments.get(key)}"
    tokens = {(t.to, t.slot, t.sender, t.is_late) for t in state.tokens}
    for token in sorted(seen.tokens - tokens):
        yield f"token only in the database: {_token_text(token)}"
    for token in sorted(tokens - seen.tokens):
        yield f"token only in the reference: {_token_text(token)}"
    if not may_differ and plain(seen.context) != plain(state.context):
        yield f"context: the database {seen.context}, the reference {state.context}"


def _is_stopped(state: State, key: Key) -> bool:
    """It was done when its execution ended, and had not left: a transaction that stops early may not have come to it yet."""
    return key in state.assignments and state.assignments[key].is_stopped


def _other_inputs(run: "Run") -> Iterator[str]:
    running = {a.key: plain(a.input) for a in run.state.of_status("running")}
    for key, claimed in run.held.items():
        if key in running and plain(claimed.input) != running[key]:
            yield f"input of {key.node}/{key.visit}: the database {claimed.input}, the reference {running[key]}"


def plain(value: Json | None) -> Json | None:
    """Without the words of an error; its code stands for it."""
    if value is None:
        return None
    return {key: ({"code": inner["code"]} if key == "error" else plain(inner) if isinstance(inner, dict) else inner) for key, inner in value.items()}


def _story(run: "Run", differences: Sequence[str]) -> str:
    """Everything that helps to find the cause."""
    nodes = [
        {key: value for key, value in node.items() if key not in ("type", "queue") and value != {} and (key, value) != ("max_visits", 15)}
        for node in run.definition["nodes"]
    ]
    edges = [f"{c['from']}.{c['port']} -> {c['to']}" for c in run.definition["connections"]]
    return "\n".join(
        [
            "the database and the reference disagree",
            *(f"  {difference}" for difference in differences[:SHOWN]),
            *([f"  and {len(differences) - SHOWN} more"] if len(differences) > SHOWN else []),
            "nodes:",
            *(f"  {node}" for node in nodes),
            f"connections: {', '.join(edges)}",
            "steps:",
            *(f"  {_step_text(step)}" for step in [*run.history, *run.steps]),
            "the reference:",
            *(f"  {a.key.node}/{a.key.visit} {a.shown_status} {set(a.marks) or ''}" for a in run.state.assignments.values()),
            *(f"  {_token_text((t.to, t.slot, t.sender, t.is_late))} {set(t.marks) or ''}" for t in run.state.tokens),
        ]
    )


def _step_text(step: Step | str) -> str:
    match step:
        case str():
            return step
        case Report(outcomes=outcomes):
            return ", ".join(f"{o.key.node}/{o.key.visit} {o.kind}{' ' + '+'.join(o.ports) if o.kind == 'completed' else ''}" for o in outcomes)
        case CancelAssignment(key=key):
            return f"cancel {key.node}/{key.visit}"
        case Cancel():
            return "cancel the execution"
        case PassTime(seconds=seconds):
            return f"{seconds} seconds pass"


def _token_text(token: tuple[Key, int, Key, bool]) -> str:
    to, slot, sender, late = token
    return f"{to.node}/{to.visit} slot {slot} from {sender.node}/{sender.visit}{' late' if late else ''}"
