"""cancel ends an execution in any state; cancel_assignment ends one visit, and the error policy says what follows."""

from uuid import uuid4

import pytest

from interlock.errors import ExecutionNotFound
from tests.controlplane.plane import Plane, completed, failed, result
from tests.model.graphs import flow, step


@pytest.mark.parametrize("state", ["pending", "running", "waiting", "paused", "suspended", "retrying", "holding"])
async def test_d17_cancel_works_in_every_state(plane: Plane, state: str) -> None:
    """D17."""
    if state == "pending":
        await plane.deploy([step("A")], ["S -> A"], lock="one at a time")
        await plane.execute("select interlock.acquire_workflow_lock('one at a time', 'me')")
    else:
        nodes = [step("A", retry={"max_attempts": 2}), step("B"), step("J")]
        await plane.deploy(nodes, ["S -> A", "S -> B", "A -> J", "B -> J"])
    execution = await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    match state:
        case "waiting" | "paused":
            await plane.admit_waits()
            waits = "person" if state == "paused" else "signal"
            await worker.report(*(result(one, "waiting", wait={"for": waits}) for one in held.values()))
        case "suspended":
            await plane.control.suspend(execution)
        case "retrying":
            await worker.report(failed(held["A/1"]))
        case "holding":
            await worker.report(completed(held["A/1"]))
    before = await plane.status(execution)
    assert before == {"suspended": "running", "retrying": "running", "holding": "running"}.get(state, state)
    assert await plane.control.cancel(execution, "no longer wanted", by="ann")
    row = await plane.execution(execution)
    assert (row["status"], row["error"]["code"], row["error"]["message"]) == ("cancelled", "cancelled", "no longer wanted")
    assert await plane.value("select count(*) from interlock.assignments where ended_at is null") == 0
    assert await worker.claim() == {}
    await plane.pass_time(1000)
    assert await plane.status(execution) == "cancelled"


async def test_cancelling_again_or_after_the_end_changes_nothing(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    assert await plane.control.cancel(execution, "first")
    before = await plane.execution(execution)
    assert not await plane.control.cancel(execution, "second")
    assert await plane.execution(execution) == before
    done = await plane.start()
    await (await plane.worker()).work()
    assert not await plane.control.cancel(done)
    assert await plane.status(done) == "completed"
    with pytest.raises(ExecutionNotFound):
        await plane.control.cancel(uuid4())


async def test_results_after_a_cancel_are_refused(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    execution = await plane.start()
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    await plane.control.cancel(execution)
    for report in (completed(held), failed(held), result(held, "waiting", wait={"seconds": 1}), result(held, "released")):
        assert (await worker.exchange(report, limit=5)) == (["IL002"], [])
    assert await plane.visits(execution) == {"A/1": "cancelled"}


async def test_a_cancelled_visit_fails_its_execution(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B")], ["S -> A", "S -> B"])
    execution = await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    assert await plane.control.cancel_assignment(execution, held["A/1"].assignment_id, "stuck", by="ann")
    row = await plane.execution(execution)
    assert (row["status"], row["error"]["code"], row["error"]["message"]) == ("failed", "cancelled", "stuck")
    assert await plane.visits(execution) == {"A/1": "cancelled", "B/1": "cancelled"}
    assert sorted(await worker.beat()) == sorted(one.assignment_id for one in held.values())


@pytest.mark.parametrize(("on_error", "follower"), [("continue", "B/1"), ("port", "C/1")])
async def test_a_cancelled_visit_leaves_by_the_policy(plane: Plane, on_error: str, follower: str) -> None:
    edges = ["S -> A", "A -> B", *(["A.error -> C"] if on_error == "port" else [])]
    await plane.deploy([step("A", on_error=on_error), step("B"), *([step("C")] if on_error == "port" else [])], edges)
    execution = await plane.start()
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    await plane.control.cancel_assignment(execution, held.assignment_id, "stuck")
    assert await plane.visits(execution) == {"A/1": "cancelled", follower: "pending"}
    assert (await worker.claim())[follower].input["error"]["code"] == "cancelled"
    assert (await worker.exchange(completed(held)))[0] == ["IL002"]


@pytest.mark.parametrize("status", ["holding", "pending", "waiting"])
async def test_a_visit_is_cancelled_in_every_status(plane: Plane, status: str) -> None:
    await plane.deploy([step("A", on_error="continue"), step("B"), step("J", on_error="continue")], ["S -> A", "S -> B", "A -> J", "B -> J"])
    execution = await plane.start()
    worker = await plane.worker()
    name = "J/1" if status == "holding" else "A/1"
    if status != "pending":
        held = await worker.claim()
        await plane.admit_waits()
        report = completed(held["A/1"]) if status == "holding" else result(held["A/1"], "waiting", wait={"for": "person"})
        await worker.report(report)
    visit = await plane.visit(execution, name)
    assert visit["status"] == status
    assert await plane.control.cancel_assignment(execution, visit["id"])
    assert (await plane.visit(execution, name))["status"] == "cancelled"
    assert not await plane.control.cancel_assignment(execution, visit["id"]), "a repeat changes nothing"
    if status == "pending":
        assert list(await worker.claim()) == ["B/1"]


async def test_a_cancelled_visit_frees_the_join_that_waited_for_it(plane: Plane) -> None:
    await plane.deploy([step("A", on_error="continue"), step("B"), step("J")], ["S -> A", "S -> B", "A.a -> J", "B -> J"])
    execution = await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    await worker.report(completed(held["B/1"], {"b": 1}))
    assert (await plane.visits(execution))["J/1"] == "holding"
    await plane.control.cancel_assignment(execution, held["A/1"].assignment_id)
    assert (await worker.claim())["J/1"].input == {"b": 1}


async def test_cancelling_something_unknown_is_refused(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    with pytest.raises(ExecutionNotFound):
        await plane.control.cancel_assignment(execution, uuid4())
    with pytest.raises(ExecutionNotFound):
        await plane.control.cancel_assignment(uuid4(), uuid4())


async def test_a_timer_of_a_cancelled_execution_does_nothing(plane: Plane) -> None:
    await plane.deploy([flow("W", "WAIT", {"seconds": 10}), step("B")], ["S -> W", "W -> B"])
    execution = await plane.start()
    await plane.control.cancel(execution)
    tick = await plane.control.tick()
    assert tick.next_due_seconds is None
    await plane.pass_time(11)
    assert await plane.visits(execution) == {"W/1": "cancelled"}
