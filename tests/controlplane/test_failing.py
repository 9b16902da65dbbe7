"""Attempts, delays, final errors, the error policy; the time limits of nodes and executions."""

from typing import Any

import pytest

from tests.controlplane.plane import Plane, completed, failed, result
from tests.model.graphs import step

RETRIES = {"max_attempts": 3, "initial_seconds": 10, "multiplier": 3, "max_seconds": 20, "jitter": 0}


async def begin(plane: Plane, edges: tuple[str, ...] = ("S -> A",), **more: Any) -> Any:
    nodes = sorted({text.split(" -> ")[1] for text in edges})
    await plane.deploy([step(name, **(more if name == "A" else {})) for name in nodes], edges)
    execution = await plane.start()
    return execution, await plane.worker()


async def test_d34_first_the_attempts_then_the_policy_and_every_attempt_is_kept(plane: Plane) -> None:
    """D34: retries come before on_error, the last attempt decides, and each attempt has a row."""
    execution, worker = await begin(plane, ("S -> A", "A -> B"), retry=RETRIES, on_error="continue")
    for attempt, delay in ((1, 10), (2, 20)):
        held = (await worker.claim())["A/1"]
        assert held.row["attempt"] == attempt
        await worker.report(failed(held, f"broken {attempt}"))
        assert await plane.status(execution) == "running", "a retry delay counts as running"
        await plane.pass_time(delay - 1)
        assert await worker.claim() == {}
        await plane.pass_time(1.1)
    held = (await worker.claim())["A/1"]
    await worker.report(failed(held, "broken 3"))
    assert await plane.visits(execution) == {"A/1": "failed", "B/1": "pending"}
    assert (await worker.claim())["B/1"].input["error"]["code"] == "broken 3"
    kept = await plane.attempts(execution)
    assert [(row["attempt"], row["outcome"], row["error"]["code"]) for row in kept] == [
        (1, "failed", "broken 1"),
        (2, "failed", "broken 2"),
        (3, "failed", "broken 3"),
    ]
    assert all(row["worker_id"] == worker.id and row["started_at"] and row["ended_at"] for row in kept)


async def test_d35_waiting_for_a_retry_holds_nothing(plane: Plane) -> None:
    """D35: a visit that waits for its next attempt holds no worker, no capacity and no lease."""
    execution, worker = await begin(plane, retry=RETRIES)
    await worker.report(failed((await worker.claim())["A/1"]))
    row = await plane.rows("select worker_id, status, lock_key from interlock.assignments where execution_id = %s and status = 'pending'", execution)
    assert row == [{"worker_id": None, "status": "pending", "lock_key": None}]
    await plane.control.stop_worker(worker.id)
    other = await plane.worker()
    await plane.pass_time(11)
    held = (await other.claim())["A/1"]
    assert (held.row["attempt"], held.row["loss_count"]) == (2, 0)


async def test_the_idempotency_key_is_the_same_for_every_attempt(plane: Plane) -> None:
    _, worker = await begin(plane, retry=RETRIES)
    first = (await worker.claim())["A/1"]
    await worker.report(failed(first))
    await plane.pass_time(11)
    assert (await worker.claim())["A/1"].row["idempotency_key"] == first.row["idempotency_key"]


async def test_a_final_error_has_no_second_attempt(plane: Plane) -> None:
    execution, worker = await begin(plane, retry=RETRIES)
    await worker.report(failed((await worker.claim())["A/1"], "hopeless", retryable=False))
    row = await plane.execution(execution)
    assert (row["status"], row["error"]["code"]) == ("failed", "hopeless")
    assert len(await plane.attempts(execution)) == 1


async def test_success_after_failure_leaves_no_error(plane: Plane) -> None:
    execution, worker = await begin(plane, retry=RETRIES)
    await worker.report(failed((await worker.claim())["A/1"]))
    await plane.pass_time(11)
    await worker.report(completed((await worker.claim())["A/1"], {"x": 1}))
    row = await plane.visit(execution, "A/1")
    assert (row["status"], row["error"], row["attempt"], row["output"]) == ("completed", None, 2, {"x": 1})


async def test_an_error_may_say_when_to_try_again(plane: Plane) -> None:
    execution, worker = await begin(plane, retry=RETRIES)
    await worker.report(failed((await worker.claim())["A/1"], details={"retry_after_seconds": 100}))
    await plane.pass_time(99)
    assert await worker.claim() == {}
    await plane.pass_time(2)
    assert list(await worker.claim()) == ["A/1"]
    assert await plane.status(execution) == "running"


