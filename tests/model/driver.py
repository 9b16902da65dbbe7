"""Plays executions on the database and on the reference side by side, and compares all that there is to compare after every step.

Many executions go forward together, each by the choices of its own chooser; one exchange carries the reports of all of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from interlock.controlplane import AssignmentResult
from tests.model import invariants, reference
from tests.model.database import Claimed, Database, Seen
from tests.model.graph import Graph
from tests.model.graphs import Chooser, Definition
from tests.model.reference import Outcome
from tests.model.state import Json, Key, State
from tests.model.walks import Cancel, CancelAssignment, Endless, PassTime, Report, Step, apply, begin, is_endless, next_step, waits_for_time

GIVEN = {"x": 0}
HOUR = 3600


@dataclass(kw_only=True)
class Run:
    """One execution in both worlds."""

    definition: Definition
    chooser: Chooser
    execution_id: str = ""
    graph: Graph = field(init=False)
    state: State = field(init=False)
    held: dict[Key, Claimed] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    cancelled_after: int = 30

    def __post_init__(self) -> None:
        self.graph = Graph.of(self.definition)
        self.state = begin(self.graph, GIVEN)

    def choose(self) -> Step:
        if len(self.steps) >= self.cancelled_after or (waits_for_time(self.state) and is_endless(self.graph, self.state, PassTime())):
            return Cancel()
        step = next_step(self.chooser, self.graph, self.state)
        return Cancel() if is_endless(self.graph, self.state, step) else step

    def is_after(self, step: Step) -> None:
        self.steps.append(step)
        self.state = apply(self.graph, self.state, step)
        invariants.check(self.graph, self.state)


def run_of(definition: Definition, chooser: Chooser) -> Run | None:
    """None where the graph goes round for ever before anybody has answered."""
    try:
        begin(Graph.of(definition), GIVEN, ticks=0)
    except Endless:
        return None
    return Run(definition=definition, chooser=chooser)


async def play(database: Database, runs: Sequence[Run]) -> None:
    """From the start to the end of all of them.

    Raises:
        AssertionError: the two disagree; it says where, on the smallest of the executions that do.
    """
    await start(database, runs)
    while going := [run for run in runs if not run.state.is_over]:
        await take_steps(database, going, [run.choose() for run in going], runs)


async def start(database: Database, runs: Sequence[Run]) -> None:
    for run in runs:
        (run.execution_id,) = await database.start(await database.save(run.definition), [GIVEN])
    await _settle(database, runs)
    await compare(database, runs)


async def take_steps(database: Database, going: Sequence[Run], steps: Sequence[Step], runs: Sequence[Run]) -> None:
    """One step of each execution, those of one kind in one exchange."""
    results: list[AssignmentResult] = []
    for run, step in zip(going, steps, strict=True):
        match step:
            case Report(outcomes=outcomes):
                results += [result(run.held.pop(outcome.key), outcome) for outcome in outcomes]
            case CancelAssignment(key=key):
                await database.cancel_assignment(run.execution_id, key)
            case Cancel():
                await database.cancel(run.execution_id)
            case PassTime():
                continue  # the clock is the same for all: below
        run.is_after(step)
    answers, claimed = await database.exchange(results)
    assert set(answers) <= {"ok"}, answers
    _hold(runs, claimed)
    if any(isinstance(step, PassTime) for step in steps):
        for run in runs:
            if waits_for_time(run.state) and is_endless(run.graph, run.state, PassTime()):
                await database.cancel(run.execution_id)
                run.is_after(Cancel())
        await database.pass_time(HOUR)
        for run in runs:
            if waits_for_time(run.state):
                run.is_after(PassTime())
    await _settle(database, runs)
    await compare(database, going)


async def _settle(database: Database, runs: Sequence[Run]) -> None:
    """Until nothing is left over and all that is pending has been claimed."""
    while await database.tick():
        pass
    _hold(runs, await database.claim())


def _hold(runs: Sequence[Run], claimed: Iterable[Claimed]) -> None:
    by_id = {run.execution_id: run for run in runs}
    for one in claimed:
        by_id[one.execution_id].held[one.key] = one


def result(claimed: Claimed, outcome: Outcome) -> AssignmentResult:
    """What a worker sends."""
    sent = AssignmentResult(
        execution_id=claimed.execution_id,
        assignment_id=claimed.assignment_id,
        attempt=claimed.attempt,
        outcome="completed",
        output=dict(outcome.output),
    )
    match outcome.kind:
        case "failed":
            sent["outcome"] = "failed"
            sent["error"] = {"code": outcome.code, "message": "It broke.", "retryable": False}
        case "waiting":
            sent["outcome"] = "waiting"
            sent["wait"] = {"for": outcome.waits_for, **({"seconds": outcome.seconds} if outcome.waits_for == "time" else {})}
        case _:
            sent["port"] = outcome.ports[0] if len(outcome.ports) == 1 else list(outcome.ports)
    return sent


async def compare(database: Database, runs: Sequence[Run]) -> None:
    """Every assignment, every token, status, error, output and inputs."""
    seen = await database.seen([run.execution_id for run in runs])
    outputs = await database.outputs([run.execution_id for run in runs if run.state.is_over])
    wrong: list[tuple[int, str]] = []
    for run in runs:
        differences = [*_differences(run, seen[run.execution_id]), *_other_inputs(run)]
        if run.state.status == "completed" and (found := _plain(outputs[run.execution_id])) != _plain(run.state.output):
            differences.append(f"output: the database {found}, the reference {_plain(run.state.output)}")
        if differences:
            wrong.append((len(run.definition["connections"]) * 10 + len(run.steps), _told(run, differences)))
    assert not wrong, min(wrong)[1]
    assert not (chaos := await database.chaos([run.execution_id for run in runs])), chaos


def _differences(run: Run, seen: Seen) -> list[str]:
    state = run.state
    found: list[str] = []
    if (expected := (reference.status_of(state), state.error)) != (seen.status, seen.error):
        found.append(f"execution: the database {seen.status} {seen.error}, the reference {expected}")
    assignments = {a.key: (a.shown_status, a.error if a.shown_status == "failed" else None) for a in state.assignments.values()}
    there = {key: (status, error if status == "failed" else None) for key, (status, error) in seen.assignments.items()}
    found += [
        f"{key.node}/{key.visit}: the database {there.get(key)}, the reference {assignments.get(key)}"
        for key in sorted(assignments.keys() | there.keys())
        if assignments.get(key) != there.get(key)
    ]
    tokens = {(t.to, t.slot, t.sender, t.is_late) for t in state.tokens}
    found += [f"token only in the database: {_of(token)}" for token in sorted(seen.tokens - tokens)]
    found += [f"token only in the reference: {_of(token)}" for token in sorted(tokens - seen.tokens)]
    return found


def _other_inputs(run: Run) -> list[str]:
    running = {a.key: _plain(a.input) for a in run.state.of_status("running")}
    return [
        f"input of {key.node}/{key.visit}: the database {claimed.input}, the reference {running[key]}"
        for key, claimed in run.held.items()
        if key in running and _plain(claimed.input) != running[key]
    ]


def _plain(value: Json | None) -> Json | None:
    """Without the words of an error, which only its code stands for."""
    if value is None:
        return None
    return {key: ({"code": inner["code"]} if key == "error" else _plain(inner) if isinstance(inner, dict) else inner) for key, inner in value.items()}


def _of(token: tuple[Key, int, Key, bool]) -> str:
    to, slot, sender, late = token
    return f"{to.node}/{to.visit} slot {slot} from {sender.node}/{sender.visit}{' late' if late else ''}"


def _told(run: Run, differences: Sequence[str]) -> str:
    """The whole story, for whoever has to find the chaos."""
    nodes = [
        {key: value for key, value in node.items() if key not in ("type", "queue") and value != {} and (key, value) != ("max_visits", 15)}
        for node in run.definition["nodes"]
    ]
    edges = [f"{c['from']}.{c['port']} -> {c['to']}" for c in run.definition["connections"]]
    return "\n".join(
        [
            "the database and the reference disagree",
            *(f"  {difference}" for difference in differences),
            "nodes:",
            *(f"  {node}" for node in nodes),
            f"connections: {', '.join(edges)}",
            "steps:",
            *(f"  {_step_text(step)}" for step in run.steps),
            "the reference:",
            *(f"  {a.key.node}/{a.key.visit} {a.shown_status} {set(a.marks) or ''}" for a in run.state.assignments.values()),
            *(f"  {_of((t.to, t.slot, t.sender, t.is_late))} {set(t.marks) or ''}" for t in run.state.tokens),
        ]
    )


def _step_text(step: Step) -> str:
    match step:
        case Report(outcomes=outcomes):
            return ", ".join(f"{o.key.node}/{o.key.visit} {o.kind}{' ' + '+'.join(o.ports) if o.kind == 'completed' else ''}" for o in outcomes)
        case CancelAssignment(key=key):
            return f"cancel {key.node}/{key.visit}"
        case Cancel():
            return "cancel the execution"
        case PassTime():
            return "an hour passes"
