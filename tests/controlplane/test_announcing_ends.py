"""The ends of executions are announced, after the commit, to listeners; without a listener they are not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import psycopg
import pytest

from interlock.controlplane import migrate
from interlock.errors import BadRequest
from tests.conftest import Connect
from tests.controlplane.plane import Held, Plane, completed, failed
from tests.controlplane.test_cost import OneConnection
from tests.model.graphs import flow, step
from tests.servers import TestServer

Announced = Callable[[], Awaitable[list[tuple[str, set[str]]]]]


@asynccontextmanager
async def announcements(listener: psycopg.AsyncConnection) -> AsyncIterator[Announced]:
    """Yields a function that returns what was announced since its last call: statuses with ids."""
    await listener.execute("listen execution_ended")
    number = 0

    async def since() -> list[tuple[str, set[str]]]:
        nonlocal number
        number += 1
        await listener.execute("select pg_notify('execution_ended', %s)", (f"mark {number}",))
        found: list[tuple[str, set[str]]] = []
        async with asyncio.timeout(60):
            async for notice in listener.notifies():
                status, _, ids = notice.payload.partition(" ")
                if (status, ids) == ("mark", str(number)):
                    break
                assert len(notice.payload.encode()) < 8000
                found.append((status, set(ids.split(","))))
        return found

    yield since


@pytest.fixture
async def announced(connect: Connect) -> AsyncIterator[Announced]:
    async with announcements(await connect()) as since:
        yield since


async def test_without_a_listener_nothing_is_announced(plane: Plane, announced: Announced) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    await plane.start()
    await (await plane.worker()).work()
    await plane.control.cancel(await plane.start())
    assert await announced() == []


async def test_every_way_to_end_is_announced_with_its_status(plane: Plane, announced: Announced) -> None:
    await plane.control.register_listener(uuid4(), "test", 60)
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    await plane.deploy([step("A"), flow("E", "END")], ["S -> A", "A -> E"], name="with an end")
    await plane.deploy([flow("E", "FAIL", {"message": "no"})], ["S -> E"], name="that fails at once")
    await plane.deploy([step("A")], ["S -> A"], name="with a deadline", timeout_seconds=5)
    worker = await plane.worker()

    done = await plane.start()
    await worker.work()
    assert await announced() == [("completed", {str(done)})]

    done = await plane.start("with an end")
    await worker.work()
    assert ("completed", {str(done)}) in await announced()

    broken = await plane.start()
    await worker.report(failed((await worker.claim())["A/1"], retryable=False))
    assert ("failed", {str(broken)}) in await announced()

    broken = await plane.start("that fails at once")
    assert ("failed", {str(broken)}) in await announced()

    cancelled = await plane.start()
    await plane.control.cancel(cancelled)
    assert await announced() == [("cancelled", {str(cancelled)})]

    late = await plane.start("with a deadline")
    await plane.pass_time(10)
    assert await announced() == [("timed_out", {str(late)})]


async def test_what_goes_on_is_not_announced(plane: Plane, announced: Announced) -> None:
    await plane.control.register_listener(uuid4(), "test", 60)
    await plane.deploy([step("A"), step("B"), flow("W", "WAIT", {"seconds": 60})], ["S -> A", "S -> B", "A -> W"])
    await plane.start()
    await (await plane.worker()).work()
    assert await announced() == []


async def test_a_thousand_that_end_at_once_are_announced_in_parts_and_each_once(plane: Plane, announced: Announced) -> None:
    await plane.control.register_listener(uuid4(), "test", 60)
    await plane.deploy([step("A")], ["S -> A"])
    started = await plane.control.start_executions("flow", [{}] * 1000)
    worker = await plane.worker()
    claimed: list[Held] = (await worker.exchange(limit=1000))[1]
    await worker.report(*(completed(held) for held in claimed))
    found = await announced()
    assert len(found) == 5
    assert sum(len(ids) for _, ids in found) == 1000
    assert set.union(*(ids for _, ids in found)) == {str(one.execution_id) for one in started}


async def test_a_lease_that_ran_out_does_not_count_and_is_swept(plane: Plane, announced: Announced) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    gone = uuid4()
    assert await plane.control.register_listener(gone, "gone", 10)
    assert not await plane.control.register_listener(gone, "gone", 10)
    await plane.pass_time(11, tick=False)
    await plane.control.cancel(await plane.start())
    assert await announced() == []
    assert await plane.control.register_listener(gone, "gone", 10), "it may have missed ends"
    await plane.control.cancel(await plane.start())
    assert len(await announced()) == 1
    await plane.pass_time(11, tick=False)
    other = uuid4()
    await plane.control.register_listener(other, "other", 10)
    assert [row["id"] for row in await plane.rows("select id from interlock.listeners")] == [other]
    await plane.control.remove_listener(other)
    await plane.control.remove_listener(other)
    await plane.control.cancel(await plane.start())
    assert await announced() == []


@pytest.mark.parametrize("seconds", [0, 3601, None])
async def test_a_lease_has_one_second_to_an_hour(plane: Plane, seconds: int) -> None:
    with pytest.raises(BadRequest, match="1 to 3600"):
        await plane.control.register_listener(uuid4(), "test", seconds)


async def test_an_end_is_seen_by_who_is_told_of_it_and_one_that_is_rolled_back_is_not_announced(
    plane: Plane, connect: Connect, announced: Announced
) -> None:
    await plane.control.register_listener(uuid4(), "test", 60)
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    ending = await connect()
    async with ending.transaction(force_rollback=True):
        await ending.execute("select interlock.cancel(%s)", (execution,))
        assert await announced() == []
    assert await announced() == []
    async with ending.transaction():
        await ending.execute("select interlock.cancel(%s)", (execution,))
        assert await announced() == []
    assert await announced() == [("cancelled", {str(execution)})]
    assert await plane.status(execution) == "cancelled"


async def test_another_database_of_the_server_hears_nothing(server: TestServer, plane: Plane, announced: Announced) -> None:
    await plane.control.register_listener(uuid4(), "test", 60)
    await plane.deploy([step("A")], ["S -> A"])
    with server.fresh_database(migrated=False) as url:
        await migrate(url)
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as other, announcements(other) as there:
            await plane.control.cancel(await plane.start())
            assert len(await announced()) == 1
            assert await there() == []


async def test_where_nobody_listens_an_end_reads_the_listeners_once_and_a_step_never(connection: psycopg.AsyncConnection) -> None:
    plane = Plane(OneConnection(connection))  # type: ignore[arg-type]
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    await plane.start()
    worker = await plane.worker()
    first = (await worker.claim())["A/1"]

    async def looks() -> int:
        await connection.execute("select pg_stat_force_next_flush()")
        await connection.execute("select pg_stat_clear_snapshot()")
        return int(await plane.value("select seq_scan + idx_scan from pg_stat_user_tables where relid = 'interlock.listeners'::regclass"))

    before = await looks()
    _, [second] = await worker.exchange(completed(first), limit=1)
    assert await looks() == before
    await worker.report(completed(second))
    assert await looks() == before + 1
    assert await plane.status(UUID(second.row["execution_id"])) == "completed"
