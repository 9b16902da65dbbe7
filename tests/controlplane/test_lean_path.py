"""The lean path takes plain results in two statements, and leaves all others to the general path; whichever it is, answers and rows are the same."""

import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import migrate
from interlock.embedded import Server
from interlock.errors import WorkerLost
from tests.controlplane.general_path import BREAK, WATCH
from tests.controlplane.plane import Held, Plane, Row, TestWorker, completed, failed, result
from tests.model.graphs import flow, step
from tests.model.rows import differences, read_rows
from tests.servers import TestServer

STATEMENTS: dict[str, tuple[int, Row, int, int]] = {
    "one plain result": (10, {}, 1, 7),
    "the last slot": (1, {}, 1, 9),
    "its output is sent back": (10, {"echo": True}, 1, 9),
    "one ran ahead": (10, {}, 2, 10),
}
"""The limit of what is claimed, what else the result has, how many visits a report has, and the most statements of an exchange."""


async def left_over(plane: Plane) -> list[str]:
    """Returns the visits whose results came to the general path, in order; '?' for one that is not there."""
    rows = await plane.rows(
        """select coalesce(n.node_id || '/' || a.visit, '?') as name
           from left_over l
           left join interlock.assignments a on a.id::text = l.assignment_id
           left join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
           order by l.place"""
    )
    return [row["name"] for row in rows]


@pytest.fixture
async def lean(plane: Plane) -> Plane:
    """A control plane in which only the lean path works."""
    await plane.execute(BREAK)
    return plane


async def test_a_chain_goes_from_its_first_result_to_its_end_over_the_lean_path(lean: Plane) -> None:
    await lean.deploy([step(name) for name in "ABCD"], ["S -> A", "A -> B", "B -> C", "C -> D"])
    execution = await lean.start(n=1)
    worker = await lean.worker()
    held = (await worker.claim())["A/1"]
    for name in ("B/1", "C/1", "D/1"):
        answers, [held] = await worker.exchange(completed(held, {"after": held.name}), limit=5)
        assert (answers, held.name) == (["ok"], name)
    await worker.report(completed(held, {"n": 4}))
    found = await lean.execution(execution)
    assert (found["status"], found["output"]) == ("completed", {"D": {"n": 4}})


async def test_a_fork_and_its_ends_go_over_the_lean_path(lean: Plane) -> None:
    await lean.deploy([step(name) for name in "ABCD"], ["S -> A", "A -> B", "A -> C", "A -> D"])
    execution = await lean.start()
    worker = await lean.worker()
    answers, handed = await worker.exchange(completed((await worker.claim())["A/1"], {"x": 1}), limit=5)
    assert (answers, [(held.name, held.input) for held in handed]) == (["ok"], [("B/1", {"x": 1}), ("C/1", {"x": 1}), ("D/1", {"x": 1})])
    for held in handed:
        assert await lean.status(execution) == "running"
        await worker.report(completed(held))
    assert await lean.status(execution) == "completed"


async def test_a_path_that_ends_beside_a_join_goes_over_the_lean_path(lean: Plane) -> None:
    await lean.deploy([step(name) for name in "ABJEF"], ["S -> A", "S -> B", "A -> J", "B -> J", "S -> E", "E -> F"])
    execution = await lean.start()
    worker = await lean.worker()
    held = (await worker.claim())["E/1"]
    await worker.report(completed(held))
    await worker.report(completed((await worker.claim())["F/1"]))
    assert await lean.visits(execution) == {"A/1": "running", "B/1": "running", "E/1": "completed", "F/1": "completed"}


async def test_more_successors_than_a_worker_has_capacity_for_stay_pending(lean: Plane) -> None:
    await lean.deploy([step("A"), step("B"), step("C")], ["S -> A", "A -> B", "A -> C"])
    execution = await lean.start()
    worker = await lean.worker()
    _, handed = await worker.exchange(completed((await worker.claim())["A/1"]), limit=1)
    assert [held.name for held in handed] == ["B/1"]
    assert (await lean.visits(execution))["C/1"] == "pending"


