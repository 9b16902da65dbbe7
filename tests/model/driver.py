"""Plays executions on the database and on the reference side by side, and compares all that there is to compare after every step.

Many executions move together, each by the choices of its own chooser; one exchange carries the reports of all of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from interlock.controlplane import AssignmentResult
from tests.model import invariants
from tests.model.comparing import compare
from tests.model.database import Claimed, Database
from tests.model.graph import Graph
from tests.model.graphs import Chooser, Definition
from tests.model.reference import Outcome, pass_time
from tests.model.retrying import retry
from tests.model.state import Key, State
from tests.model.walks import GIVEN, Cancel, CancelAssignment, PassTime, Report, Step, apply, begin, next_step, settled

MOST_SENDS = 10_000
"""How often results are sent until none of them is answered `busy`."""


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
    history: list[Step | str] = field(default_factory=list)
    """What happened to the executions that this one is a retry of."""
    cancelled_after: int = 30
    is_cut: bool = False
    """Its transactions may stop earlier than those of the reference."""
    is_retry: bool = False
    clock: int = 0
    """The database's, when the state was last brought up to it."""

    def __post_init__(self) -> None:
        self.graph = Graph.of(self.definition)
        self.state = begin(self.graph)

    def choose(self) -> Step:
        return Cancel() if len(self.steps) >= self.cancelled_after else next_step(self.chooser, self.graph, self.state)

    def is_suspended_now(self) -> bool:
        """Whether an operator suspends the execution before this step and continues it after it."""
        return False

    def take_step(self, step: Step) -> None:
        """In the reference."""
        self.steps.append(step)
        self.state = apply(self.graph, self.state, step)
        invariants.check(self.graph, self.state, is_retry=self.is_retry)

    def retried(self, from_node: str | None, clock: int) -> "Run":
        """The new execution that a retry makes of this one, which has ended; at what time on the database's clock."""
        new = type(self)(definition=self.definition, chooser=self.chooser, is_retry=True, clock=clock)
        ended = replace(self.state, clock=self.state.clock + clock - self.clock)
        new.state = settled(self.graph, pass_time(self.graph, retry(self.graph, ended, from_node), seconds=0))
        invariants.check(new.graph, new.state, is_retry=True)
        return new


async def play(database: Database, runs: Sequence[Run]) -> None:
    """From the start to the end of all of them.

    Raises:
        AssertionError: the two disagree; it says where, for the smallest of the executions that do.
    """
    await start(database, runs)
    await play_on(database, runs)


async def play_on(database: Database, runs: Sequence[Run]) -> None:
    try:
        while going := [run for run in runs if not run.state.is_over]:
            await take_steps(database, going, [run.choose() for run in going], runs)
    finally:
        for run in runs:  # an example that Hypothesis gives up in the middle must not reach into the next one
            if run.execution_id and not run.state.is_over:
                await database.cancel(run.execution_id)


async def start(database: Database, runs: Sequence[Run]) -> None:
    for run in runs:
        (run.execution_id,) = await database.start(await database.save(run.definition), [GIVEN])
        run.clock = database.clock
    await settle(database, runs)
    await compare(database, runs)


async def start_retries(database: Database, asked: Sequence[tuple[Run, str | None]]) -> list[Run]:
    """Run these ended executions again, each from its node; what has come of it is compared."""
    retries: list[Run] = []
    for run, from_node in asked:
        new = run.retried(from_node, database.clock)
        new.execution_id = await database.retry(run.execution_id, from_node)
        new.history = [*run.history, *run.steps, f"retry from {from_node}"]
        retries.append(new)
    await settle(database, retries)
    await compare(database, retries)
    return retries


async def take_steps(database: Database, going: Sequence[Run], steps: Sequence[Step], runs: Sequence[Run]) -> None:
    """One step of each execution; those that report share an exchange, and the clock is the same for all."""
    reports: list[tuple[Run, Report]] = []
    seconds = 0
    for run, step in zip(going, steps, strict=True):
        match step:
            case Report():
                reports.append((run, step))
            case CancelAssignment(key=key):
                await database.cancel_assignment(run.execution_id, key)
            case Cancel():
                await database.cancel(run.execution_id)
            case PassTime():
                seconds = max(seconds, step.seconds)
                continue
        run.take_step(step)
    suspended = [run for run, _ in reports if run.is_suspended_now()]
    for run in suspended:
        await database.suspend(run.execution_id)
    await _send_reports(database, reports, runs)
    for run in suspended:
        await database.continue_(run.execution_id)
    if seconds:
        await settle(database, runs)
        await database.pass_time(seconds)
        for run in runs:
            if not run.state.is_over:
                run.take_step(PassTime(seconds=seconds))
                run.clock = database.clock
    await settle(database, runs)
    await compare(database, going)


async def _send_reports(database: Database, reports: Sequence[tuple[Run, Report]], runs: Sequence[Run]) -> None:
    """Send the results of all, and again what is answered `busy`. Results of one execution are taken or refused together."""
    groups: dict[int, list[list[AssignmentResult]]] = {}
    for run, report in reports:
        by = run.held[report.outcomes[0].key].worker
        groups.setdefault(by, []).append([result(run.held.pop(outcome.key), outcome) for outcome in report.outcomes])
    for by, waiting in sorted(groups.items()):
        await _send(database, by, waiting, runs)


async def _send(database: Database, by: int, waiting: list[list[AssignmentResult]], runs: Sequence[Run]) -> None:
    for _ in range(MOST_SENDS):
        answers, claimed = await database.exchange([one for group in waiting for one in group], by=by)
        assert set(answers) <= {"ok", "busy"}, answers
        hold(runs, claimed)
        left = iter(answers)
        answered = [{next(left) for _ in group} for group in waiting]
        assert all(len(found) == 1 for found in answered), "results of one execution were taken in part"
        waiting = [group for group, found in zip(waiting, answered, strict=True) if found == {"busy"}]
        if not waiting:
            return
        await database.tick()
    message = "results are answered busy without end"
    raise AssertionError(message)


async def settle(database: Database, runs: Sequence[Run]) -> None:
    """Until nothing is left over and all that is pending has been claimed."""
    while await database.tick():
        pass
    hold(runs, await database.claim())


def hold(runs: Sequence[Run], claimed: Iterable[Claimed]) -> None:
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
            if outcome.patch is not None:
                sent["context"] = dict(outcome.patch)
    return sent
