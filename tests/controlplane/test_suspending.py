"""suspend and continue: nothing new begins meanwhile; results and answers that arrive are recorded."""

from uuid import uuid4

import pytest

from interlock.errors import ExecutionEnded, ExecutionNotFound
from tests.controlplane.plane import Plane, completed, failed, result
from tests.model.graphs import flow, step


async def test_pending_visits_are_not_claimed_until_the_execution_continues(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    await plane.control.suspend(execution, by="ann")
    worker = await plane.worker()
    assert await worker.claim() == {}
    row = await plane.execution(execution)
    assert (row["status"], row["suspended_by"]) == ("running", "ann")
    assert row["suspended_at"]
    assert await plane.control.continue_(execution)
    assert list(await worker.claim()) == ["A/1"]
    assert (await plane.execution(execution))["suspended_at"] is None


async def test_other_executions_go_on_meanwhile(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    suspended, other = await plane.start(), await plane.start()
    await plane.control.suspend(suspended)
    _, [held] = await (await plane.worker()).exchange(limit=10)
    assert held.execution_id == other


async def test_results_are_recorded_and_their_successors_wait(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    execution = await plane.start()
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    await plane.control.suspend(execution)
    answers, claimed = await worker.exchange(completed(held, {"x": 1}), limit=10)
    assert (answers, claimed) == (["ok"], [])
    assert await plane.visits(execution) == {"A/1": "completed", "B/1": "pending"}
    await plane.control.continue_(execution)
    assert (await worker.claim())["B/1"].input == {"x": 1}


async def test_inline_nodes_wait_too(plane: Plane) -> None:
    nodes = [step("A"), flow("I", "IF", {"condition": "x == 1"}), flow("C", "SET_CONTEXT", {"values": {"seen": "{{ x }}"}}), step("B")]
    await plane.deploy(nodes, ["S -> A", "A -> I", "I.true -> C", "C -> B"])
    execution = await plane.start()
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    await plane.control.suspend(execution)
    await worker.report(completed(held, {"x": 1}))
    await plane.pass_time(60)
    assert await plane.visits(execution) == {"A/1": "completed", "I/1": "pending"}
    await plane.control.continue_(execution)
    await plane.control.tick()
    assert await plane.visits(execution) == {"A/1": "completed", "I/1": "completed", "C/1": "completed", "B/1": "pending"}


async def test_a_timer_ends_and_its_successors_wait(plane: Plane) -> None:
    await plane.deploy([flow("W", "WAIT", {"seconds": 60}), step("B")], ["S -> W", "W -> B"])
    execution = await plane.start()
    await plane.control.suspend(execution)
    await plane.pass_time(61)
    assert await plane.visits(execution) == {"W/1": "completed", "B/1": "pending"}
    worker = await plane.worker()
    assert await worker.claim() == {}
    await plane.control.continue_(execution)
    assert await worker.work() == ["B/1"]
    assert await plane.status(execution) == "completed"


@pytest.mark.parametrize("inline", [False, True], ids=["worker", "inline"])
async def test_a_join_that_gets_its_last_token_meanwhile_waits(plane: Plane, inline: bool) -> None:
    join = flow("J", "JOIN") if inline else step("J")
    await plane.deploy([step("A"), step("B"), join, step("C")], ["S -> A", "S -> B", "A -> J", "B -> J", "J -> C"])
    execution = await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    await worker.report(completed(held["A/1"], {"a": 1}))
    await plane.control.suspend(execution)
    await worker.report(completed(held["B/1"], {"b": 2}))
    assert (await plane.visits(execution))["J/1"] == "pending"
    await plane.pass_time(10)
    assert await worker.claim() == {}
    await plane.control.continue_(execution)
    await plane.control.tick()
    held = await worker.claim()
    [name] = held
    assert name == ("C/1" if inline else "J/1")
    assert held[name].input == {"a": 1, "b": 2}
    await worker.report(completed(held[name]))
    await worker.work()
    assert await plane.status(execution) == "completed"


async def test_a_retry_delay_goes_on_counting(plane: Plane) -> None:
    await plane.deploy([step("A", retry={"max_attempts": 2, "initial_seconds": 30, "jitter": 0})], ["S -> A"])
    execution = await plane.start()
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    await plane.control.suspend(execution)
    await worker.report(failed(held))
    await plane.pass_time(20)
    await plane.control.continue_(execution)
    assert await worker.claim() == {}
    await plane.pass_time(11)
    assert list(await worker.claim()) == ["A/1"]


async def test_an_assignment_released_meanwhile_waits(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    await plane.control.suspend(execution)
    await worker.report(result(held, "released"))
    assert await worker.claim() == {}
    await plane.control.continue_(execution)
    assert list(await worker.claim()) == ["A/1"]


async def test_repeats_change_nothing(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    assert not await plane.control.continue_(execution)
    await plane.control.suspend(execution, by="ann")
    first = await plane.execution(execution)
    await plane.control.suspend(execution, by="bob")
    assert await plane.execution(execution) == first
    assert await plane.control.continue_(execution)
    assert not await plane.control.continue_(execution)
    actions = await plane.rows("select action from interlock.audit_log where execution_id = %s order by id", execution)
    assert [row["action"] for row in actions] == ["suspend", "continue"]


async def test_an_ended_execution_cannot_be_suspended(plane: Plane) -> None:
    await plane.deploy([flow("E", "END")], ["S -> E"])
    execution = await plane.start()
    with pytest.raises(ExecutionEnded, match="completed"):
        await plane.control.suspend(execution)
    with pytest.raises(ExecutionEnded, match="completed"):
        await plane.control.continue_(execution)
    with pytest.raises(ExecutionNotFound):
        await plane.control.suspend(uuid4())


async def test_the_time_of_an_execution_runs_while_it_is_suspended(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"], timeout_seconds=100)
    ended, continued = await plane.start(), await plane.start()
    for execution in (ended, continued):
        await plane.control.suspend(execution)
    await plane.pass_time(60)
    await plane.control.continue_(continued)
    assert {await plane.status(ended), await plane.status(continued)} == {"running"}
    await plane.pass_time(41)
    assert {await plane.status(ended), await plane.status(continued)} == {"timed_out"}


async def test_the_time_of_a_visit_runs_once_a_worker_has_it_and_not_before(plane: Plane) -> None:
    await plane.deploy([step("A", timeout_seconds=100), step("B", timeout_seconds=100)], ["S -> A", "A -> B"])
    execution = await plane.start()
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    await plane.control.suspend(execution)
    await plane.pass_time(90)
    assert await plane.visits(execution) == {"A/1": "running"}
    await worker.report(completed(held))
    await plane.pass_time(1000)  # B is pending and suspended: its time has not begun
    assert await plane.visits(execution) == {"A/1": "completed", "B/1": "pending"}
    await plane.control.continue_(execution)
    assert list(await worker.claim()) == ["B/1"]
    await plane.control.suspend(execution)
    await plane.pass_time(101)
    assert (await plane.visit(execution, "B/1"))["error"]["code"] == "timed_out"
