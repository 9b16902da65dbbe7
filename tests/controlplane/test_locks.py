"""Keys held by hand, by visits and by executions: their holders are counted from what is open, so no lock leaks."""

from typing import Any
from uuid import UUID

import pytest

from interlock.errors import BadRequest
from tests.controlplane.plane import Plane, completed, failed
from tests.model.graphs import flow, step


async def acquire(plane: Plane, key: str, holder: str, seconds: int = 300) -> bool:
    return bool(await plane.value("select interlock.acquire_workflow_lock(%s, %s, %s)", key, holder, seconds))


async def held(plane: Plane, key: str) -> bool:
    return bool(await plane.value("select interlock.has_workflow_lock(%s)", key))


async def test_the_four_functions_of_the_seed(plane: Plane) -> None:
    assert not await held(plane, "k")
    assert await acquire(plane, "k", "ann")
    assert await held(plane, "k")
    assert not await acquire(plane, "k", "bob")
    assert await acquire(plane, "k", "ann"), "the holder renews"
    assert not await plane.value("select interlock.release_workflow_lock('k', 'bob')")
    assert await plane.value("select interlock.release_workflow_lock('k', 'ann')")
    assert not await plane.value("select interlock.release_workflow_lock('k', 'ann')")
    assert await acquire(plane, "k", "bob")


async def test_a_lock_expires_and_its_token_grows(plane: Plane) -> None:
    await acquire(plane, "k", "ann", 10)
    first = await plane.value("select token from interlock.locks where lock_key = 'k'")
    await acquire(plane, "k", "ann", 10)
    assert await plane.value("select token from interlock.locks where lock_key = 'k'") == first
    await plane.pass_time(11)
    assert not await held(plane, "k")
    assert await acquire(plane, "k", "bob")
    assert await plane.value("select token from interlock.locks where lock_key = 'k'") == first + 1
    assert not await plane.value("select interlock.release_workflow_lock('k', 'ann')")


@pytest.mark.parametrize(("key", "holder", "seconds"), [("k", "ann", 0), ("k", "ann", -5), ("k", "", 10)])
async def test_a_lock_needs_a_holder_and_a_timeout(plane: Plane, key: str, holder: str, seconds: int) -> None:
    async with plane.pool.connection() as connection:
        with pytest.raises(Exception, match="holder") as caught:
            await connection.execute("select interlock.acquire_workflow_lock(%s, %s, %s)", (key, holder, seconds))
        assert caught.value.sqlstate == BadRequest.code  # type: ignore[attr-defined]


async def locked_node(plane: Plane, **more: Any) -> tuple[UUID, UUID]:
    await plane.deploy([step("A", lock="{{ account }}", **more), step("B")], ["S -> A", "A -> B"])
    first = await plane.start(account="7")
    await plane.pass_time(1, tick=False)
    return first, await plane.start(account="7")


async def test_d39_two_visits_with_one_key_run_one_after_another(plane: Plane) -> None:
    first, second = await locked_node(plane)
    other = await plane.start(account="8")
    worker = await plane.worker()
    _, claimed = await worker.exchange(limit=10)
    assert sorted(one.execution_id for one in claimed) == sorted([first, other])
    assert await held(plane, "7")
    reason = await plane.reason(second, "A")
    assert (reason.reason, reason.details["lock"]) == ("lock_held", "7")
    assert f"node A of execution {first}" in reason.message
    [mine] = [one for one in claimed if one.execution_id == first]
    _, claimed = await worker.exchange(completed(mine), limit=10)
    assert sorted(one.name for one in claimed) == ["A/1", "B/1"]
    assert {one.execution_id for one in claimed if one.name == "A/1"} == {second}
    await worker.report(*map(completed, claimed))
    assert not await held(plane, "7"), "a node's lock ends with its visit"


async def test_a_retry_delay_holds_no_lock(plane: Plane) -> None:
    first, second = await locked_node(plane, retry={"max_attempts": 2, "initial_seconds": 50, "jitter": 0})
    worker = await plane.worker()
    [mine] = (await worker.claim()).values()
    assert mine.execution_id == first
    await worker.report(failed(mine))
    assert not await held(plane, "7")
    await plane.control.tick()
    [other] = (await worker.claim()).values()
    assert other.execution_id == second
    await plane.pass_time(51)
    assert await worker.claim() == {}, "now the second one holds it"
    await worker.report(completed(other))
    assert "A/1" in await worker.claim()


