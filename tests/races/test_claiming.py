"""Claims meet other claims, and operators."""

import pytest

from interlock.errors import WorkerLost
from tests.controlplane.plane import Plane
from tests.model.graphs import flow, step
from tests.races.conftest import OpenSession


async def test_two_claims_never_get_the_same_assignment(plane: Plane, session: OpenSession) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    await plane.control.start_executions("flow", [{}] * 3)
    left = await session()
    first, second = await plane.worker(control=left.control), await plane.worker()
    async with left.held_open():
        _, mine = await first.exchange(limit=2)
        _, theirs = await second.exchange(limit=10)
    assert (len(mine), len(theirs)) == (2, 1)
    assert not {held.execution_id for held in mine} & {held.execution_id for held in theirs}


async def test_a_claim_that_is_rolled_back_changes_nothing(plane: Plane, session: OpenSession) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    await plane.start()
    left = await session()
    first, second = await plane.worker(control=left.control), await plane.worker()
    async with left.held_open(rolled_back=True):
        assert len(await first.claim()) == 1
        assert await second.claim() == {}
    assert list(await second.claim()) == ["A/1"]


async def test_a_claim_skips_what_is_being_cancelled(plane: Plane, session: OpenSession) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    execution, other = await plane.start(), await plane.start()
    operator, worker = await session(), await plane.worker()
    async with operator.held_open():
        await operator.control.cancel(execution)
        _, [held] = await worker.exchange(limit=10)
        assert held.execution_id == other
    assert await worker.claim() == {}


async def test_a_cancel_that_waits_for_a_claim_takes_the_assignment_back(plane: Plane, session: OpenSession) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    claimer, operator = await session(), await session()
    worker = await plane.worker(control=claimer.control)
    async with claimer.held_open():
        held = (await worker.claim())["A/1"]
        cancelling = await operator.blocked(operator.control.cancel(execution))
    assert await cancelling
    assert await plane.visits(execution) == {"A/1": "cancelled"}
    assert await worker.beat() == [held.assignment_id]


async def test_a_claim_skips_what_is_being_suspended(plane: Plane, session: OpenSession) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    operator, worker = await session(), await plane.worker()
    async with operator.held_open():
        await operator.control.suspend(execution)
        assert await worker.claim() == {}
    assert await worker.claim() == {}
    assert await plane.visits(execution) == {"A/1": "pending"}


async def test_a_suspend_that_waits_for_a_claim_lets_the_assignment_run(plane: Plane, session: OpenSession) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    claimer, operator = await session(), await session()
    worker = await plane.worker(control=claimer.control)
    async with claimer.held_open():
        await worker.claim()
        suspending = await operator.blocked(operator.control.suspend(execution))
    await suspending
    assert await plane.visits(execution) == {"A/1": "running"}


async def test_a_claim_gets_an_execution_once_its_continue_is_committed(plane: Plane, session: OpenSession) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    await plane.control.suspend(execution)
    operator, worker = await session(), await plane.worker()
    async with operator.held_open():
        await operator.control.continue_(execution)
        assert await worker.claim() == {}
    assert list(await worker.claim()) == ["A/1"]


async def test_a_claim_skips_a_key_that_is_being_locked_by_hand(plane: Plane, session: OpenSession) -> None:
    await plane.deploy([step("A", lock="k")], ["S -> A"])
    await plane.start()
    holder, worker = await session(), await plane.worker()
    async with holder.held_open():
        async with holder.connection() as connection:
            await connection.execute("select interlock.acquire_workflow_lock('k', 'me', 60)")
        assert await worker.claim() == {}, "the row of the key is busy, so the claim skips it"
    await plane.control.tick()
    assert await worker.claim() == {}
    await plane.execute("select interlock.release_workflow_lock('k', 'me')")
    assert list(await worker.claim()) == ["A/1"]


async def test_of_two_claims_under_one_key_one_gets_work(plane: Plane, session: OpenSession) -> None:
    await plane.deploy([step("A", lock="k")], ["S -> A"])
    await plane.control.start_executions("flow", [{}, {}])
    left = await session()
    first, second = await plane.worker(control=left.control), await plane.worker()
    async with left.held_open():
        assert len((await first.exchange(limit=5))[1]) == 1
        assert await second.claim() == {}
    assert await second.claim() == {}
    assert await plane.value("select count(*) from interlock.assignments where status = 'running'") == 1


