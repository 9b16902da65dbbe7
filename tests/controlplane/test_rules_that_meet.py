"""Where two rules meet: order and locks, order and cancelling, results of one exchange that contradict each other, a retry of what still ends."""

import json

import pytest

from interlock.errors import ExecutionNotEnded
from tests.controlplane.plane import Held, Plane, TestWorker, completed, failed, result
from tests.controlplane.test_running_away import many_open
from tests.model.graphs import flow, step


async def two_visits(plane: Plane, **of_the_node: object) -> tuple[TestWorker, Held, Held]:
    """Returns a worker, and the two visits of an ordered node that it holds; the node has these fields."""
    node = {**step("A"), "ordered": True, "join": "each", **of_the_node}
    await plane.deploy([step("B"), step("C"), node], ["S -> B", "S -> C", "B -> A", "C -> A"])
    await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    await worker.report(completed(held["B/1"]))
    await worker.report(completed(held["C/1"]))
    held = await worker.claim()
    return worker, held["A/1"], held["A/2"]


async def test_a_result_that_takes_too_long_ends_its_execution_before_other_results_of_it_count(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B"), step("C"), flow("J", "JOIN")], ["S -> A", "S -> B", "S -> C", "A -> J", "C -> J"])
    execution = await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    error = {"code": "statement_too_slow", "message": "It was too slow."}
    answers, _ = await worker.exchange(completed(held["A/1"], context={"k": 1}), result(held["B/1"], "broken", error=error))
    assert answers == ["IL002", "IL099"]
    assert await plane.status(execution) == "failed"
    assert (await plane.execution(execution))["context"] == {}
    assert set((await plane.visits(execution)).values()) == {"cancelled"}


async def test_a_result_without_its_attempt_is_malformed(plane: Plane) -> None:
    await plane.deploy([step("A", timeout_seconds=10, retry={"max_attempts": 2, "initial_seconds": 0, "jitter": 0})], ["S -> A"])
    await plane.start()
    worker = await plane.worker()
    stale = completed((await worker.claim())["A/1"])
    del stale["attempt"]
    await plane.pass_time(11)
    assert (await worker.claim())["A/1"].row["attempt"] == 2
    answer = await plane.value("select interlock.exchange(%s, 50, %s::jsonb, '{test}', '{0}')", worker.id, json.dumps([stale]))
    assert answer["answers"] == ["IL004"]


async def test_a_visit_that_is_done_and_parked_holds_no_lock(plane: Plane) -> None:
    """Else its earlier visit, which waits for another attempt, could never have the lock."""
    await plane.deploy(
        [step("B"), step("C"), step("A", ordered=True, join="each", lock="k", retry={"max_attempts": 2, "initial_seconds": 50, "jitter": 0})],
        ["S -> B", "S -> C", "B -> A", "C -> A"],
    )
    execution = await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    await worker.report(completed(held["B/1"]))
    await worker.report(completed(held["C/1"]))
    await worker.report(failed((await worker.claim())["A/1"]))
    await plane.pass_time(1)
    await worker.report(completed((await worker.claim())["A/2"]))
    assert (await plane.visits(execution))["A/2"] == "waiting"
    await plane.pass_time(100)
    assert await worker.work() == ["A/1"]
    assert await plane.status(execution) == "completed"


async def test_a_cancelled_visit_that_waits_for_its_turn_is_not_cancelled_again(plane: Plane) -> None:
    worker, _, second = await two_visits(plane, on_error="continue")
    assert await plane.control.cancel_assignment(second.execution_id, second.assignment_id)
    assert (await worker.exchange(completed(second)))[0] == ["IL002"]
    assert not await plane.control.cancel_assignment(second.execution_id, second.assignment_id, "again")
    assert await plane.value("select count(*)::integer from interlock.audit_log where action = 'cancel_assignment'") == 1


async def test_what_is_done_and_waits_for_its_turn_can_no_longer_be_cancelled(plane: Plane) -> None:
    worker, first, second = await two_visits(plane)
    await worker.report(completed(second, {"kept": True}))
    assert not await plane.control.cancel_assignment(second.execution_id, second.assignment_id)
    await worker.report(completed(first))
    visit = await plane.visit(second.execution_id, "A/2")
    assert (visit["status"], visit["output"]) == ("completed", {"kept": True})


async def test_an_executor_that_fails_with_the_code_cancelled_has_failed(plane: Plane) -> None:
    worker, first, second = await two_visits(plane, on_error="continue")
    await worker.report(failed(second, "cancelled", retryable=False))
    await worker.report(completed(first))
    assert (await plane.visits(second.execution_id))["A/2"] == "failed"


async def test_what_is_still_being_cancelled_is_not_retried_yet(plane: Plane) -> None:
    execution = await many_open(plane, 6_000)
    await plane.control.cancel(execution)
    with pytest.raises(ExecutionNotEnded, match="still being cancelled"):
        await plane.control.retry(execution)
    await plane.control.tick()
    again = await plane.control.retry(execution)
    assert await plane.status(again) == "running"
    assert await plane.value("select count(*)::integer from interlock.assignments where execution_id = %s and status = 'pending'", again) == 6_000


async def test_a_visit_that_nobody_can_run_and_that_lost_two_workers_stops_nobody_else(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    await plane.start()
    await plane.execute("update interlock.assignments set loss_count = 2, requires = 'NO_NODE/NOBODY' where status = 'pending'")
    await plane.deploy([step("B"), step("C")], ["S -> B", "B -> C"], name="other")
    await plane.pass_time(60, tick=False)
    await plane.start("other")
    worker = await plane.worker()
    _, handed = await worker.exchange(completed((await worker.claim())["B/1"]), limit=5)
    assert [one.name for one in handed] == ["C/1"]
