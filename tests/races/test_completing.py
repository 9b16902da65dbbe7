"""A result meets another change of its execution. The transaction that locks the execution first goes first; the other sees what it did."""

from uuid import UUID

import pytest

from interlock.errors import WorkerLost
from tests.controlplane.plane import Held, Plane, TestWorker, completed, failed, result
from tests.model.graphs import flow, step
from tests.races.conftest import OpenSession


async def claimed(plane: Plane, worker: TestWorker, **more: object) -> tuple[UUID, Held]:
    await plane.deploy([step("A", **more), step("B")], ["S -> A", "A -> B"])
    execution = await plane.start()
    return execution, (await worker.claim())["A/1"]


async def test_a_result_behind_a_cancel_is_busy_then_refused(plane: Plane, session: OpenSession) -> None:
    worker = await plane.worker()
    execution, held = await claimed(plane, worker)
    canceller = await session()
    async with canceller.held_open():
        await canceller.control.cancel(execution)
        assert (await worker.exchange(completed(held))) == (["busy"], [])
    assert (await worker.exchange(completed(held))) == (["IL002"], [])
    assert await plane.visits(execution) == {"A/1": "cancelled"}


async def test_the_third_try_waits_for_the_cancel_and_then_is_refused(plane: Plane, session: OpenSession) -> None:
    first, second = await session(), await session()
    worker = await plane.worker(control=second.control)
    execution, held = await claimed(plane, worker)
    async with first.held_open():
        await first.control.cancel(execution)
        answering = await second.blocked(worker.exchange({**completed(held), "tries": 3}))
    assert await answering == (["IL002"], [])


async def test_a_result_behind_a_cancel_that_is_rolled_back_counts(plane: Plane, session: OpenSession) -> None:
    first, second = await session(), await session()
    worker = await plane.worker(control=second.control)
    execution, held = await claimed(plane, worker)
    async with first.held_open(rolled_back=True):
        await first.control.cancel(execution)
        answering = await second.blocked(worker.exchange({**completed(held), "tries": 3}))
    assert (await answering)[0] == ["ok"]
    assert await plane.visits(execution) == {"A/1": "completed", "B/1": "pending"}


async def test_a_cancel_behind_a_result_cancels_what_followed_from_it(plane: Plane, session: OpenSession) -> None:
    reporter, canceller = await session(), await session()
    worker = await plane.worker(control=reporter.control)
    execution, held = await claimed(plane, worker)
    async with reporter.held_open():
        await worker.report(completed(held))
        cancelling = await canceller.blocked(canceller.control.cancel(execution))
    assert await cancelling
    assert await plane.visits(execution) == {"A/1": "completed", "B/1": "cancelled"}
    assert await plane.status(execution) == "cancelled"


async def test_a_cancel_behind_the_last_result_finds_the_execution_completed(plane: Plane, session: OpenSession) -> None:
    reporter, canceller = await session(), await session()
    worker = await plane.worker(control=reporter.control)
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    held = (await worker.claim())["A/1"]
    async with reporter.held_open():
        await worker.report(completed(held))
        cancelling = await canceller.blocked(canceller.control.cancel(execution))
    assert not await cancelling
    assert await plane.status(execution) == "completed"


async def test_a_result_that_comes_during_its_timeout_is_too_late(plane: Plane, session: OpenSession) -> None:
    worker = await plane.worker()
    execution, held = await claimed(plane, worker, timeout_seconds=10)
    await plane.pass_time(11, tick=False)
    ticker = await session()
    async with ticker.held_open():
        await ticker.control.tick()
        assert (await worker.exchange(completed(held)))[0] == ["busy"]
    assert (await worker.exchange(completed(held)))[0] == ["IL002"]
    assert (await plane.execution(execution))["error"]["code"] == "timed_out"


async def test_a_timeout_skips_what_is_being_reported(plane: Plane, session: OpenSession) -> None:
    reporter = await session()
    worker = await plane.worker(control=reporter.control)
    execution, held = await claimed(plane, worker, timeout_seconds=10)
    await plane.pass_time(11, tick=False)
    async with reporter.held_open():
        await worker.report(completed(held))
        assert (await plane.control.tick()).moved["timers"] == 0
    await plane.control.tick()
    assert await plane.visits(execution) == {"A/1": "completed", "B/1": "pending"}