async def test_of_two_that_lock_a_key_by_hand_the_first_gets_it(plane: Plane, session: OpenSession) -> None:
    left, right = await session(), await session()

    async def acquire(mine: object, holder: str) -> bool:
        async with mine.connection() as connection:  # type: ignore[attr-defined]
            row = await (await connection.execute("select interlock.acquire_workflow_lock('k', %s)", (holder,))).fetchone()
            return bool(row[0])

    async with left.held_open():
        assert await acquire(left, "ann")
        acquiring = await right.blocked(acquire(right, "bob"))
    assert not await acquiring
    async with left.held_open(rolled_back=True):
        async with left.connection() as connection:
            await connection.execute("select interlock.release_workflow_lock('k', 'ann')")
        acquiring = await right.blocked(acquire(right, "bob"))
    assert not await acquiring


async def test_locking_a_key_by_hand_behind_a_claim_finds_it_held(plane: Plane, session: OpenSession) -> None:
    await plane.deploy([step("A", lock="k")], ["S -> A"])
    await plane.start()
    claimer, right = await session(), await session()
    worker = await plane.worker(control=claimer.control)

    async def acquire() -> bool:
        async with right.connection() as connection:
            row = await (await connection.execute("select interlock.acquire_workflow_lock('k', 'me')")).fetchone()
            return bool(row and row[0])

    async with claimer.held_open():
        assert list(await worker.claim()) == ["A/1"]
        acquiring = await right.blocked(acquire())
    assert not await acquiring


async def test_stopping_a_worker_waits_for_its_exchange_and_takes_back_what_that_claimed(plane: Plane, session: OpenSession) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    claimer, stopper = await session(), await session()
    worker = await plane.worker(control=claimer.control)
    async with claimer.held_open():
        await worker.claim()
        stopping = await stopper.blocked(stopper.control.stop_worker(worker.id))
    assert await stopping == 1
    assert await plane.visits(execution) == {"A/1": "pending"}


async def test_an_exchange_behind_the_stop_of_its_worker_is_refused(plane: Plane, session: OpenSession) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    stopper, claimer = await session(), await session()
    worker = await plane.worker(control=claimer.control)
    async with stopper.held_open():
        await stopper.control.stop_worker(worker.id)
        claiming = await claimer.blocked(worker.exchange(limit=5))
    with pytest.raises(WorkerLost):
        await claiming
    assert await plane.visits(execution) == {"A/1": "pending"}


async def test_a_heartbeat_behind_a_tick_that_gives_up_its_worker_says_so(plane: Plane, session: OpenSession) -> None:
    worker = await plane.worker(lease=10)
    await plane.pass_time(11, tick=False)
    ticker, heart = await session(), await session()
    async with ticker.held_open():
        await ticker.control.tick()
        beating = await heart.blocked(heart.control.heartbeat(worker.id))
    assert (await beating).lost


async def test_a_tick_skips_a_worker_whose_heartbeat_is_under_way(plane: Plane, session: OpenSession) -> None:
    worker = await plane.worker(lease=10)
    await plane.pass_time(11, tick=False)
    heart = await session()
    async with heart.held_open():
        await heart.control.heartbeat(worker.id)
        assert (await plane.control.tick()).moved["lost_workers"] == 0
    assert (await plane.control.tick()).moved["lost_workers"] == 0
    assert await worker.beat() == []


async def test_two_ticks_do_the_work_once(plane: Plane, session: OpenSession) -> None:
    await plane.deploy([flow("W", "WAIT", {"seconds": 5}), step("A")], ["S -> W", "W -> A"])
    execution = await plane.start()
    await plane.pass_time(6, tick=False)
    first = await session()
    async with first.held_open():
        assert (await first.control.tick()).moved["timers"] == 1
        assert (await plane.control.tick()).skipped
    assert await plane.visits(execution) == {"W/1": "completed", "A/1": "pending"}
    assert (await plane.control.tick()).moved["timers"] == 0
