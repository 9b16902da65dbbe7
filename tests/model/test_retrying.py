"""Running again from a node: the database and the reference agree, and the same answers give the same result."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from tests.model import driver, invariants
from tests.model.database import Database
from tests.model.driver import Run
from tests.model.graph import Graph
from tests.model.graphs import Chooser, Definition, SeededChooser, flow, pick, random_definition, step, workflow
from tests.model.joining import JoiningRun, joining_definition, waiting_definition
from tests.model.reference import Outcome
from tests.model.retrying import retry
from tests.model.scripts import read_step, seen
from tests.model.state import Json, State
from tests.model.structured import next_report, results, structured_definition
from tests.model.walks import Report, Step, apply, begin, settled

TOGETHER = 20
JOINING_TOGETHER = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerun:
    """What happens, and in which context a retry from each node begins."""

    name: str
    definition: Definition
    happens: Sequence[str]
    ends: str
    context: Json
    """When the first run has ended."""
    again: dict[str, Json]
    """The context of a retry from this node."""


_COUNTER = flow("C", "SET_CONTEXT", {"values": {"n": "{{ x }}"}})

RERUNS = (
    Rerun(
        name="a_visit_that_is_run_again_has_set_nothing_yet",
        definition=workflow([step("A"), _COUNTER, step("B")], ["S -> A", "A -> C", "C -> B"]),
        happens=("A{x=5}", "B"),
        ends="completed",
        context={"n": 5},
        again={"S": {}, "A": {}, "C": {}, "B": {"n": 5}},
    ),
    Rerun(
        name="earlier_rounds_of_a_loop_have_set_what_they_set",
        definition=workflow([step("A", join="each"), _COUNTER, step("B")], ["S -> A", "A -> C", "C -> B", "B.a -> A"]),
        happens=("A{x=1}", "B:a", "A{x=2}", "B:a", "A{x=3}", "B"),
        ends="completed",
        context={"n": 3},
        again={"A": {"n": 2}, "C": {"n": 2}, "B": {"n": 3}},
    ),
    Rerun(
        name="what_a_parallel_branch_has_set_stays",
        definition=workflow(
            [step("A"), _COUNTER, step("B"), flow("D", "SET_CONTEXT", {"values": {"m": "{{ x }}"}}), step("Z")],
            ["S -> A", "S -> B", "A -> C", "B -> D", "C -> Z", "D -> Z"],
        ),
        happens=("A{x=1}", "B{x=2}", "Z"),
        ends="completed",
        context={"n": 1, "m": 2},
        again={"A": {"m": 2}, "C": {"m": 2}, "B": {"n": 1}, "D": {"n": 1}, "Z": {"n": 1, "m": 2}, "S": {}},
    ),
    Rerun(
        name="of_two_branches_that_set_one_key_the_one_that_stays_is_seen",
        definition=workflow(
            [step("A"), _COUNTER, step("B"), flow("D", "SET_CONTEXT", {"values": {"n": "{{ x }}"}})], ["S -> A", "S -> B", "A -> C", "B -> D"]
        ),
        happens=("A{x=1}", "B{x=2}"),
        ends="completed",
        context={"n": 2},
        again={"A": {"n": 2}, "B": {"n": 1}, "C": {"n": 2}, "D": {"n": 1}},
    ),
    Rerun(
        name="what_was_set_by_a_visit_that_waits_for_its_turn_stays_with_it",
        definition=workflow(
            [step("A"), step("B"), flow("O", "SET_CONTEXT", {"values": {"k": "{{ y }}"}}, join="each", ordered=True), step("X")],
            ["S -> A", "S -> B", "A -> O", "B -> O", "S -> X"],
        ),
        happens=("A, B{y=1}", "X!"),  # O/1 is a worker's, O/2 is done and waits for it
        ends="failed",
        context={"k": 1},
        again={"X": {"k": 1}, "A": {"k": 1}, "B": {}},
    ),
)


@pytest.mark.parametrize("case", RERUNS, ids=lambda case: case.name)
async def test_context_of_a_retry(database: Database, case: Rerun) -> None:
    run = Run(definition=case.definition, chooser=SeededChooser(0))
    await driver.start(database, [run])
    for happens in case.happens:
        await driver.take_steps(database, [run], [read_step(run.state, happens)], [run])
    assert (seen(run.state), run.state.context) == (case.ends, case.context)
    for node, context in case.again.items():
        assert retry(run.graph, run.state, node).context == context, node
        (again,) = await driver.start_retries(database, [(run, node)])
        await database.cancel(again.execution_id)


async def test_a_wait_that_a_worker_began_keeps_its_output_over_a_retry(database: Database) -> None:
    run = Run(definition=workflow([step("A"), step("B"), step("Z")], ["S -> A", "S -> B", "A -> Z"]), chooser=SeededChooser(0))
    await driver.start(database, [run])
    for happens in ("A{y=1}@600", "B!"):
        await driver.take_steps(database, [run], [read_step(run.state, happens)], [run])
    (again,) = await driver.start_retries(database, [(run, None)])
    await driver.take_steps(database, [again], [read_step(again.state, "+600")], [again])
    assert seen(again.state) == "B/1 running, Z/1 running"


async def test_a_visit_that_was_done_and_waited_for_its_turn_does_so_after_a_retry(database: Database) -> None:
    definition = workflow([step("L"), step("O", ordered=True), step("Z"), step("X")], ["S -> L", "L.a -> L", "L -> O", "O.b -> Z", "S -> X"])
    run = Run(definition=definition, chooser=SeededChooser(0))
    await driver.start(database, [run])
    for happens in ("L:a+main", "L", "O/2:b", "X!"):
        await driver.take_steps(database, [run], [read_step(run.state, happens)], [run])
    (again,) = await driver.start_retries(database, [(run, None)])
    assert seen(again.state) == "O/1 running, O/2 waiting, X/1 running"
    await driver.take_steps(database, [again], [read_step(again.state, "O/1")], [again])
    assert seen(again.state) == "X/1 running, Z/1 running"


async def test_two_retries_of_one_execution_do_not_take_visits_from_each_other(database: Database) -> None:
    """They share the ids of their visits: O/2 of one is released behind O/1 in the exchange in which O/2 of the other is reported."""
    names = "ABCX"
    nodes = [*(step(name) for name in names), step("O", join="each", ordered=True), step("Z")]
    run = Run(
        definition=workflow(nodes, [*(f"S -> {name}" for name in names), *(f"{name} -> O" for name in "ABC"), "O -> Z"]), chooser=SeededChooser(0)
    )
    await driver.start(database, [run])
    for happens in ("A, B, C", "X!"):
        await driver.take_steps(database, [run], [read_step(run.state, happens)], [run])
    both = await driver.start_retries(database, [(run, None), (run, None)])
    for first, second in (("O/2", "O/1"), ("O/1", "O/2")):
        steps = [read_step(again.state, happens) for again, happens in zip(both, (first, second), strict=True)]
        await driver.take_steps(database, both, steps, both)
    assert [seen(again.state) for again in both] == ["O/3 running, X/1 running, Z/1 running, Z/2 running"] * 2


async def test_a_wait_that_is_run_again_needs_no_worker(database: Database) -> None:
    definition = workflow([step("A"), flow("W", "WAIT", {"seconds": 600})], ["S -> A", "S -> W"])
    run = Run(definition=definition, chooser=SeededChooser(0))
    await driver.start(database, [run])
    await driver.take_steps(database, [run], [read_step(run.state, "A!")], [run])
    (again,) = await driver.start_retries(database, [(run, "W")])
    assert seen(again.state) == "A/1 running, W/1 waiting"


async def test_after_a_retry_visits_are_counted_from_one(database: Database) -> None:
    definition = workflow([step("L", max_visits=3, join="each"), step("Z")], ["S -> L", "L.a -> L", "L -> Z"])
    run = Run(definition=definition, chooser=SeededChooser(0))
    await driver.start(database, [run])
    for _ in range(3):
        await driver.take_steps(database, [run], [read_step(run.state, "L:a")], [run])
    assert (run.state.status, run.state.error) == ("failed", "max_visits_exceeded")
    (again,) = await driver.start_retries(database, [(run, None)])
    for _ in range(3):
        await driver.take_steps(database, [again], [read_step(again.state, "L:a")], [again])
    assert seen(again.state) == "L/7 running"


async def test_retries_from_every_node_of_a_sample_agree(database: Database) -> None:
    await _retry_all(database, range(TOGETHER))


async def test_retries_from_every_node_of_a_sample_agree_with_two_exchanges_in_flight(in_lanes: Database) -> None:
    await _retry_all(in_lanes, range(100, 100 + TOGETHER // 2))


async def test_what_is_done_and_stands_behind_a_join_holds_up_no_join_after_a_retry(database: Database) -> None:
    """A retry lets a join wait again, and a later visit of its ordered node is done already. In the last graph a visit that was late is run again."""
    await _retry_all(database, [3_000_281, 3_000_473, 3_001_174, 3_001_228])


@pytest.mark.full
@pytest.mark.parametrize("part", range(10))
async def test_retries_from_every_node_of_many_graphs_agree(database: Database, part: int) -> None:
    for first in range(3_000_000 + part * 200, 3_000_200 + part * 200, TOGETHER):
        await _retry_all(database, range(first, first + TOGETHER))


async def _retry_all(database: Database, seeds: Sequence[int]) -> None:
    """From every node that each execution has visited, and once more from some node of each of those retries."""
    choosers = [SeededChooser(seed) for seed in seeds]
    await _play_and_retry(
        database,
        [
            Run(definition=random_definition(chooser, 2 + seed % 5), chooser=chooser, cancelled_after=8)
            for seed, chooser in zip(seeds, choosers, strict=True)
        ],
    )


async def _play_and_retry(database: Database, runs: Sequence[Run]) -> None:
    await driver.play(database, runs)
    retries = await driver.start_retries(database, [(run, node) for run in runs for node in _visited(run)])
    await driver.play_on(database, retries)
    await driver.play_on(database, await driver.start_retries(database, [(run, _visited(run)[-1]) for run in retries]))


async def test_retries_from_every_node_of_a_sample_of_joining_graphs_agree(database: Database) -> None:
    await database.add_special_worker()
    await _retry_joining(database, range(JOINING_TOGETHER))


@pytest.mark.full
@pytest.mark.parametrize("part", range(10))
async def test_retries_from_every_node_of_many_joining_graphs_agree(database: Database, part: int) -> None:
    await database.add_special_worker()
    for first in range(8_000_000 + part * 200, 8_000_200 + part * 200, JOINING_TOGETHER):
        await _retry_joining(database, range(first, first + JOINING_TOGETHER))


async def _retry_joining(database: Database, seeds: Sequence[int]) -> None:
    """Every second graph of joins that wait for all, with choices before them."""
    choosers = [SeededChooser(seed) for seed in seeds]
    await _play_and_retry(
        database,
        [
            JoiningRun(definition=waiting_definition(chooser) if seed % 2 else joining_definition(chooser), chooser=chooser)
            for seed, chooser in zip(seeds, choosers, strict=True)
        ],
    )


def _visited(run: Run) -> list[str]:
    return sorted({key.node for key in run.state.assignments})


@pytest.mark.parametrize("count", [12, pytest.param(300, marks=pytest.mark.full)])
def test_the_same_answers_give_the_same_result_again_in_the_reference(count: int) -> None:
    for seed in range(count):
        chooser = SeededChooser(seed)
        definition = structured_definition(chooser)
        graph = Graph.of(definition)
        first = begin(graph)
        while not first.is_over:
            first = apply(graph, first, next_report(chooser, graph, first))
        for node in {key.node for key in first.assignments}:
            again = settled(graph, retry(graph, first, node))
            while not again.is_over:
                again = apply(graph, again, next_report(chooser, graph, again))
                invariants.check(graph, again)
            assert list(results(again)) == list(results(first)), f"from {node}: {definition}"


@dataclass(kw_only=True)
class StructuredRun(Run):
    def choose(self) -> Step:
        return next_report(self.chooser, self.graph, self.state)


@pytest.mark.parametrize("count", [2, pytest.param(100, marks=pytest.mark.full)])
async def test_the_same_answers_give_the_same_result_again_in_the_database(database: Database, count: int) -> None:
    for seed in range(count):
        chooser = SeededChooser(seed)
        first = StructuredRun(definition=structured_definition(chooser), chooser=chooser)
        await driver.play(database, [first])
        retries = await driver.start_retries(database, [(first, node) for node in _visited(first)])
        await driver.play_on(database, retries)
        for again in retries:
            assert list(results(again.state)) == list(results(first.state)), again.history


@dataclass(kw_only=True)
class AnsweringRun(JoiningRun):
    """Each step answers by its name and the number of the run alone, and one of them otherwise."""

    number: int = 0
    otherwise: str = ""

    def choose(self) -> Step:
        return _next_answer(self.chooser, self.state, self.number, self.otherwise)


def _next_answer(chooser: Chooser, state: State, number: int, otherwise: str) -> Report:
    key = pick(chooser, [a.key for a in state.of_status("running")])
    answers = SeededChooser(hash((number, key.node == otherwise, *key.node.encode())))
    ports = pick(answers, (("main",), ("main",), ("a",), ("main", "a")))
    return Report(outcomes=(Outcome(key=key, output={"x": answers.below(3), key.node: answers.below(100)}, ports=ports),))


@pytest.mark.parametrize("count", [60, pytest.param(1_000, marks=pytest.mark.full)])
def test_a_retry_in_which_one_step_answers_otherwise_is_like_a_first_run_in_the_reference(count: int) -> None:
    for seed in range(count):
        chooser = SeededChooser(seed)
        definition = waiting_definition(chooser)
        graph = Graph.of(definition)

        def played(state: State, otherwise: str, *, graph: Graph = graph, chooser: SeededChooser = chooser, number: int = seed) -> State:
            while not state.is_over:
                state = apply(graph, state, _next_answer(chooser, state, number, otherwise))
                invariants.check(graph, state, is_retry=True)
            return state

        first = played(begin(graph), "")
        for node in sorted({key.node for key in first.assignments}):
            again = played(settled(graph, retry(graph, first, node)), node)
            assert list(results(again)) == list(results(played(begin(graph), node))), f"from {node}: {definition}"


@pytest.mark.parametrize("seeds", [range(10), *(pytest.param(range(n, n + 40), marks=pytest.mark.full) for n in range(5_000, 5_400, 40))])
async def test_a_retry_in_which_one_step_answers_otherwise_is_like_a_first_run_in_the_database(database: Database, seeds: Sequence[int]) -> None:
    await database.add_special_worker()
    for seed in seeds:
        chooser = SeededChooser(seed)
        definition = waiting_definition(chooser)
        first = AnsweringRun(definition=definition, chooser=chooser, number=seed)
        await driver.play(database, [first])
        retries = [run for run in await driver.start_retries(database, [(first, node) for node in _visited(first)]) if isinstance(run, AnsweringRun)]
        others = [AnsweringRun(definition=definition, chooser=chooser, number=seed, otherwise=node) for node in _visited(first)]
        for again, other in zip(retries, others, strict=True):
            again.number, again.otherwise = seed, other.otherwise
        await driver.play_on(database, retries)
        await driver.play(database, others)
        for again, other in zip(retries, others, strict=True):
            assert list(results(again.state)) == list(results(other.state)), again.history
