"""A program that has the database is told of the ends of executions, and finds them by itself where no notification arrives."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import open_pool
from interlock.errors import ExecutionNotFound
from interlock.insight import end_listener, ended_executions
from interlock.insight.ended_executions import EndedExecutions
from tests.controlplane.plane import Plane, completed
from tests.model.graphs import step
from tests.worker.engine import until
from tests.worker.pgbouncer import running_pgbouncer, until_listening
from tests.worker.proxy import Proxy

SECONDS = 60
LISTENING = "select count(*) from pg_stat_activity where query ilike 'listen%%' and datname = current_database()"
NEVER = 3600.0
Ended = AsyncIterator[EndedExecutions]


@pytest.fixture
def asks_never(monkeypatch: pytest.MonkeyPatch) -> None:
    """It asks once for each execution, and then only knows what is announced."""
    monkeypatch.setattr(ended_executions, "ASK_SECONDS", NEVER)
    monkeypatch.setattr(ended_executions, "LONGEST_ASK_SECONDS", NEVER)


@asynccontextmanager
async def listening(pool: AsyncConnectionPool[Any]) -> Ended:
    async with EndedExecutions(pool) as ended:
        await ended.until_listening(SECONDS)
        assert ended.is_listening
        yield ended


async def waits(ended: EndedExecutions, execution: UUID) -> "asyncio.Task[str]":
    """Begins to wait; returns when it has asked once and found the execution open."""
    task: asyncio.Task[str] = asyncio.create_task(ended.wait(execution, timeout_seconds=SECONDS))
    await until(lambda: execution in ended._waiting and not ended._to_ask)
    return task


async def cancelled(plane: Plane) -> UUID:
    execution = await plane.start()
    await plane.control.cancel(execution)
    return execution


@pytest.fixture
async def flow(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])


@pytest.mark.usefixtures("asks_never", "flow")
async def test_all_who_wait_are_told_at_once_of_a_thousand_ends(pool: AsyncConnectionPool[Any], plane: Plane) -> None:
    started = [one.execution_id for one in await plane.control.start_executions("flow", [{}] * 1000) if one.execution_id]
    worker = await plane.worker()
    _, claimed = await worker.exchange(limit=1000)
    async with listening(pool) as ended:
        tasks = [await waits(ended, started[0])] + [asyncio.create_task(ended.wait(execution, timeout_seconds=SECONDS)) for execution in started]
        await until(lambda: len(ended._waiting) == 1000 and not ended._to_ask)
        await worker.report(*(completed(held) for held in claimed))
        assert await asyncio.gather(*tasks) == ["completed"] * 1001
        assert not ended._waiting


@pytest.mark.usefixtures("asks_never", "flow")
async def test_an_end_before_the_waiting_is_found_whether_it_was_announced_or_not(pool: AsyncConnectionPool[Any], plane: Plane) -> None:
    before = await cancelled(plane)
    async with listening(pool) as ended:
        assert await ended.wait(before, timeout_seconds=SECONDS) == "cancelled"
        announced = await cancelled(plane)
        await until(lambda: announced in ended._announced)
        assert await ended.wait(announced, timeout_seconds=SECONDS) == "cancelled"


@pytest.mark.usefixtures("flow")
async def test_what_does_not_exist_or_does_not_end_is_said(pool: AsyncConnectionPool[Any], plane: Plane) -> None:
    async with EndedExecutions(pool) as ended:
        with pytest.raises(ExecutionNotFound):
            await ended.wait(uuid4(), timeout_seconds=SECONDS)
        execution = await plane.start()
        with pytest.raises(TimeoutError):
            await ended.wait(execution, timeout_seconds=0.05)
        assert not ended._waiting
        waiting = await waits(ended, execution)
    with pytest.raises(asyncio.CancelledError):
        await waiting


@pytest.mark.usefixtures("flow")
async def test_it_is_registered_while_it_is_open(pool: AsyncConnectionPool[Any], plane: Plane) -> None:
    async with listening(pool):
        assert await plane.value("select count(*) from interlock.listeners") == 1
    assert await plane.value("select count(*) from interlock.listeners") == 0
    async with asyncio.timeout(SECONDS):  # the server ends its side a moment later
        while await plane.value(LISTENING):  # noqa: ASYNC110  the server does not tell
            await asyncio.sleep(0.01)


@pytest.mark.usefixtures("asks_never", "flow")
async def test_after_a_lost_connection_it_looks_once_for_what_it_missed(pool: AsyncConnectionPool[Any], plane: Plane) -> None:
    async with listening(pool) as ended:
        waiting = await waits(ended, await plane.start())
        missed = next(iter(ended._waiting))
        await plane.execute("select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%%' and datname = current_database()")
        await plane.control.cancel(missed)
        assert await waiting == "cancelled"
        await until(lambda: ended.is_listening)
        told = await plane.start()
        waiting = await waits(ended, told)
        await plane.control.cancel(told)
        assert await waiting == "cancelled"


@pytest.mark.usefixtures("flow")
async def test_while_the_connection_is_lost_it_asks(database_url: str, pool: AsyncConnectionPool[Any], plane: Plane) -> None:
    async with Proxy(database_url).running() as proxy, open_pool(proxy.url) as through:
        way = AsyncConnectionPool(database_url, open=False, min_size=1, kwargs={"autocommit": True})
        async with way:
            through_only_listening = _ListensElsewhere(way, through)
            async with listening(through_only_listening) as ended:  # type: ignore[arg-type]  # all that is asked of a pool
                proxy.cut()
                await until(lambda: not ended.is_listening)
                execution = await plane.start()
                waiting = await waits(ended, execution)
                await plane.control.cancel(execution)
                assert await waiting == "cancelled"
                assert not ended.is_listening
                proxy.restore()
                await until(lambda: ended.is_listening)


class _ListensElsewhere:
    """A pool whose listening connection, beside it, leads through a proxy."""

    def __init__(self, pool: AsyncConnectionPool[Any], beside: AsyncConnectionPool[Any]) -> None:
        self.connection = pool.connection
        self.conninfo, self.kwargs, self.connection_class = beside.conninfo, beside.kwargs, beside.connection_class


@pytest.mark.usefixtures("flow")
async def test_behind_a_pooler_in_transaction_mode_it_asks_and_is_never_registered(
    database_url: str, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(end_listener, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(end_listener, "FIRST_TRY_SECONDS", 0.01)
    with running_pgbouncer(database_url) as url:
        await until_listening(int(str(conninfo_to_dict(url)["port"])))
        async with open_pool(url) as pooled, EndedExecutions(pooled) as ended:
            listener = ended._tasks[0]
            await until(listener.done)
            assert not ended.is_listening
            assert await plane.value("select count(*) from interlock.listeners") == 0
            execution = await plane.start()
            waiting = await waits(ended, execution)
            await plane.control.cancel(execution)
            assert await waiting == "cancelled"


@pytest.mark.usefixtures("flow")
async def test_a_user_who_may_only_read_executions_asks(database_url: str, plane: Plane, connection: psycopg.AsyncConnection) -> None:
    role = f"reader_{uuid4().hex[:8]}"
    await connection.execute(sql.SQL("create role {} login password 'reader'").format(sql.Identifier(role)))
    try:
        await connection.execute(sql.SQL("grant interlock_reader to {}").format(sql.Identifier(role)))
        await connection.execute(sql.SQL("alter role {} set interlock.workspace = '1'").format(sql.Identifier(role)))
        async with open_pool(make_conninfo(database_url, user=role, password="reader")) as pool, EndedExecutions(pool) as ended:
            execution = await plane.start()
            waiting = await waits(ended, execution)
            await plane.control.cancel(execution)
            assert await waiting == "cancelled"
            assert not ended.is_listening
    finally:
        await connection.execute(sql.SQL("drop owned by {0}; drop role {0}").format(sql.Identifier(role)))


@pytest.mark.usefixtures("asks_never", "flow")
async def test_a_notification_that_nobody_can_read_is_passed_over(pool: AsyncConnectionPool[Any], plane: Plane) -> None:
    async with listening(pool) as ended:
        execution = await plane.start()
        waiting = await waits(ended, execution)
        for payload in ("", "completed", "completed x", f"running {execution}", f"{execution}"):
            await plane.execute("select pg_notify('execution_ended', %s)", payload)
        other = await plane.start()
        await plane.control.cancel(other)
        await until(lambda: other in ended._announced)
        assert not waiting.done()
        await plane.control.cancel(execution)
        assert await waiting == "cancelled"


@pytest.mark.usefixtures("flow")
async def test_the_ends_remembered_are_bounded_and_the_oldest_go_first(
    pool: AsyncConnectionPool[Any], plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ended_executions, "REMEMBERED", 3)
    async with listening(pool) as ended:
        executions = [await cancelled(plane) for _ in range(5)]
        await until(lambda: executions[-1] in ended._announced)
        assert list(ended._announced) == executions[-3:]
        assert await ended.wait(executions[0], timeout_seconds=SECONDS) == "cancelled"
