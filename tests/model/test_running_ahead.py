"""Results that come with what ran ahead of them: the rows are those of one result after another, but for times."""

from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from tests.model import driver
from tests.model.comparing import compare
from tests.model.driver import Run
from tests.model.graphs import Chooser, SeededChooser, one_in, random_definition
from tests.model.joining import JoiningRun, joining_definition
from tests.model.plain import PlainRun, plain_definition
from tests.model.reference import Outcome
from tests.model.state import Json, Key
from tests.model.twins import Twins, twins
from tests.model.walks import Report, Step
from tests.servers import TestServer

TOGETHER = 30
MOST_AHEAD = 5


@pytest.fixture(params=["one-lane", "two-lanes"])
async def both(server: TestServer, request: pytest.FixtureRequest) -> AsyncIterator[Twins]:
    """Two workers, of which one can run special steps. Each has one exchange in flight, or two."""
    async with twins(server, is_exact=False, in_time=False, in_lanes=request.param == "two-lanes") as opened:
        await opened.add_special_worker()
        yield opened


def plain_run(seed: int) -> Run:
    chooser = SeededChooser(seed)
    return PlainRun(definition=plain_definition(chooser), chooser=chooser)


def any_run(seed: int) -> Run:
    """Of graphs with loops, joins, waits and choices. Most of what runs ahead there is nothing that the database may take."""
    chooser = SeededChooser(seed)
    if seed % 2:
        return JoiningRun(definition=joining_definition(chooser), chooser=chooser)
    return Run(definition=random_definition(chooser, 3 + seed % 4), chooser=chooser)


async def test_a_sample_of_plain_graphs_agrees_when_workers_run_ahead(both: Twins) -> None:
    seeds = range(6_000, 6_120)
    taken, refused = await _play_all(both, plain_run, seeds)
    assert min(4 * taken, 10 * refused) > len(seeds), f"{taken} were taken, {refused} were not"


async def test_a_sample_of_all_graphs_agrees_when_workers_run_ahead(both: Twins) -> None:
    seeds = range(9_000, 9_060)
    taken, refused = await _play_all(both, any_run, seeds)
    assert min(20 * taken, 5 * refused) > len(seeds), f"{taken} were taken, {refused} were not"


@pytest.mark.full
@pytest.mark.parametrize("part", range(4))
async def test_many_plain_graphs_agree_when_workers_run_ahead(both: Twins, part: int) -> None:
    await _play_all(both, plain_run, range(6_000_000 + part * 900, 6_000_900 + part * 900))


@pytest.mark.full
@pytest.mark.parametrize("part", range(4))
async def test_many_graphs_of_all_kinds_agree_when_workers_run_ahead(both: Twins, part: int) -> None:
    await _play_all(both, any_run, range(9_000_000 + part * 900, 9_000_900 + part * 900))


async def _play_all(both: Twins, make_run: Callable[[int], Run], seeds: Sequence[int]) -> tuple[int, int]:
    """Returns how often what ran ahead was taken, and how often not."""
    taken = refused = 0
    for first in seeds[::TOGETHER]:
        runs = [make_run(seed) for seed in range(first, first + TOGETHER)]
        await driver.start(both, runs)
        while going := [run for run in runs if not run.state.is_over]:
            steps = [run.choose() for run in going]
            ahead = [(run, step, _ahead(run, step)) for run, step in zip(going, steps, strict=True)]
            answered = await _send(both, [(run, step, visits) for run, step, visits in ahead if isinstance(step, Report) and visits], runs)
            taken, refused = taken + sum(answered), refused + answered.count(False)
            others = [(run, step) for run, step, visits in ahead if not visits]
            await driver.take_steps(both, [run for run, _ in others], [step for _, step in others], runs)
    return taken, refused


def _ahead(run: Run, step: Step) -> list[tuple[Key, Json]]:
    """What a worker runs ahead of a report of one plain result: the only successor, its only successor, and so on. Now and then too much of it."""
    if not isinstance(step, Report) or len(step.outcomes) > 1 or one_in(run.chooser, 6):
        return []
    [outcome] = step.outcomes
    if outcome.kind != "completed" or outcome.ports != ("main",) or outcome.patch is not None:
        return []
    return list(_followers(run, outcome.key.node, run.chooser))


def _followers(run: Run, node: str, chooser: Chooser) -> list[tuple[Key, Json]]:
    found: list[tuple[Key, Json]] = []
    for _ in range(MOST_AHEAD):
        leaving = run.graph.leaving(node, ("main",))
        if not leaving or (len(leaving) > 1 and not one_in(chooser, 6)) or run.graph.nodes[leaving[0].to_node].kind != "worker" or one_in(chooser, 5):
            break
        node = leaving[0].to_node
        found.append((Key(node, 1), {"x": chooser.below(3), node: 1, "ahead": len(found)}))
    return found


async def _send(both: Twins, sent: Sequence[tuple[Run, Report, list[tuple[Key, Json]]]], runs: Sequence[Run]) -> list[bool]:
    """One exchange of each worker. Returns whether what ran ahead was taken, for each result."""
    answered: list[bool] = []
    for by in range(len(both.workers)):
        group = [
            (run, report, ahead)
            for run, report, ahead in sent
            if run.held.get(report.outcomes[0].key) and run.held[report.outcomes[0].key].worker == by
        ]
        if not group:
            continue
        suspended = [run for run, _, _ in group if run.is_suspended_now()]
        for run in suspended:
            await both.suspend(run.execution_id)
        results = [(driver.result(run.held.pop(report.outcomes[0].key), report.outcomes[0]), ahead) for run, report, ahead in group]
        taken, claimed = await both.exchange_ahead(results, by=by)
        driver.hold(runs, claimed)
        for run in suspended:
            await both.continue_(run.execution_id)
        assert not any(is_taken for is_taken, (run, _, _) in zip(taken, group, strict=True) if run in suspended)
        for is_taken, (run, report, ahead) in zip(taken, group, strict=True):
            run.take_step(report)
            for key, output in ahead if is_taken else ():
                run.take_step(Report(outcomes=(Outcome(key=key, output=output),)))
        answered += taken
    await driver.settle(both, runs)
    await compare(both, [run for run, _, _ in sent])
    return answered