@pytest.mark.parametrize("end", ["cancel", "fail", "lost", "stop"])
async def test_a_lock_is_free_however_its_holder_ends(plane: Plane, end: str) -> None:
    first, second = await locked_node(plane)
    worker = await plane.worker(lease=10)
    [mine] = (await worker.claim()).values()
    assert mine.execution_id == first
    other = await plane.worker()
    assert await other.claim() == {}
    match end:
        case "cancel":
            await plane.control.cancel(first)
        case "fail":
            await worker.report(failed(mine, retryable=False))
        case "lost":
            await plane.control.suspend(first)
            await plane.pass_time(11)
        case _:
            await plane.control.suspend(first)
            await plane.control.stop_worker(worker.id)
    await plane.control.tick()
    [next_one] = (await other.claim()).values()
    assert next_one.execution_id == second


async def test_a_key_held_by_hand_is_waited_for(plane: Plane) -> None:
    await acquire(plane, "7", "ann", 60)
    first, _ = await locked_node(plane)
    worker = await plane.worker()
    assert await worker.claim() == {}
    reason = await plane.reason(first, "A")
    assert reason.message == "The lock 7 is held by ann."
    assert reason.until
    await plane.value("select interlock.release_workflow_lock('7', 'ann')")
    assert [one.execution_id for one in (await worker.claim()).values()] == [first]


async def test_the_tick_notices_a_key_that_expired(plane: Plane) -> None:
    await acquire(plane, "7", "ann", 60)
    await locked_node(plane)
    worker = await plane.worker()
    assert await worker.claim() == {}
    await plane.pass_time(61)
    assert len(await worker.claim()) == 1


async def test_a_lock_without_a_key_is_a_final_error(plane: Plane) -> None:
    await plane.deploy([step("A", lock="{{ account }}", retry={"max_attempts": 3})], ["S -> A"])
    row = await plane.execution(await plane.start())
    assert (row["status"], row["error"]["code"]) == ("failed", "lock_key_missing")


async def test_a_wait_holds_its_lock_as_long_as_it_waits(plane: Plane) -> None:
    await plane.deploy([flow("W", "WAIT", {"seconds": 60}, lock="{{ account }}")], ["S -> W"])
    first, second = await plane.start(account="7"), await plane.start(account="7")
    await plane.control.tick()
    assert sorted([*(await plane.visits(first)).values(), *(await plane.visits(second)).values()]) == ["pending", "waiting"]
    await plane.pass_time(61)
    await plane.control.tick()
    assert sorted([*(await plane.visits(first)).values(), *(await plane.visits(second)).values()]) == ["completed", "waiting"]
    await plane.pass_time(61)
    assert (await plane.status(first), await plane.status(second)) == ("completed", "completed")


async def test_one_open_execution_per_key(plane: Plane) -> None:
    """A workflow's lock is held from start to end."""
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"], lock="{{ account }}")
    first, second = await plane.start(account="7"), await plane.start(account="7")
    assert await plane.status(first) == "pending"
    await plane.control.tick()
    statuses = {first: await plane.status(first), second: await plane.status(second)}
    assert sorted(statuses.values()) == ["pending", "running"]
    running = first if statuses[first] == "running" else second
    waiting = second if running == first else first
    reason = await plane.reason(waiting, "S")
    assert (reason.reason, reason.details["holder"]) == ("lock_held", f"execution {running}")
    worker = await plane.worker()
    assert await worker.work() == ["A/1", "B/1"]
    await plane.control.tick()
    assert await plane.status(waiting) == "running"
    await plane.control.cancel(waiting)
    assert not await held(plane, "7")


async def test_an_execution_without_a_key_for_its_lock_is_refused(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"], lock="{{ account }}")
    items = [{"input": {}, "idempotency_key": "k"}, {"input": {"account": "1"}, "idempotency_key": "k"}]
    missing, good = await plane.control.start_executions("flow", items)
    assert missing.error
    assert missing.error["code"] == "IL008"
    assert good.created


async def test_d36_a_claim_never_leaves_a_slot_behind(plane: Plane) -> None:
    """D36: the holder of a key is derived from open rows; after everything has ended, no key is held."""
    executions = [*(await locked_node(plane))]
    worker = await plane.worker()
    for _ in range(6):
        await worker.work()
        await plane.control.tick()
    assert [await plane.status(one) for one in executions] == ["completed"] * 2
    assert await plane.value("select count(*) from interlock.workflow_locks") == 0
