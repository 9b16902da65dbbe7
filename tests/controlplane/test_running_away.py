"""An execution that multiplies affects no other: one transaction makes a bounded number of visits, an operator can end it, and it ends by itself."""

from typing import Any
from uuid import UUID

import pytest

from interlock.controlplane import Reason
from tests.controlplane.plane import Plane, completed
from tests.model.graphs import flow, step

DOUBLING = ["S -> a", "a -> i", "a -> b", "b -> i", "i.false -> a", "i.true -> z"]
MOST_OF_ONE_TRANSACTION = 16_000  # 5,000, one wave more of at most 10,000, and what one visit leads to


async def deploy_doubling(plane: Plane, **of_a: Any) -> None:
    """Each round goes through a twice as often as the one before: the graph of a loop with a fork into `join: each`."""
    await plane.deploy(
        [flow("a", "JOIN", join="each", **of_a), flow("b", "JOIN"), flow("i", "IF", {"condition": "n == 1"}, join="each"), flow("z", "JOIN")],
        DOUBLING,
        name="doubling",
    )


async def count_visits(plane: Plane, execution: UUID) -> int:
    count: int = await plane.value("select count(*)::integer from interlock.assignments where execution_id = %s", execution)
    return count


async def test_a_cap_of_eight_allows_eight_visits(plane: Plane) -> None:
    await deploy_doubling(plane, max_visits=8)
    execution = await plane.start("doubling", n=0)
    assert await plane.status(execution) == "failed"
    found = await plane.execution(execution)
    assert (found["error"]["code"], found["error"]["hint"][:5]) == ("max_visits_exceeded", "Check")
    assert (
        await plane.value(
            """select count(*)::integer from interlock.assignments a join interlock.nodes n using (version_id, node_no)
           where a.execution_id = %s and n.node_id = 'a' and a.error is null""",
            execution,
        )
        == 8
    )


async def test_the_default_ends_it_and_no_transaction_makes_more_than_its_share(plane: Plane) -> None:
    await deploy_doubling(plane)
    execution = await plane.start("doubling", n=0)
    before = await count_visits(plane, execution)
    assert before <= MOST_OF_ONE_TRANSACTION
    ticks = 0
    while await plane.status(execution) == "running":
        await plane.control.tick()
        after = await count_visits(plane, execution)
        assert before < after <= before + MOST_OF_ONE_TRANSACTION
        before, ticks = after, ticks + 1
        assert ticks < 30
    assert (await plane.execution(execution))["error"]["code"] == "max_visits_exceeded"


async def test_other_executions_go_on_beside_it(plane: Plane) -> None:
    await deploy_doubling(plane)
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    innocent = [await plane.start() for _ in range(40)]
    runaway = await plane.start("doubling", n=0)
    worker = await plane.worker()
    for name in ("A/1", "B/1"):
        _, held = await worker.exchange(limit=100)
        assert [one.name for one in held] == [name] * 40
        await worker.report(*map(completed, held))
    assert {await plane.status(execution) for execution in innocent} == {"completed"}
    assert await plane.status(runaway) == "running"


async def test_explain_says_that_it_goes_on_with_the_next_tick(plane: Plane) -> None:
    await deploy_doubling(plane)
    execution = await plane.start("doubling", n=0)
    reasons: list[Reason] = await plane.control.explain(execution, limit=3)
    assert {reason.reason for reason in reasons} <= {"virtual_user", "continues_next"}
    assert all("next tick" in reason.message for reason in reasons)


