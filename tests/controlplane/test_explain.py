"""explain: why is it not moving? One reason for each open visit."""

from datetime import timedelta
from uuid import uuid4

import pytest

from interlock.errors import ExecutionNotFound
from tests.controlplane.plane import Plane, completed, failed, result
from tests.model.graphs import flow, step


async def test_d21_no_worker(plane: Plane) -> None:
    """D21: explain finds visits that are stuck in a queue, with the cause."""
    await plane.deploy([step("A", queue="heavy")], ["S -> A"])
    execution = await plane.start()
    reason = await plane.reason(execution, "A")
    assert (reason.reason, reason.status, reason.until) == ("no_worker", "pending", None)
    assert reason.message == "No worker is alive for the queue heavy."
    assert reason.hint == "Start one: interlock worker --queue heavy"
    assert reason.details["queue"] == "heavy"
    await plane.worker("test")
    assert (await plane.reason(execution, "A")).reason == "no_worker", "that one serves another queue"


async def test_a_silent_worker_does_not_count_as_one(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    await plane.worker("test", lease=10)
    assert (await plane.reason(execution, "A")).reason == "queued"
    await plane.pass_time(11, tick=False)
    assert (await plane.reason(execution, "A")).reason == "no_worker"


async def test_queued_behind_others(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    for _ in range(3):
        await plane.start()
        await plane.pass_time(1, tick=False)
    execution = await plane.start()
    await plane.worker("test")
    reason = await plane.reason(execution, "A")
    assert (reason.reason, reason.details["ahead"]) == ("queued", 3)


async def test_running(plane: Plane) -> None:
    await plane.deploy([step("A", timeout_seconds=60)], ["S -> A"])
    execution = await plane.start()
    worker = await plane.worker()
    await worker.claim()
    await plane.pass_time(20, tick=False)
    reason = await plane.reason(execution, "A")
    assert reason.reason == "running"
    assert reason.until
    assert str(reason.details["worker"]).startswith("worker ")
    assert "00:00:20" in reason.message


async def test_running_with_a_worker_that_is_forgotten(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    worker = await plane.worker()
    await worker.claim()
    await plane.execute("delete from interlock.workers")
    reason = await plane.reason(execution, "A")
    assert reason.reason == "running"
    assert str(worker.id) in reason.message


async def test_retry_at(plane: Plane) -> None:
    await plane.deploy([step("A", retry={"max_attempts": 2, "initial_seconds": 100, "jitter": 0})], ["S -> A"])
    execution = await plane.start()
    worker = await plane.worker()
    await worker.report(failed((await worker.claim())["A/1"], "flaky"))
    reason = await plane.reason(execution, "A")
    assert reason.reason == "retry_at"
    assert "it was flaky" in reason.message
    assert reason.until
    assert reason.until - await plane.value("select interlock.now()") > timedelta(seconds=90)
    assert reason.details["attempt"] == 2


@pytest.mark.parametrize("kind", ["time", "person", "signal"])
async def test_waiting(plane: Plane, kind: str) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    worker = await plane.worker()
    await plane.admit_waits()
    await worker.report(result((await worker.claim())["A/1"], "waiting", wait={"for": kind, "seconds": 60}))
    reason = await plane.reason(execution, "A")
    assert reason.reason == f"waiting_for_{kind}"
    assert reason.until


async def test_holding(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B"), step("J")], ["S -> A", "S -> B", "A -> J", "B -> J"])
    execution = await plane.start()
    worker = await plane.worker()
    await worker.report(completed((await worker.claim())["A/1"]))
    reason = await plane.reason(execution, "J")
    assert reason.reason == "holding"
    assert reason.message == "The join waits for B, which is running and can still bring a token."
    assert (reason.details["holding_for"], reason.details["tokens"], reason.details["connections"]) == ("B", 1, 2)


async def test_suspended(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    await plane.control.suspend(execution, by="ann")
    reason = await plane.reason(execution, "A")
    assert reason.reason == "suspended"
    assert "ann" in reason.message


async def test_suspended_with_nothing_pending(plane: Plane) -> None:
    await plane.deploy([flow("W", "WAIT", {"seconds": 60})], ["S -> W"])
    execution = await plane.start()
    await plane.control.suspend(execution, by="ann")
    reasons = await plane.control.explain(execution)
    assert sorted(reason.reason for reason in reasons) == ["suspended", "waiting_for_time"]
    assert "ann" in (await plane.reason(execution)).message


async def test_runs_alone(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    for _ in range(2):
        await (await plane.worker(lease=10)).claim()
        await plane.pass_time(11)
    await plane.worker()
    reason = await plane.reason(execution, "A")
    assert reason.reason == "runs_alone"


async def test_waiting_for_order(plane: Plane) -> None:
    await plane.deploy([step("A", ordered=True, join="each"), step("B"), step("C")], ["S -> B", "S -> C", "B -> A", "C -> A"])
    execution = await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    await worker.report(completed(held["B/1"]), completed(held["C/1"]))
    held = await worker.claim()
    await worker.report(completed(held["A/2"]))
    reasons = {reason.details["visit"]: reason.reason for reason in await plane.control.explain(execution)}
    assert reasons == {1: "running", 2: "waiting_for_order"}


async def test_a_virtual_users_leftover(plane: Plane) -> None:
    await plane.deploy([step("A"), flow("E", "END")], ["S -> A", "A -> E"])
    execution = await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    await plane.control.suspend(execution)
    await worker.report(completed(held["A/1"]))
    await plane.control.continue_(execution)
    assert (await plane.reason(execution, "E")).reason == "virtual_user"


async def test_ended(plane: Plane) -> None:
    await plane.deploy([flow("F", "FAIL", {"message": "enough"})], ["S -> F"])
    execution = await plane.start()
    reason = await plane.reason(execution)
    assert (reason.reason, reason.status, reason.message) == ("ended", "failed", "The execution has failed: enough")


async def test_explaining_an_unknown_execution_is_refused(plane: Plane) -> None:
    with pytest.raises(ExecutionNotFound):
        await plane.control.explain(uuid4())


async def test_d16_everything_open_has_an_owner(plane: Plane) -> None:
    """D16: each open thing is running, due, waiting or held, and explain names which."""
    nodes = [step("A", retry={"max_attempts": 2}), step("B"), flow("W", "WAIT", {"seconds": 60}), step("J"), step("K", lock="k")]
    await plane.deploy(nodes, ["S -> A", "S -> B", "S -> W", "S -> K", "B -> J", "A -> J"])
    execution = await plane.start()
    await plane.execute("select interlock.acquire_workflow_lock('k', 'me')")
    worker = await plane.worker()
    held = await worker.claim()
    await worker.report(failed(held["A/1"]), completed(held["B/1"]))
    reasons = {reason.node_id: reason.reason for reason in await plane.control.explain(execution)}
    assert reasons == {"A": "retry_at", "W": "waiting_for_time", "J": "holding", "K": "lock_held"}