async def test_successors_go_to_the_queues_of_their_nodes(lean: Plane) -> None:
    await lean.deploy([step("A"), step("B", queue="default"), step("C", queue="elsewhere")], ["S -> A", "A -> B", "A -> C"])
    execution = await lean.start()
    worker, other = await lean.worker(), await lean.worker("elsewhere")
    _, handed = await worker.exchange(completed((await worker.claim())["A/1"]), limit=5)
    assert [held.name for held in handed] == ["B/1"]
    assert (await lean.visits(execution))["C/1"] == "pending"
    assert list(await other.claim()) == ["C/1"]


async def test_results_of_many_executions_go_over_the_lean_path_together(lean: Plane) -> None:
    await lean.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    executions = [await lean.start(n=number) for number in range(20)]
    worker = await lean.worker()
    _, held = await worker.exchange(limit=20)
    answers, handed = await worker.exchange(*(completed(one, {"of": one.row["input"]["n"]}) for one in held), limit=12)
    assert answers == ["ok"] * 20
    assert [one.input["of"] for one in handed] == [one.row["input"]["n"] for one in held[:12]], "in the order of the results"
    statuses = [(await lean.visits(execution))["B/1"] for execution in executions]
    assert (statuses.count("running"), statuses.count("pending")) == (12, 8)


async def test_a_retry_goes_on_over_the_lean_path(lean: Plane) -> None:
    await lean.deploy([step(name) for name in "ABC"], ["S -> A", "A -> B", "B -> C"])
    first = await lean.start()
    worker = await lean.worker()
    assert await worker.work() == ["A/1", "B/1", "C/1"]
    again = await lean.control.retry(first, "B")
    assert await worker.work() == ["B/1", "C/1"]
    assert await lean.status(again) == "completed"


