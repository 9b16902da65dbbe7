"""A worker reports one result together with those of nodes without side effects that it ran after it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from tests.controlplane.plane import Held, Plane, Row, TestWorker, completed
from tests.model.graphs import step

CHAIN = ["S -> A", "A -> B", "B -> C", "C -> D"]


async def chain(plane: Plane, *edges: str, **more: Mapping[str, Any]) -> UUID:
    """Starts an execution of A, B, C and D in a row."""
    await plane.deploy([step(name, **more.get(name, {})) for name in "ABCD"], edges or CHAIN)
    return await plane.start()


async def first(worker: TestWorker) -> Held:
    return (await worker.claim(1))["A/1"]


async def ahead(plane: Plane, *steps: tuple[str, Any]) -> list[list[Any]]:
    """Returns what ran ahead: nodes by name, with their outputs."""
    numbers = {row["node_id"]: row["node_no"] for row in await plane.rows("select node_id, node_no from interlock.nodes")}
    return [[numbers.get(name, name), output] for name, output in steps]


def with_ahead(held: Held, output: Row, steps: list[list[Any]], **more: Any) -> Row:
    return completed(held, output, ahead=steps, **more)


async def test_visits_that_ran_ahead_are_recorded_as_if_each_had_been_reported(plane: Plane) -> None:
    execution = await chain(plane)
    worker = await plane.worker()
    steps = await ahead(plane, ("B", {"b": 1}), ("C", {"c": 2}))
    answers, handed = await worker.exchange(with_ahead(await first(worker), {"a": 0}, steps), limit=5)
    assert answers == ["ok"]
    assert [(held.name, held.input) for held in handed] == [("D/1", {"c": 2})]
    assert await plane.visits(execution) == {"A/1": "completed", "B/1": "completed", "C/1": "completed", "D/1": "running"}
    rows = await plane.rows(
        """select n.node_id, a.output, a.attempt, a.visit, a.worker_id, a.queue, p.node_no as from_node, a.started_at = a.ended_at as at_once
           from interlock.assignments a
           join interlock.nodes n using (version_id, node_no)
           left join interlock.assignments p on p.execution_id = a.execution_id and p.id = a.previous_assignment_id
           order by a.change_number"""
    )
    assert [row["node_id"] for row in rows] == ["S", "A", "B", "C", "D"], "changes are numbered in the order of the path"
    assert [row["output"] for row in rows[1:4]] == [{"a": 0}, {"b": 1}, {"c": 2}]
    assert [row["from_node"] for row in rows[1:]] == [0, 1, 2, 3]
    assert all((row["attempt"], row["visit"], row["worker_id"], row["queue"], row["at_once"]) == (1, 1, worker.id, "test", True) for row in rows[2:4])
    await worker.report(completed(handed[0], {"d": 3}))
    assert (await plane.execution(execution))["output"] == {"D": {"d": 3}}


async def test_a_path_that_ends_ahead_completes_its_execution(plane: Plane) -> None:
    execution = await chain(plane)
    worker = await plane.worker()
    steps = await ahead(plane, ("B", {}), ("C", {}), ("D", {"end": True}))
    assert await worker.exchange(with_ahead(await first(worker), {}, steps), limit=5) == (["ok"], [])
    found = await plane.execution(execution)
    assert (found["status"], found["output"]) == ("completed", {"D": {"end": True}})


async def test_a_repeated_request_returns_the_same_and_records_nothing_twice(plane: Plane) -> None:
    execution = await chain(plane)
    worker = await plane.worker()
    reported = with_ahead(await first(worker), {}, await ahead(plane, ("B", {}), ("C", {})))
    answered = await worker.exchange(reported, limit=5)
    assert await worker.exchange(reported, limit=5, request=worker.request) == answered
    answers, handed = await worker.exchange(reported, limit=5)
    assert (answers, handed) == (["repeated"], [])
    assert await plane.visits(execution) == {"A/1": "completed", "B/1": "completed", "C/1": "completed", "D/1": "running"}


@pytest.mark.parametrize(
    "steps",
    [
        [("C", {})],
        [("B", {}), ("D", {})],
        [("B", {}), ("B", {})],
        [("A", {})],
        [("B", "no object")],
        [("B", None)],
        [("none", {})],
        [(10**12, {})],
        [(1.5, {})],
        [("B", {}), ("C", {}), ("D", {}), ("D", {})],
        [("B", {})] * 51,
    ],
    ids=["skips", "skips later", "twice", "itself", "text", "null", "unknown", "huge", "fraction", "beyond the end", "too many"],
)
async def test_steps_that_cannot_follow_are_dropped_and_the_first_result_counts(plane: Plane, steps: list[tuple[str, Any]]) -> None:
    execution = await chain(plane)
    worker = await plane.worker()
    answers, handed = await worker.exchange(with_ahead(await first(worker), {"a": 1}, await ahead(plane, *steps)), limit=5)
    assert answers == ["ok"]
    assert [(held.name, held.input) for held in handed] == [("B/1", {"a": 1})]
    assert await plane.visits(execution) == {"A/1": "completed", "B/1": "running"}


@pytest.mark.parametrize("sent", [5, {}, [], [5], [[]], [["1"]], "ahead", None], ids=repr)
async def test_malformed_steps_are_dropped_and_the_first_result_counts(plane: Plane, sent: Any) -> None:
    await chain(plane)
    worker = await plane.worker()
    answers, handed = await worker.exchange(completed(await first(worker), {}, ahead=sent), limit=5)
    assert (answers, [held.name for held in handed]) == (["ok"], ["B/1"])


async def test_a_worker_does_not_run_ahead_over_other_queues_or_executors_that_it_lacks(plane: Plane) -> None:
    await chain(plane, B={"queue": "elsewhere"})
    worker = await plane.worker()
    answers, handed = await worker.exchange(with_ahead(await first(worker), {}, await ahead(plane, ("B", {}))), limit=5)
    assert (answers, handed) == (["ok"], [])
    await chain(plane)
    await plane.execute("update interlock.plain_nodes set requires = 'TEST_NODE/OTHER' where requires is null and next_node = 2")
    answers, handed = await worker.exchange(with_ahead(await first(worker), {}, await ahead(plane, ("B", {}))), limit=5)
    assert (answers, handed) == (["ok"], [])


async def test_nothing_runs_ahead_of_a_suspended_execution(plane: Plane) -> None:
    execution = await chain(plane)
    worker = await plane.worker()
    held = await first(worker)
    await plane.control.suspend(execution)
    answers, handed = await worker.exchange(with_ahead(held, {}, await ahead(plane, ("B", {}), ("C", {}))), limit=5)
    assert (answers, handed) == (["ok"], [])
    assert await plane.visits(execution) == {"A/1": "completed", "B/1": "pending"}


async def test_nothing_runs_ahead_of_an_execution_whose_time_is_over(plane: Plane) -> None:
    await plane.deploy([step(name) for name in "ABCD"], CHAIN, timeout_seconds=60)
    execution = await plane.start()
    worker = await plane.worker()
    held = await first(worker)
    await plane.pass_time(61, tick=False)
    await worker.exchange(with_ahead(held, {}, await ahead(plane, ("B", {}), ("C", {}))), limit=5)
    assert await plane.visits(execution) == {"A/1": "completed", "B/1": "running"}


async def test_the_result_of_a_cancelled_execution_takes_what_ran_ahead_with_it(plane: Plane) -> None:
    execution = await chain(plane)
    worker = await plane.worker()
    held = await first(worker)
    await plane.control.cancel(execution)
    answers, _ = await worker.exchange(with_ahead(held, {}, await ahead(plane, ("B", {}))), limit=5)
    assert answers == ["IL002"]
    assert await plane.visits(execution) == {"A/1": "cancelled"}


async def test_nothing_runs_ahead_into_a_join_that_is_not_plain(plane: Plane) -> None:
    """B leads to the join C, so B may be claimed and reported, and never be run ahead."""
    await plane.deploy([step("A"), step("B"), step("C", join="all"), step("X")], ["S -> A", "A -> B", "B -> C", "S -> X", "X -> C"])
    execution = await plane.start()
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    answers, handed = await worker.exchange(with_ahead(held, {}, await ahead(plane, ("B", {}))), limit=5)
    assert (answers, [one.name for one in handed]) == (["ok"], ["B/1"])
    assert (await plane.visits(execution))["B/1"] == "running"


async def test_a_result_cannot_say_by_itself_that_visits_were_taken(plane: Plane) -> None:
    execution = await chain(plane)
    worker = await plane.worker()
    forged = {"node_no": 4, "id": str(execution), "output": {}, "change_number": 1}
    for more in ({"taken": forged}, {"taken": forged, "ahead": await ahead(plane, ("D", {}))}):
        execution = await plane.start()
        held = next(held for held in (await worker.claim()).values() if held.execution_id == execution)
        answers, handed = await worker.exchange(completed(held, {}, **more), limit=5)
        assert (answers, [one.name for one in handed]) == (["ok"], ["B/1"])


async def test_with_the_lean_path_off_only_the_first_result_counts(plane: Plane) -> None:
    execution = await chain(plane)
    worker = await plane.worker()
    held = await first(worker)
    async with plane.pool.connection() as connection:
        await connection.execute("do $$ begin execute format('alter database %I set interlock.lean_path = off', current_database()); end $$")
    for connection in [await plane.pool.getconn() for _ in range(plane.pool.max_size)]:
        await connection.close()
        await plane.pool.putconn(connection)
    answers, handed = await worker.exchange(with_ahead(held, {}, await ahead(plane, ("B", {}))), limit=5)
    assert (answers, [one.name for one in handed]) == (["ok"], ["B/1"])
    assert await plane.visits(execution) == {"A/1": "completed", "B/1": "running"}
