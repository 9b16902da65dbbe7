"""One worker with two exchanges in flight: even request numbers in one lane, odd ones in the other."""

import asyncio
import json
from typing import Any

import pytest

from interlock.controlplane import ControlPlane, Exchange
from interlock.errors import WorkerLost
from tests.controlplane.plane import Held, Plane, Row, TestWorker, completed
from tests.model.graphs import step
from tests.races.conftest import OpenSession

EVEN, ODD = 10, 11
"""The first request of each lane."""


async def chains(plane: Plane, count: int) -> None:
    await plane.deploy([step("A"), step("B"), step("C")], ["S -> A", "A -> B", "B -> C"])
    await plane.control.start_executions("flow", [{"input": {"n": number}} for number in range(count)])


async def held_by(worker: TestWorker, count: int) -> list[Held]:
    _, held = await worker.exchange(limit=count, request=1)
    assert len(held) == count
    return held


async def send(control: ControlPlane, worker: TestWorker, request: int, *results: Row, limit: int = 0) -> Exchange:
    return await control.exchange(worker.id, request, results, queues=["test"], limits=[limit])


def names(exchange: Exchange) -> list[str]:
    return [row["execution_id"] for row in exchange.assignments]


@pytest.mark.parametrize(("first_lane", "second_lane"), [(EVEN, ODD), (ODD + 1, EVEN + 3)])
async def test_while_one_lane_is_under_way_the_other_reports_and_claims(
    plane: Plane, session: OpenSession, first_lane: int, second_lane: int
) -> None:
    await chains(plane, 3)
    worker, left = await plane.worker("test"), await session()
    mine, yours = await held_by(worker, 2)
    async with left.held_open():
        first = await send(left.control, worker, first_lane, completed(mine), limit=1)
        second = await send(plane.control, worker, second_lane, completed(yours), limit=2)
    assert (first.answers, names(first)) == (["ok"], [str(mine.execution_id)])
    assert second.answers == ["ok"]
    assert len(second.assignments) == 2, "its successor, and the first visit of the third execution"
    assert str(yours.execution_id) in names(second)
    assert await plane.value("select count(*) from interlock.assignments where status = 'running' and worker_id = %s", worker.id) == 3


async def test_a_result_of_an_execution_that_the_other_lane_moves_is_busy(plane: Plane, session: OpenSession) -> None:
    await plane.deploy([step("A"), step("B"), step("C"), step("D")], ["S -> A", "S -> B", "A -> C", "B -> D"])
    execution = await plane.start()
    worker, left = await plane.worker("test"), await session()
    a, b = await held_by(worker, 2)
    async with left.held_open():
        assert (await send(left.control, worker, EVEN, completed(a))).answers == ["ok"]
        assert (await send(plane.control, worker, ODD, completed(b))).answers == ["busy"]
    assert (await send(plane.control, worker, ODD + 2, completed(b))).answers == ["ok"]
    assert await plane.visits(execution) == {"A/1": "completed", "B/1": "completed", "C/1": "pending", "D/1": "pending"}


async def test_a_repeat_in_one_lane_waits_for_that_lane_alone(plane: Plane, session: OpenSession) -> None:
    await chains(plane, 2)
    worker, left, right = await plane.worker("test"), await session(), await session()
    mine, yours = await held_by(worker, 2)
    async with left.held_open():
        first = await send(left.control, worker, EVEN, completed(mine), limit=1)
        repeating = await right.blocked(send(right.control, worker, EVEN, completed(mine), limit=1))
        assert (await send(plane.control, worker, ODD, completed(yours), limit=1)).answers == ["ok"]
        assert not repeating.done()
    again = await repeating
    assert (again.answers, again.assignments) == (first.answers, first.assignments)
    assert await plane.visits(mine.execution_id) == {"A/1": "completed", "B/1": "running"}


async def test_what_one_lane_did_stays_when_the_other_is_rolled_back(plane: Plane, session: OpenSession) -> None:
    await chains(plane, 2)
    worker, left = await plane.worker("test"), await session()
    mine, yours = await held_by(worker, 2)
    async with left.held_open(rolled_back=True):
        await send(left.control, worker, EVEN, completed(mine), limit=1)
        other = await send(plane.control, worker, ODD, completed(yours), limit=1)
    assert (other.answers, names(other)) == (["ok"], [str(yours.execution_id)])
    again = await send(plane.control, worker, EVEN, completed(mine), limit=1)
    assert (again.answers, names(again)) == (["ok"], [str(mine.execution_id)])
    repeated = await send(plane.control, worker, ODD, completed(yours), limit=1)
    assert (repeated.answers, names(repeated)) == (other.answers, names(other))


async def test_one_result_in_both_lanes_counts_once(plane: Plane, session: OpenSession) -> None:
    await chains(plane, 1)
    worker, left = await plane.worker("test"), await session()
    [held] = await held_by(worker, 1)
    async with left.held_open():
        assert (await send(left.control, worker, EVEN, completed(held, {"lane": 0}))).answers == ["ok"]
        assert (await send(plane.control, worker, ODD, completed(held, {"lane": 1}))).answers == ["busy"]
    assert (await send(plane.control, worker, ODD + 2, completed(held, {"lane": 1}))).answers == ["repeated"]
    assert (await plane.visit(held.execution_id, "A/1"))["output"] == {"lane": 0}
    assert await plane.visits(held.execution_id) == {"A/1": "completed", "B/1": "pending"}