async def test_giving_up_a_worker_waits_for_its_exchange(plane: Plane, session: OpenSession) -> None:
    reporter, ticker = await session(), await session()
    worker = await plane.worker(lease=10, control=reporter.control)
    execution, held = await claimed(plane, worker)
    await plane.pass_time(11, tick=False)
    async with reporter.held_open():
        await worker.report(completed(held))
        giving_up = await ticker.blocked(ticker.control.tick())
    assert (await giving_up).moved["lost_workers"] == 1
    assert await plane.visits(execution) == {"A/1": "completed", "B/1": "pending"}
    assert await plane.attempts(execution) == [], "nothing was lost"


async def test_giving_up_a_worker_takes_back_what_its_exchange_claimed(plane: Plane, session: OpenSession) -> None:
    claimer, ticker = await session(), await session()
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    worker = await plane.worker(lease=10, control=claimer.control)
    await plane.pass_time(11, tick=False)
    async with claimer.held_open():
        assert list(await worker.claim()) == ["A/1"]
        giving_up = await ticker.blocked(ticker.control.tick())
    await giving_up
    assert await plane.visits(execution) == {"A/1": "pending"}


async def test_an_exchange_is_refused_once_its_worker_was_given_up(plane: Plane, session: OpenSession) -> None:
    ticker, reporter = await session(), await session()
    worker = await plane.worker(lease=10, control=reporter.control)
    execution, held = await claimed(plane, worker)
    await plane.pass_time(11, tick=False)
    async with ticker.held_open():
        await ticker.control.tick()
        reporting = await reporter.blocked(worker.exchange(completed(held)))
    with pytest.raises(WorkerLost):
        await reporting
    assert await plane.visits(execution) == {"A/1": "pending"}


async def test_a_result_is_refused_once_another_worker_holds_the_assignment(plane: Plane, session: OpenSession) -> None:
    """The old holder and the new one report at once: only the result of the new one counts, whichever comes first."""
    old, new = await plane.worker(lease=10), await session()
    execution, held = await claimed(plane, old)
    await plane.pass_time(11)
    holder = await plane.worker(control=new.control)
    again = (await holder.claim())["A/1"]
    async with new.held_open():
        await holder.report(completed(again, {"by": "new"}))
        with pytest.raises(WorkerLost):
            await old.exchange(completed(held, {"by": "old"}))
    assert (await plane.visit(execution, "A/1"))["output"] == {"by": "new"}


@pytest.mark.parametrize("join", ["all", "first", {"count": 2}, "each"], ids=str)
async def test_two_results_for_one_join_both_count(plane: Plane, session: OpenSession, join: object) -> None:
    await plane.deploy([step("A"), step("B"), step("J", join=join)], ["S -> A", "S -> B", "A -> J", "B -> J"])
    execution = await plane.start()
    left, right = await session(), await session()
    first, second = await plane.worker(control=left.control), await plane.worker(control=right.control)
    _, [a] = await first.exchange(limit=1)
    _, [b] = await second.exchange(limit=1)
    async with left.held_open():
        await first.report(completed(a, {"a": 1}))
        assert (await second.exchange(completed(b, {"b": 2})))[0] == ["busy"], "nobody waits at the first try"
        waiting = await right.blocked(second.exchange({**completed(b, {"b": 2}), "tries": 3}))
    assert (await waiting)[0] == ["ok"]
    visits = {name: status for name, status in (await plane.visits(execution)).items() if name.startswith("J")}
    assert visits == ({"J/1": "pending", "J/2": "pending"} if join == "each" else {"J/1": "pending"})
    done = await first.work()
    assert done == sorted(visits)
    assert await plane.status(execution) == "completed"


async def test_two_results_of_different_executions_do_not_wait_for_each_other(plane: Plane, session: OpenSession) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    await plane.control.start_executions("flow", [{}, {}])
    left = await session()
    first, second = await plane.worker(control=left.control), await plane.worker()
    _, [a] = await first.exchange(limit=1)
    _, [b] = await second.exchange(limit=1)
    async with left.held_open():
        await first.report(completed(a))
        assert (await second.exchange(completed(b)))[0] == ["ok"]