async def test_results_that_would_make_too_much_are_parked_as_done_and_go_on_with_the_next_tick(plane: Plane) -> None:
    wide = [f"N{number}" for number in range(300)]
    await plane.deploy([step("A"), *(step(name) for name in wide)], ["S -> A", *(f"A -> {name}" for name in wide)])
    started = await plane.control.start_executions("flow", [{"input": {}}] * 60)
    worker = await plane.worker("test")
    _, held = await worker.exchange(limit=60)
    answers, _ = await worker.exchange(*(completed(one, {"from": "A"}) for one in held))
    assert answers == ["ok"] * 60, "each result is taken, also of executions that have to wait for their turn"
    parked = await plane.rows("select execution_id, status, output from interlock.assignments where wait_for = 'turn'")
    assert 0 < len(parked) < 60
    assert {row["status"] for row in parked} == {"waiting"}
    assert all(row["output"] == {"from": "A"} for row in parked)
    assert {await plane.status(one.execution_id) for one in started if one.execution_id} == {"running"}, "it is not what anybody waits for"
    reason = next(one for one in await plane.control.explain(parked[0]["execution_id"]) if one.node_id == "A")
    assert reason.reason == "continues_next"
    made = await plane.value("select count(*)::integer from interlock.assignments")
    assert made <= 60 * 2 + MOST_OF_ONE_TRANSACTION
    for _ in range(10):
        await plane.control.tick()
    assert await plane.value("select count(*)::integer from interlock.assignments where wait_for = 'turn'") == 0
    assert await plane.value("select count(*)::integer from interlock.assignments where status = 'pending'") == 60 * 300


async def many_open(plane: Plane, count: int) -> UUID:
    """Makes an execution with `count` open visits: a loop that ran on without control."""
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    execution = await plane.start()
    await plane.execute(
        """insert into interlock.assignments (execution_id, id, version_id, node_no, visit, status, is_indexed, queue, due_at, change_number,
               created_at)
           select a.execution_id, interlock.uuidv7(), a.version_id, a.node_no, 1 + g, 'pending', a.is_indexed, a.queue, a.due_at,
                  nextval('interlock.change_numbers'), a.created_at
           from interlock.assignments a, generate_series(1, %s) g
           where a.execution_id = %s and a.status = 'pending'""",
        count - 1,
        execution,
    )
    return execution


async def test_cancelling_ends_it_at_once_and_ticks_cancel_what_is_left_open(plane: Plane) -> None:
    execution = await many_open(plane, 12_000)
    open_visits = "select count(*)::integer from interlock.assignments where ended_at is null"
    assert await plane.control.cancel(execution)
    assert await plane.status(execution) == "cancelled"
    assert await plane.value(open_visits) == 7_000
    worker = await plane.worker()
    assert await worker.claim() == {}, "what is left open in an ended execution is not handed out"
    assert not await plane.control.cancel(execution), "a repeat changes nothing"
    tick = await plane.control.tick()
    assert await plane.value(open_visits) == 2_000
    assert tick.next_due_seconds == 0, "the next tick has something to do at once"
    await plane.control.tick()
    assert await plane.value(open_visits) == 0
    assert (await plane.control.tick()).next_due_seconds is None


async def test_results_for_an_ended_execution_are_refused(plane: Plane) -> None:
    execution = await many_open(plane, 12_000)
    worker = await plane.worker()
    _, held = await worker.exchange(limit=1000)
    await plane.control.cancel(execution)
    answers, _ = await worker.exchange(*(completed(one) for one in held))
    assert set(answers) == {"IL002"}
    assert await plane.value("select count(*)::integer from interlock.assignments where status = 'completed'") == 1, "START alone"
    for _ in range(3):
        await plane.control.tick()
    assert await plane.value("select count(*)::integer from interlock.assignments where ended_at is null") == 0


@pytest.mark.parametrize("count", [10, 9_000])
async def test_starting_many_wide_executions_leaves_the_rest_to_start(plane: Plane, count: int) -> None:
    wide = [f"N{number}" for number in range(50)]
    await plane.deploy([step(name) for name in wide], [f"S -> {name}" for name in wide])
    started = await plane.control.start_executions("flow", [{"input": {}}] * count)
    assert all(one.execution_id for one in started)
    at_once = await plane.value("select count(*)::integer from interlock.executions where status = 'running'")
    assert at_once == min(count, 4 * 5_000 // 50)
    assert await plane.value("select count(*)::integer from interlock.executions where status = 'pending'") == count - at_once
    if count > at_once:
        await plane.control.tick()
        assert await plane.value("select count(*)::integer from interlock.executions where status = 'running'") > at_once