async def test_what_is_repeated_or_lost_goes_on_over_the_lean_path(lean: Plane) -> None:
    await lean.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    execution = await lean.start()
    lost = await lean.worker(lease=10)
    await lost.claim()
    await lean.pass_time(11)
    worker = await lean.worker()
    held = (await worker.claim())["A/1"]
    assert held.row["loss_count"] == 1
    first = await worker.exchange(completed(held), limit=1)
    again = await worker.exchange(completed(held), limit=1, request=worker.request)
    assert first[0] == again[0] == ["ok"]
    assert [one.row for one in first[1]] == [one.row for one in again[1]]
    await worker.report(completed(first[1][0]))
    assert await lean.status(execution) == "completed"


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Results that the lean path does not take."""

    play: Callable[[Plane], Awaitable[list[Any]]]
    """Returns what a worker sees."""
    left: Sequence[str]
    """The visits whose results come to the general path."""


async def begin(plane: Plane, nodes: Sequence[Row], edges: Sequence[str], **more: Any) -> tuple[UUID, TestWorker, dict[str, Held]]:
    await plane.deploy(nodes, edges, **more)
    execution = await plane.start(n=1)
    await plane.control.tick()
    worker = await plane.worker()
    return execution, worker, await worker.claim()


async def reported(worker: TestWorker, *results: Row) -> list[Any]:
    """What an exchange answers, and what it hands over."""
    answers, handed = await worker.exchange(*results, limit=10)
    return [answers, [(held.name, held.input) for held in handed]]


async def exchange(plane: Plane, worker: TestWorker, results: Sequence[Row], *, request: int = 1000, limit: int = 10, slim: bool = False) -> Row:
    """The reply to what another client sends: ours refuses malformed results itself, and does not ask for slim replies."""
    reply: Row = await plane.value(
        "select interlock.exchange(%s, %s, %s::jsonb, %s, %s, %s)",
        worker.id,
        request,
        json.dumps(results),
        worker.queues,
        [limit] * len(worker.queues),
        slim,
    )
    return reply


def one_result(nodes: Sequence[Row], edges: Sequence[str], make: Callable[[Held], Row] = completed, **more: Any) -> Scene:
    async def play(plane: Plane) -> list[Any]:
        execution, worker, held = await begin(plane, nodes, edges, **more)
        return [await reported(worker, make(held["A/1"])), await plane.visits(execution)]

    return Scene(play=play, left=["A/1"])


def after(change: Callable[[Plane, UUID, Held], Awaitable[Any]], make: Callable[[Held], Row] = completed, **more: Any) -> Scene:
    """The result comes after something has happened to its execution."""

    async def play(plane: Plane) -> list[Any]:
        execution, worker, held = await begin(plane, [step("A", **more), step("B")], CHAIN)
        await change(plane, execution, held["A/1"])
        return [await reported(worker, make(held["A/1"])), await plane.visits(execution)]

    return Scene(play=play, left=["A/1"])


async def suspend(plane: Plane, execution: UUID, _held: Held) -> None:
    await plane.control.suspend(execution)


async def cancel(plane: Plane, execution: UUID, _held: Held) -> None:
    await plane.control.cancel(execution)


async def cancel_the_visit(plane: Plane, execution: UUID, held: Held) -> None:
    await plane.control.cancel_assignment(execution, held.assignment_id)


async def time_out(plane: Plane, _execution: UUID, _held: Held) -> None:
    await plane.pass_time(11)


async def nothing(_plane: Plane, _execution: UUID, _held: Held) -> None:
    pass


async def two_results_of_one_execution(plane: Plane) -> list[Any]:
    execution, worker, held = await begin(plane, [step(name) for name in "ABCD"], ["S -> A", "S -> B", "A -> C", "B -> D"])
    return [await reported(worker, completed(held["A/1"]), completed(held["B/1"])), await plane.visits(execution)]


async def one_result_twice(plane: Plane) -> list[Any]:
    execution, worker, held = await begin(plane, [step("A"), step("B")], CHAIN)
    return [await reported(worker, completed(held["A/1"], {"n": 1}), completed(held["A/1"], {"n": 2})), await plane.visits(execution)]


async def result_that_was_written(plane: Plane) -> list[Any]:
    execution, worker, held = await begin(plane, [step("A"), step("B")], CHAIN)
    first = await reported(worker, completed(held["A/1"]))
    return [first, await reported(worker, completed(held["A/1"])), await plane.visits(execution)]


async def result_of_another_worker(plane: Plane) -> list[Any]:
    execution, _, held = await begin(plane, [step("A"), step("B")], CHAIN)
    other = await plane.worker()
    return [await reported(other, completed(held["A/1"])), await plane.visits(execution)]


async def result_of_nobody(plane: Plane) -> list[Any]:
    execution, worker, held = await begin(plane, [step("A"), step("B")], CHAIN)
    unknown = {**completed(held["A/1"]), "assignment_id": str(uuid4())}
    return [await reported(worker, unknown), await plane.visits(execution)]


async def result_of_a_lost_worker(plane: Plane) -> list[Any]:
    await plane.deploy([step("A"), step("B")], CHAIN)
    execution = await plane.start()
    lost = await plane.worker(lease=10)
    held = (await lost.claim())["A/1"]
    await plane.pass_time(11)
    with pytest.raises(WorkerLost):
        await lost.exchange(completed(held))
    return [await plane.visits(execution)]


async def join_that_another_port_could_reach(plane: Plane) -> list[Any]:
    nodes = [step(name) for name in "ABCJ"]
    execution, worker, held = await begin(plane, nodes, ["S -> A", "S -> B", "A -> C", "A.a -> J", "B -> J"])
    first = await reported(worker, completed(held["B/1"]))
    return [first, await reported(worker, completed(held["A/1"])), await plane.visits(execution)]


def nested_too_deep(**more: Any) -> Scene:
    async def play(plane: Plane) -> list[Any]:
        execution, worker, held = await begin(plane, [step("A"), step("B")], CHAIN)
        reply = await exchange(plane, worker, [{**completed(held["A/1"]), **more}])
        return [reply["answers"], reply["assignments"], await plane.visits(execution)]

    return Scene(play=play, left=["A/1"])


async def late_result(plane: Plane) -> list[Any]:
    nodes = [step("A"), step("B"), step("C"), step("J", join="first"), step("Z")]
    execution, worker, held = await begin(plane, nodes, ["S -> A", "S -> B", "A -> J", "B -> C", "C -> J", "J -> Z"])
    return [await reported(worker, completed(held[name])) for name in ("A/1", "B/1")] + [await plane.visits(execution)]


async def cron(plane: Plane) -> list[Any]:
    await plane.deploy([step("A"), step("B")], CHAIN, virtual_users="cron")
    execution = await plane.start()
    await plane.execute("select interlock.workflow_start()")
    worker = await plane.worker()
    held = await worker.claim()
    return [await reported(worker, completed(held["A/1"])), await plane.visits(execution)]


async def small_budget(plane: Plane) -> list[Any]:
    await plane.deploy([step("A"), step("B")], CHAIN)
    executions = [await plane.start(n=number) for number in range(2)]
    async with plane.pool.connection() as connection:
        await connection.execute("set interlock.visits_per_transaction = 999")
        small = Plane(OneConnection(connection))  # type: ignore[arg-type]
        worker = await small.worker()
        _, held = await worker.exchange(limit=2)
        seen = await reported(worker, *map(completed, sorted(held, key=lambda one: one.input["n"])))
        await connection.execute("reset interlock.visits_per_transaction")
    return [seen, *[await plane.visits(execution) for execution in executions]]


class OneConnection:
    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection

    def connection(self) -> "OneConnection":
        return self

    async def __aenter__(self) -> psycopg.AsyncConnection[Any]:
        return self._connection

    async def __aexit__(self, *raised: object) -> None:
        return None


async def no_executor(plane: Plane) -> list[Any]:
    execution, worker, held = await begin(plane, [step("A"), step("B")], CHAIN)
    error = {"code": "executor_missing", "message": "The worker has no executor for it."}
    return [await reported(worker, result(held["A/1"], "released", requires="TEST_NODE/STEP", error=error)), await plane.visits(execution)]


def nested(levels: int) -> Row:
    value: Row = {"leaf": 1}
    for _ in range(levels):
        value = {"inner": value}
    return value


CHAIN = ("S -> A", "A -> B")
AB = (step("A"), step("B"))
SCENES = {
    "another_port": one_result([*AB, step("C")], [*CHAIN, "A.a -> C"], lambda held: completed(held, port="a")),
    "several_ports": one_result([*AB, step("C")], [*CHAIN, "A.a -> C"], lambda held: completed(held, port=["a", "main"])),
    "a_port_that_leads_nowhere": one_result(AB, CHAIN, lambda held: completed(held, port="nowhere")),
    "a_change_of_the_context": one_result(AB, CHAIN, lambda held: completed(held, context={"k": 1})),
    "a_lock_of_the_next_node": one_result([step("A"), step("B", lock="k")], CHAIN),
    "a_lock_elsewhere": one_result([*AB, step("C", lock="k")], [*CHAIN, "A.a -> C"]),
    "a_lock_of_the_workflow": one_result(AB, CHAIN, lock="'k'"),
    "an_ordered_node": one_result([step("A", ordered=True), step("B")], CHAIN),
    "an_ordered_node_next": one_result([step("A"), step("B", ordered=True)], CHAIN),
    "a_join_next": one_result([*AB, step("J")], ["S -> A", "S -> B", "A -> J", "B -> J"]),
    "a_first_join_elsewhere": one_result([*AB, step("C"), step("J", join="first")], [*CHAIN, "S -> C", "S -> J", "C -> J"]),
    "a_loop": one_result([step("A", join="each"), step("B")], [*CHAIN, "B.again -> A"]),
    "a_node_that_needs_no_worker_next": one_result(
        [step("A"), flow("I", "IF", {"condition": "x == 1"}), step("B")], ["S -> A", "A -> I", "I.true -> B"]
    ),
    "an_end_next": one_result([step("A"), flow("E", "END")], ["S -> A", "A -> E"]),
    "a_wait_next": one_result([step("A"), flow("W", "WAIT", {"seconds": 60})], ["S -> A", "A -> W"]),
    "a_context_that_is_set_next": one_result([step("A"), flow("C", "SET_CONTEXT", {"values": {"k": "{{ x }}"}})], ["S -> A", "A -> C"]),
    "a_failure": one_result(AB, CHAIN, failed),
    "a_failure_that_is_final": one_result(AB, CHAIN, lambda held: failed(held, retryable=False)),
    "a_failure_that_is_caught": one_result([step("A", on_error="continue"), step("B")], CHAIN, lambda held: failed(held, retryable=False)),
    "a_wait": one_result(AB, CHAIN, lambda held: result(held, "waiting", wait={"for": "time", "seconds": 60})),
    "a_release": one_result(AB, CHAIN, lambda held: result(held, "released")),
    "no_executor": Scene(play=no_executor, left=["A/1"]),
    "what_takes_too_long": one_result(
        AB, CHAIN, lambda held: result(held, "broken", error={"code": "statement_too_slow", "message": "It was slow."})
    ),
    "an_output_that_is_a_list": one_result(AB, CHAIN, lambda held: {**completed(held), "output": [1, 2]}),
    "an_output_that_is_null": one_result(AB, CHAIN, lambda held: {**completed(held), "output": None}),
    "no_output": one_result(AB, CHAIN, lambda held: result(held, "completed")),
    "an_output_nested_too_deep": nested_too_deep(output=nested(101)),
    "a_context_nested_too_deep": nested_too_deep(context=nested(101)),
    "an_outcome_that_is_not_known": one_result(AB, CHAIN, lambda held: result(held, "finished")),
    "a_third_try": one_result(AB, CHAIN, lambda held: completed(held, tries=3)),
    "another_attempt": one_result(AB, CHAIN, lambda held: {**completed(held), "attempt": 2}),
    "no_attempt": one_result(AB, CHAIN, lambda held: {**completed(held), "attempt": None}),
    "an_id_that_is_none": one_result(AB, CHAIN, lambda held: {**completed(held), "execution_id": "nothing"}),
    "a_suspended_execution": after(suspend),
    "a_cancelled_execution": after(cancel),
    "a_cancelled_visit": after(cancel_the_visit, on_error="continue"),
    "a_visit_that_timed_out": after(time_out, timeout_seconds=10),
    "a_visit_that_timed_out_and_begins_again": after(time_out, timeout_seconds=10, retry={"max_attempts": 2, "initial_seconds": 0, "jitter": 0}),
    "two_results_of_one_execution": Scene(play=two_results_of_one_execution, left=["A/1", "B/1"]),
    "one_result_twice": Scene(play=one_result_twice, left=["A/1", "A/1"]),
    "a_result_that_was_written": Scene(play=result_that_was_written, left=["A/1"]),
    "a_result_of_another_worker": Scene(play=result_of_another_worker, left=["A/1"]),
    "a_result_of_nobody": Scene(play=result_of_nobody, left=["?"]),
    "a_result_of_a_lost_worker": Scene(play=result_of_a_lost_worker, left=[]),
    "a_join_that_another_port_could_reach": Scene(play=join_that_another_port_could_reach, left=["B/1", "A/1"]),
    "a_late_result": Scene(play=late_result, left=["A/1", "B/1"]),
    "a_workflow_in_cron_mode": Scene(play=cron, left=["A/1"]),
    "a_small_budget": Scene(play=small_budget, left=["A/1", "A/1"]),
}


@pytest.fixture
async def planes(server: TestServer) -> AsyncIterator[tuple[Plane, Plane]]:
    """One that takes the lean path and writes down which results came to the general one, and one that never takes it."""
    async with AsyncExitStack() as stack:
        both = []
        for statement, setting in ((WATCH, "on"), ("select 1", "off")):
            url = stack.enter_context(server.fresh_database(migrated=True))
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                await connection.execute(statement.encode())
                await connection.execute(f"alter database {connection.info.dbname} set interlock.lean_path = {setting}".encode())
            pool = AsyncConnectionPool[Any](url, min_size=1, max_size=4, open=False, kwargs={"autocommit": True})
            both.append(Plane(await stack.enter_async_context(pool)))
        yield both[0], both[1]


async def rows_of(plane: Plane) -> dict[str, Any]:
    rows = await plane.rows("select id::text from interlock.executions order by created_at, id")
    names = {row["id"]: f"execution {place}" for place, row in enumerate(rows)}
    await plane.execute("update interlock.workers set name = 'worker'")
    async with plane.pool.connection() as connection:
        return await read_rows(connection, list(names), names, is_exact=True)


@pytest.mark.parametrize("name", SCENES)
async def test_the_lean_path_leaves_to_the_general_one(planes: tuple[Plane, Plane], name: str) -> None:
    scene = SCENES[name]
    lean, general = planes
    assert json.dumps(await scene.play(lean)) == json.dumps(await scene.play(general))
    ours, theirs = await rows_of(lean), await rows_of(general)
    assert [difference for one in ours for difference in differences(ours[one], theirs[one])] == []
    assert await left_over(lean) == list(scene.left)


@pytest.mark.parametrize("seed", range(6))
async def test_answers_of_a_mixed_exchange_are_in_the_order_of_its_results(planes: tuple[Plane, Plane], seed: int) -> None:
    def malformed(held: Held) -> Row:
        return completed(held, nested(101))

    def another_attempt(held: Held) -> Row:
        return {**completed(held), "attempt": 7}

    kinds: list[tuple[Callable[[Held], Row], str]] = [(completed, "ok")] * 4
    kinds += [(failed, "ok"), (malformed, "IL004"), (another_attempt, "IL002"), (lambda held: completed(held, port="a"), "ok")]
    random.Random(seed).shuffle(kinds)
    for plane in planes:
        await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
        executions = [await plane.start(n=number) for number in range(len(kinds))]
        worker = await plane.worker()
        _, claimed = await worker.exchange(limit=len(kinds))
        held = {one.execution_id: one for one in claimed}
        reports = [make(held[execution]) for execution, (make, _) in zip(executions, kinds, strict=True)]
        reply = await exchange(plane, worker, reports, limit=3)
        assert reply["answers"] == [answer for _, answer in kinds]
        plain = [execution for execution, (make, _) in zip(executions, kinds, strict=True) if make is completed]
        assert [UUID(one["execution_id"]) for one in reply["assignments"]] == plain[:3]
        again = await exchange(plane, worker, reports, limit=3)
        assert (again["answers"], again["assignments"]) == (reply["answers"], reply["assignments"]), "a repeat answers the same"
    assert await left_over(planes[0]) == ["A/1"] * 4


async def test_answers_of_an_exchange_with_a_busy_execution_are_in_order(planes: tuple[Plane, Plane]) -> None:
    for plane in planes:
        await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
        executions = [await plane.start(n=number) for number in range(4)]
        worker = await plane.worker()
        _, claimed = await worker.exchange(limit=4)
        held = {one.execution_id: one for one in claimed}
        async with plane.pool.connection() as connection, connection.transaction():
            await connection.execute("select from interlock.executions where id = any (%s) for update", ([executions[0], executions[2]],))
            answers, handed = await worker.exchange(*(completed(held[execution]) for execution in executions), limit=9)
        assert answers == ["busy", "ok", "busy", "ok"]
        assert [one.execution_id for one in handed] == [executions[1], executions[3]]
        answers, _ = await worker.exchange(*(completed(held[execution]) for execution in executions), limit=9)
        assert answers == ["ok", "repeated", "ok", "repeated"]


async def test_a_slim_reply_names_the_place_of_each_result_whose_successor_is_handed_over(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B"), step("C")], ["S -> A", "A -> B", "A.a -> C"])
    executions = [await plane.start(n=number) for number in range(5)]
    worker = await plane.worker()
    _, claimed = await worker.exchange(limit=5)
    held = {one.execution_id: one for one in claimed}
    ports = ("main", "a", "main", "a", "main")
    reports = [completed(held[execution], {"of": number}, port=port) for number, (execution, port) in enumerate(zip(executions, ports, strict=True))]
    reply = await exchange(plane, worker, reports, slim=True)
    assert reply["answers"] is None
    assert [place for place, _ in reply["handed"]] == [0, 2, 4]
    for place, assignment_id in reply["handed"]:
        visit = await plane.visit(executions[place], "B/1")
        assert (str(visit["id"]), visit["status"]) == (assignment_id, "running")
    assert [(one["execution_id"], one["input"]) for one in reply["assignments"]] == [(str(executions[1]), {"of": 1}), (str(executions[3]), {"of": 3})]


async def test_a_chain_of_single_results_goes_to_its_end_without_the_exchange_of_many(plane: Plane) -> None:
    await plane.deploy([step(name) for name in "ABC"], ["S -> A", "A -> B", "B -> C"])
    execution = await plane.start(n=1)
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    await plane.execute("alter function interlock.exchange_all rename to not_called")
    for request, name in enumerate(("B/1", "C/1", None), 1000):
        reply = await exchange(plane, worker, [completed(held, {"before": name})], request=request, slim=True)
        assert (reply["answers"], reply["assignments"], reply["next_due_seconds"], reply["offered"]) == (None, [], None, None)
        assert [place for place, _ in reply["handed"]] == ([0] if name else [])
        for _, assignment_id in reply["handed"]:
            held = Held(name=str(name), row={**held.row, "assignment_id": assignment_id})
    assert await plane.visits(execution) == {"A/1": "completed", "B/1": "completed", "C/1": "completed"}
    assert await plane.status(execution) == "completed"


async def test_a_single_result_is_not_all_of_an_exchange_while_something_is_due(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    worker = await plane.worker()
    await plane.start(n=1)
    held = (await worker.claim())["A/1"]
    other = await plane.start(n=2)
    reply = await exchange(plane, worker, [completed(held)], slim=True)
    assert (len(reply["handed"]), [one["execution_id"] for one in reply["assignments"]]) == (1, [str(other)])


MALFORMED_IDS: list[Any] = ["g1a22d10-f7ca-7ca1-bfd4-e364a8f4d338", "-" * 36, "", "x", 1, None, {}]
MALFORMED_ATTEMPTS: list[Any] = ["x", "1", 1.5, 1e30, -1, None, True, [1]]
MALFORMED = [
    *(("execution_id", value) for value in MALFORMED_IDS),
    *(("assignment_id", value) for value in MALFORMED_IDS),
    *(("attempt", value) for value in MALFORMED_ATTEMPTS),
]


@pytest.mark.parametrize("length", [0, 35, 37, 72])
async def test_two_ids_that_only_together_have_the_right_length_get_the_same_answer_over_both_paths(planes: tuple[Plane, Plane], length: int) -> None:
    for plane in planes:
        await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
        await plane.start()
        worker = await plane.worker()
        sent = completed((await worker.claim())["A/1"])
        both = sent["execution_id"] + sent["assignment_id"]
        reply = await exchange(plane, worker, [{**sent, "execution_id": both[:length], "assignment_id": both[length:]}], slim=True)
        assert reply["answers"] == ["IL004"]


@pytest.mark.parametrize(("key", "value"), MALFORMED)
async def test_a_single_malformed_result_gets_the_same_answer_over_both_paths(planes: tuple[Plane, Plane], key: str, value: Any) -> None:
    seen = []
    for plane in planes:
        await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
        await plane.start()
        worker = await plane.worker()
        held = (await worker.claim())["A/1"]
        reply = await exchange(plane, worker, [{**completed(held), key: value}], slim=True)
        seen.append((reply["answers"], len(reply["handed"]) + len(reply["assignments"])))
    assert seen[0] == seen[1]


async def count_statements(connection: psycopg.AsyncConnection[Any], statement: str, *parameters: Any) -> int:
    """Returns how many statements the server ran for this one, which is among them."""
    await connection.execute("select public.pg_stat_statements_reset()")
    await connection.execute(statement.encode(), parameters)
    row = await (
        await connection.execute(
            """select sum(calls)::integer from public.pg_stat_statements
               where query not like '%pg_stat_statements_reset%' and dbid = (select oid from pg_database where datname = current_database())"""
        )
    ).fetchone()
    assert row
    return int(row[0])


@pytest.fixture
async def counting(private_server: Server, data_folder: Path) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """A connection to a server that counts statements, those inside functions too."""
    async with await psycopg.AsyncConnection.connect(private_server.url, autocommit=True) as connection:
        await connection.execute("alter system set shared_preload_libraries = 'pg_stat_statements'")
    await private_server.stop()
    async with Server(data_folder) as server, await psycopg.AsyncConnection.connect(server.url, autocommit=True) as connection:
        await migrate(server.url)
        await connection.execute("create extension pg_stat_statements schema public")
        await connection.execute("set pg_stat_statements.track = 'all'")
        yield connection


async def test_an_exchange_of_one_plain_result_runs_at_most_seven_statements(counting: psycopg.AsyncConnection[Any]) -> None:
    """With capacity for more. Nine if it may claim nothing else, or sends the output back. So too if it takes what ran ahead, and one more where that
    ends the execution.
    """
    plane = Plane(OneConnection(counting))  # type: ignore[arg-type]
    await plane.deploy([step(name) for name in "ABCDEF"], ["S -> A", *(f"{one} -> {other}" for one, other in zip("ABCDE", "BCDEF", strict=True))])
    worker = await plane.worker("test")
    numbers = {row["node_id"]: row["node_no"] for row in await plane.rows("select node_id, node_no from interlock.nodes")}
    counts: dict[str, list[int]] = {name: [] for name in STATEMENTS}
    for name, (limit, more, steps, _) in STATEMENTS.items():
        for _ in range(2):
            execution = await plane.start(n=1)
            [held] = (await worker.claim()).values()
            for visit in range(0, 6, steps):
                ahead = {"ahead": [[numbers["ABCDEF"[visit + 1]], {"n": visit}]]} if steps > 1 else {}
                worker.request += 1
                result = {**completed(held, {"n": visit}), **more, **ahead}
                parameters = worker.id, worker.request, json.dumps([result]), ["test"], [limit]
                counts[name].append(
                    await count_statements(counting, "select interlock.exchange(%s, %s, %s::jsonb, %s, %s, p_slim => true)", *parameters)
                )
                for row in await plane.rows("select id from interlock.assignments where status = 'running'"):
                    held = Held(name="", row={**held.row, "assignment_id": str(row["id"])})
            assert await plane.status(execution) == "completed"
    assert {name: max(found) for name, found in counts.items() if max(found) > STATEMENTS[name][3]} == {}, counts


async def test_a_single_start_runs_six_statements_and_one_more_to_offer_its_visit(counting: psycopg.AsyncConnection[Any]) -> None:
    """Of these, the call, the clock and whom to wake are one each."""
    plane = Plane(OneConnection(counting))  # type: ignore[arg-type]
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    start = "select interlock.start_executions('flow', %s::jsonb, p_offers => %s)"
    asked = json.dumps([{"input": {"n": 1}}])
    counts = [await count_statements(counting, start, asked, offers) for offers in (False, False, True, True)]
    assert counts == [6, 6, 7, 7]


async def test_a_visit_that_expressions_read_is_found_by_its_node_over_both_paths(planes: tuple[Plane, Plane]) -> None:
    nodes = [step("A"), step("B", timeout_seconds=60), step("C"), flow("I", "IF", {"condition": "nodes['B'].output.x == 1"})]
    seen = []
    for plane in planes:
        await plane.deploy(nodes, ["S -> A", "A -> B", "B -> C", "C -> I"])
        execution = await plane.start()
        worker = await plane.worker()
        for name in ("A/1", "B/1", "C/1"):
            await worker.report(completed((await worker.claim())[name], {"x": 1 if name == "B/1" else 2}))
        assert list(await plane.visits(execution)) == ["A/1", "B/1", "C/1", "I/1"]
        assert await plane.value("select count(*) from interlock.assignments where is_indexed") == 1
        seen.append((await rows_of(plane))["execution 0"])
    assert differences(*seen) == []
    assert await left_over(planes[0]) == ["C/1"]