async def test_an_error_that_asks_for_more_than_a_day_is_tried_again_after_a_day(plane: Plane) -> None:
    execution, worker = await begin(plane, retry=RETRIES)
    await worker.report(failed((await worker.claim())["A/1"], details={"retry_after_seconds": 10_000_000}))
    row = await plane.visit(execution, "A/1")
    assert (row["due_at"] - await plane.value("select interlock.now()")).total_seconds() == pytest.approx(86_400, abs=5)


async def test_jitter_stays_within_its_bounds(plane: Plane) -> None:
    await plane.deploy([step("A", retry={"max_attempts": 2, "initial_seconds": 100, "jitter": 0.2})], ["S -> A"])
    await plane.control.start_executions("flow", [{}] * 40)
    worker = await plane.worker()
    _, claimed = await worker.exchange(limit=40)
    now = await plane.value("select interlock.now()")
    await worker.report(*map(failed, claimed))
    delays = [(row["due_at"] - now).total_seconds() for row in await plane.rows("select due_at from interlock.assignments where status = 'pending'")]
    assert len(delays) == 40
    assert 80 <= min(delays) < max(delays) <= 121
    assert len(set(delays)) > 20


async def test_a_failure_without_policy_ends_the_execution_and_its_open_visits(plane: Plane) -> None:
    execution, worker = await begin(plane, ("S -> A", "S -> B", "A -> C"))
    held = await worker.claim()
    await worker.report(failed(held["A/1"], retryable=False))
    assert await plane.status(execution) == "failed"
    assert await plane.visits(execution) == {"A/1": "failed", "B/1": "cancelled"}
    assert (await worker.exchange(completed(held["B/1"])))[0] == ["IL002"]
    assert await worker.beat() == [held["B/1"].assignment_id]


async def test_on_error_port_leaves_through_error(plane: Plane) -> None:
    execution, worker = await begin(plane, ("S -> A", "A -> B", "A.error -> C"), on_error="port")
    await worker.report(failed((await worker.claim())["A/1"], "odd", retryable=False))
    assert await plane.visits(execution) == {"A/1": "failed", "C/1": "pending"}
    assert (await worker.claim())["C/1"].input["error"]["code"] == "odd"
    row = await plane.visit(execution, "A/1")
    assert row["ports"] == ["error"]


async def test_a_nodes_timeout_is_an_error_that_is_tried_again(plane: Plane) -> None:
    execution, worker = await begin(plane, timeout_seconds=30, retry={"max_attempts": 2, "initial_seconds": 5, "jitter": 0})
    held = (await worker.claim())["A/1"]
    await plane.pass_time(29)
    assert await plane.visits(execution) == {"A/1": "running"}
    await plane.pass_time(2)
    assert await plane.visits(execution) == {"A/1": "pending"}
    assert await worker.beat() == [held.assignment_id], "the worker is told"
    assert (await worker.exchange(completed(held)))[0] == ["IL002"], "and fenced off"
    await plane.pass_time(6)
    held = (await worker.claim())["A/1"]
    await plane.pass_time(31)
    assert (await worker.exchange(completed(held)))[0] == ["IL002"], "also at the last attempt"
    row = await plane.execution(execution)
    assert (row["status"], row["error"]["code"]) == ("failed", "timed_out")
    assert [(one["attempt"], one["outcome"]) for one in await plane.attempts(execution)] == [(1, "timed_out"), (2, "timed_out")]


async def test_the_time_of_an_attempt_counts_from_its_claim(plane: Plane) -> None:
    execution, worker = await begin(plane, timeout_seconds=30)
    await plane.pass_time(100)
    await worker.claim()
    await plane.pass_time(29)
    assert await plane.visits(execution) == {"A/1": "running"}


async def test_an_executions_deadline_counts_from_its_start(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B")], ["S -> A", "S -> B"], timeout_seconds=60)
    execution = await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    await plane.admit_waits()
    await worker.report(result(held["A/1"], "waiting", wait={"for": "person"}))
    await plane.pass_time(59)
    assert await plane.status(execution) == "running"
    await plane.pass_time(2)
    row = await plane.execution(execution)
    assert (row["status"], row["error"]["code"]) == ("timed_out", "timed_out")
    assert set((await plane.visits(execution)).values()) == {"cancelled"}
    assert await worker.beat() == [held["B/1"].assignment_id]


@pytest.mark.parametrize("paused", [False, True], ids=["open", "suspended"])
async def test_a_deadline_holds_in_every_state(plane: Plane, paused: bool) -> None:
    await plane.deploy([step("A")], ["S -> A"], timeout_seconds=60)
    execution = await plane.start()
    if paused:
        await plane.control.suspend(execution)
    await plane.pass_time(61)
    assert await plane.status(execution) == "timed_out"