async def test_stopping_a_worker_waits_for_both_lanes(plane: Plane, session: OpenSession) -> None:
    await chains(plane, 2)
    worker, left, right, stopper = await plane.worker("test"), await session(), await session(), await session()
    mine, yours = await held_by(worker, 2)
    async with left.held_open():
        await send(left.control, worker, EVEN, completed(mine), limit=1)
        async with right.held_open():
            await send(right.control, worker, ODD, completed(yours), limit=1)
            stopping = await stopper.blocked(stopper.control.stop_worker(worker.id))
        assert not stopping.done()
    assert await stopping == 2, "the successors that the two lanes were handed"
    for held in (mine, yours):
        assert await plane.visits(held.execution_id) == {"A/1": "completed", "B/1": "pending"}


async def test_both_lanes_are_refused_behind_the_loss_of_their_worker(plane: Plane, session: OpenSession) -> None:
    await chains(plane, 2)
    worker, ticker, left, right = await plane.worker("test", lease=10), await session(), await session(), await session()
    mine, yours = await held_by(worker, 2)
    await plane.pass_time(11, tick=False)
    async with ticker.held_open():
        await ticker.control.tick()
        first = await left.blocked(send(left.control, worker, EVEN, completed(mine)))
        second = await right.blocked(send(right.control, worker, ODD, completed(yours)))
    for refused in (first, second):
        with pytest.raises(WorkerLost):
            await refused


async def lonely(plane: Plane) -> TestWorker:
    """A visit that was lost with two workers and has been due for longer than five seconds, and a worker that has just registered."""
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    await plane.start(n="lonely")
    for _ in range(2):
        victim = await plane.worker("test", lease=10)
        assert list(await victim.claim(1)) == ["A/1"]
        await plane.pass_time(11)
    await plane.pass_time(6)
    return await plane.worker("test")


async def running(plane: Plane, worker: TestWorker) -> list[int]:
    """How often each visit that the worker runs was lost."""
    rows = await plane.rows("select loss_count from interlock.assignments where status = 'running' and worker_id = %s order by 1", worker.id)
    return [row["loss_count"] for row in rows]


async def test_a_lonely_visit_is_not_claimed_while_the_other_lane_is_under_way(plane: Plane, session: OpenSession) -> None:
    worker, left = await lonely(plane), await session()
    async with left.held_open():
        await send(left.control, worker, EVEN, limit=0)
        assert (await send(plane.control, worker, ODD, limit=5)).assignments == []
    assert [row["loss_count"] for row in (await send(plane.control, worker, ODD + 2, limit=5)).assignments] == [2]


async def test_the_other_lane_gets_nothing_beside_a_lonely_visit_that_is_being_claimed(plane: Plane, session: OpenSession) -> None:
    worker, left, right = await lonely(plane), await session(), await session()
    async with left.held_open():
        assert [row["loss_count"] for row in (await send(left.control, worker, EVEN, limit=5)).assignments] == [2]
        await plane.start(n="another")
        claiming = await right.blocked(send(right.control, worker, ODD, limit=5))
    assert (await claiming).assignments == []
    assert await running(plane, worker) == [2]


async def test_a_lane_that_reports_hands_over_nothing_beside_a_lonely_visit_of_the_other(plane: Plane) -> None:
    worker = await lonely(plane)
    [row] = (await send(plane.control, worker, EVEN, limit=5)).assignments
    await plane.start(n="another")
    assert (await send(plane.control, worker, ODD, limit=5)).assignments == []
    done = await send(plane.control, worker, ODD + 2, completed(Held(name="A/1", row=row)), limit=5)
    assert done.answers == ["ok"]
    assert sorted(await running(plane, worker)) == [0, 0], "now it goes on with others"


async def offering(control: ControlPlane, worker: TestWorker, request: int, *, limit: int) -> list[Any]:
    """An exchange of a worker that takes offers."""
    async with control._pool.connection() as connection:
        cursor = await connection.execute(
            "select interlock.exchange(%s, %s, %s::jsonb, %s, %s, p_offers => true)", (worker.id, request, json.dumps([]), ["test"], [limit])
        )
        row = await cursor.fetchone()
    assert row
    assignments: list[Any] = row[0]["assignments"]
    return assignments


async def test_a_start_offers_nothing_to_a_worker_that_claimed_a_lonely_visit_in_its_other_lane(plane: Plane) -> None:
    worker = await lonely(plane)
    await plane.execute("update interlock.assignments set due_at = 'infinity' where status = 'pending'")
    assert await offering(plane.control, worker, EVEN, limit=5) == []
    await plane.execute("update interlock.assignments set due_at = interlock.now() - interval '10 seconds' where status = 'pending'")
    assert len(await offering(plane.control, worker, ODD, limit=5)) == 1
    await plane.start(n="another")
    assert await running(plane, worker) == [2]


async def test_a_lonely_visit_is_not_claimed_while_a_start_offers_another_one(plane: Plane, session: OpenSession) -> None:
    worker, starter, right = await lonely(plane), await session(), await session()
    await plane.execute("update interlock.assignments set due_at = 'infinity' where status = 'pending'")
    assert await offering(plane.control, worker, EVEN, limit=5) == []
    await plane.execute("update interlock.assignments set due_at = interlock.now() - interval '10 seconds' where status = 'pending'")
    async with starter.held_open():
        await starter.control.start_executions("flow", [{"input": {}}])
        claiming = asyncio.create_task(send(right.control, worker, ODD, limit=5))
        await right.until_blocked(claiming)
    offered = await plane.value("select count(*) from interlock.exchanges where offered_assignment_id is not null")
    await claiming
    assert await running(plane, worker) == ([0] if offered else [2]), "the general path makes no offers"
