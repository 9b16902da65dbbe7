"""NOTIFY: at most once a transaction, and only when an idle worker needs to wake."""

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import pytest

from tests.conftest import Connect
from tests.controlplane.plane import Plane, completed, failed
from tests.model.graphs import flow, step

Heard = Callable[[], Awaitable[list[str]]]


@pytest.fixture
async def heard(connect: Connect) -> Heard:
    """Returns the notifications since its last call."""
    listener: psycopg.AsyncConnection = await connect()
    await listener.execute("listen workflow_changes")
    number = 0

    async def since() -> list[str]:
        nonlocal number
        number += 1
        await listener.execute("select pg_notify('workflow_changes', %s)", (f"end {number}",))
        found: list[str] = []
        async with asyncio.timeout(60):
            async for notice in listener.notifies():
                if notice.payload == f"end {number}":
                    return found
                found.append(notice.payload)
        return found

    return since


async def test_nobody_is_woken_when_nobody_is_idle(plane: Plane, heard: Heard) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    await plane.start()
    worker = await plane.worker()
    await plane.start()
    assert await heard() == [], "it has never reported capacity"
    await worker.exchange(limit=2)
    await plane.start()
    assert await heard() == [], "it has no capacity left"


async def test_an_idle_worker_is_woken_once_for_a_batch(plane: Plane, heard: Heard) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    worker = await plane.worker()
    await worker.claim()
    await plane.control.start_executions("flow", [{}] * 30)
    assert await heard() == ["test"]


async def test_only_for_queues_that_it_serves(plane: Plane, heard: Heard) -> None:
    await plane.deploy([step("A", queue="heavy")], ["S -> A"])
    worker = await plane.worker("test")
    await worker.claim()
    await plane.start()
    assert await heard() == []


async def test_a_worker_does_not_wake_itself(plane: Plane, heard: Heard) -> None:
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    await plane.start()
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    await worker.exchange(completed(held), limit=5)
    assert await heard() == []
    other = await plane.worker()
    await other.claim()
    await plane.start()
    held = (await worker.claim())["A/1"]
    await heard()
    await worker.exchange(completed(held), limit=0)
    assert await heard() == ["test"], "what it leaves is for others"


async def test_everything_that_makes_work_wakes(plane: Plane, heard: Heard) -> None:
    await plane.deploy([step("A", retry={"max_attempts": 9, "initial_seconds": 0}), flow("W", "WAIT", {"seconds": 9}), step("B")],
                       ["S -> A", "S -> W", "W -> B"])  # fmt: skip
    idle = await plane.worker()
    await idle.claim()
    execution = await plane.start()
    assert await heard() == ["test"]
    await plane.control.suspend(execution)
    assert await heard() == []
    await plane.control.continue_(execution)
    assert await heard() == ["test"]
    busy = await plane.worker(lease=10)
    held = (await busy.claim())["A/1"]
    await heard()
    await plane.pass_time(9.5)
    assert await heard() == ["test"], "a timer"
    await busy.report(failed(held))
    assert await heard() in ([], ["test"]), "a retry comes by the clock"
    await busy.claim()
    await heard()
    await plane.pass_time(11)
    assert await heard() == ["test"], "a lost worker"
    await plane.control.cancel(execution)
    assert await heard() == []
    await plane.control.retry(execution)
    assert await heard() == ["test"], "a retry by hand"


async def test_nothing_is_notified_before_the_commit(plane: Plane, heard: Heard, connect: Connect) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    await (await plane.worker()).claim()
    connection = await connect()
    async with connection.transaction(force_rollback=True):
        await connection.execute("select interlock.start_executions('flow', '[{}]')")
    assert await heard() == []