async def test_a_result_behind_a_suspend_is_recorded_and_what_follows_stands_still(plane: Plane, session: OpenSession) -> None:
    operator, reporter = await session(), await session()
    worker = await plane.worker(control=reporter.control)
    execution, held = await claimed(plane, worker)
    async with operator.held_open():
        await operator.control.suspend(execution)
        reporting = await reporter.blocked(worker.exchange({**completed(held), "tries": 3}, limit=5))
    assert await reporting == (["ok"], [])
    assert await worker.claim() == {}
    await plane.control.continue_(execution)
    assert list(await worker.claim()) == ["B/1"]


async def test_a_suspend_behind_a_result_holds_back_what_followed_from_it(plane: Plane, session: OpenSession) -> None:
    reporter, operator = await session(), await session()
    worker = await plane.worker(control=reporter.control)
    execution, held = await claimed(plane, worker)
    async with reporter.held_open():
        await worker.report(completed(held))
        suspending = await operator.blocked(operator.control.suspend(execution))
    await suspending
    assert await worker.claim() == {}


async def test_a_tick_skips_an_execution_whose_result_is_being_recorded(plane: Plane, session: OpenSession) -> None:
    await plane.deploy([step("A"), flow("W", "WAIT", {"seconds": 10}), step("J")], ["S -> A", "S -> W", "A -> J", "W -> J"])
    execution = await plane.start(n=1)
    reporter = await session()
    worker = await plane.worker(control=reporter.control)
    held = (await worker.claim())["A/1"]
    await plane.pass_time(11, tick=False)
    async with reporter.held_open():
        await worker.report(completed(held, {"a": 1}))
        assert (await plane.control.tick()).moved["timers"] == 0
    assert (await plane.control.tick()).moved["timers"] == 1
    assert (await worker.claim())["J/1"].input == {"a": 1, "n": 1}
    assert await plane.status(execution) == "running"


async def test_a_result_behind_a_tick_is_busy_and_counts_when_it_is_sent_again(plane: Plane, session: OpenSession) -> None:
    await plane.deploy([step("A"), flow("W", "WAIT", {"seconds": 10}), step("J")], ["S -> A", "S -> W", "A -> J", "W -> J"])
    await plane.start(n=1)
    worker, ticker = await plane.worker(), await session()
    held = (await worker.claim())["A/1"]
    await plane.pass_time(11, tick=False)
    async with ticker.held_open():
        assert (await ticker.control.tick()).moved["timers"] == 1
        assert (await worker.exchange(completed(held, {"a": 1})))[0] == ["busy"]
    assert (await worker.exchange(completed(held, {"a": 1})))[0] == ["ok"]
    assert (await worker.claim())["J/1"].input == {"a": 1, "n": 1}


async def test_a_deadline_skips_an_execution_whose_result_is_being_recorded(plane: Plane, session: OpenSession) -> None:
    await plane.deploy([step("A")], ["S -> A"], timeout_seconds=10)
    execution = await plane.start()
    reporter = await session()
    worker = await plane.worker(control=reporter.control)
    held = (await worker.claim())["A/1"]
    await plane.pass_time(11, tick=False)
    async with reporter.held_open():
        await worker.report(completed(held))
        assert (await plane.control.tick()).moved["deadlines"] == 0
    await plane.control.tick()
    assert await plane.status(execution) == "completed"


async def test_a_failure_behind_the_cancel_of_its_visit_is_refused(plane: Plane, session: OpenSession) -> None:
    worker = await plane.worker()
    execution, held = await claimed(plane, worker, retry={"max_attempts": 3})
    operator = await session()
    async with operator.held_open():
        await operator.control.cancel_assignment(execution, held.assignment_id)
        assert (await worker.exchange(failed(held)))[0] == ["busy"]
    assert (await worker.exchange(failed(held), result(held, "released")))[0] == ["IL002", "IL002"]
    assert await plane.visits(execution) == {"A/1": "cancelled"}
