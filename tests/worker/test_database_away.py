"""The database is slow, away, restarted, or forgets to answer (D20, D55: back-pressure instead of failure)."""

import asyncio
import os
import signal

import pytest
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import migrate
from interlock.embedded import Server
from interlock.worker import Worker
from tests.worker.engine import Engine, connection_count, terminate_workers, until
from tests.worker.executors import TestNodes
from tests.worker.proxy import Proxy


async def test_a_worker_goes_on_by_itself_when_the_database_returns(engine: Engine, proxy: Proxy) -> None:
    await engine.deploy("gates", {"a": "GATE", "b": "ECHO"})
    async with engine.worker(database_url=proxy.url, lease_seconds=30) as worker:
        started = await engine.start("gates", *({"n": number} for number in range(10)))
        await until(lambda: engine.nodes.gate.under_way == 10)
        proxy.cut()
        engine.nodes.gate.opened.set()
        await until(lambda: worker.held_count == 0)
        await until(lambda: proxy.connections_refused > 5)
        assert (await engine.visit(started[0], "a"))["status"] == "running"  # nobody could be told yet
        proxy.restore()
        ended = await engine.ended(*started)
    assert [execution["output"] for execution in ended] == [{"b": {"n": number}} for number in range(10)]
    assert len(engine.nodes.gate.came) == 10  # nothing was done twice


@pytest.mark.parametrize(("seconds", "least", "most"), [(0.05, 40, 1000), (1, 2, 25)])
async def test_a_database_that_is_away_is_asked_as_often_as_the_settings_say(
    engine: Engine, proxy: Proxy, seconds: float, least: int, most: int
) -> None:
    """`retry_first_seconds` is the first pause of each of the worker's four or five connections, `retry_most_seconds` the longest."""
    async with engine.worker(database_url=proxy.url, lease_seconds=30, heartbeat_seconds=1, retry_first_seconds=seconds, retry_most_seconds=seconds):
        proxy.cut()
        await asyncio.sleep(2)
        assert least <= proxy.connections_refused <= most, proxy.connections_refused
        proxy.restore()


@pytest.mark.parametrize("occurrence", [1, 2, 3])
async def test_a_lost_reply_neither_loses_nor_repeats_work(engine: Engine, proxy: Proxy, occurrence: int) -> None:
    """The exchange is committed and its reply never arrives. The worker sends the same request again and gets the same reply."""
    await engine.deploy("chain", {"a": "GATE", "b": "GATE"})
    engine.nodes.gate.opened.set()
    async with engine.worker(database_url=proxy.url):
        for _ in range(occurrence):
            proxy.lose_reply_to(b"interlock_exchange")
            await engine.ended(*await engine.start("chain", {"n": 1}, {"n": 2}))
    assert proxy.replies_lost == occurrence
    assert len(engine.nodes.gate.came) == 4 * occurrence
    assert await engine.one("select count(*) from interlock.assignments where status <> 'completed'") == 0


async def test_a_worker_leaves_a_silent_connection_for_a_new_one(engine: Engine, proxy: Proxy) -> None:
    """Neither an error nor an answer arrives. Each part notices it by itself and connects again."""
    await engine.deploy("gates", {"a": "GATE"})
    async with engine.worker(database_url=proxy.url, reply_seconds=0.5, lease_seconds=30):
        started = await engine.start("gates", {"n": 1}, {"n": 2})
        await until(lambda: engine.nodes.gate.under_way == 2)
        proxy.freeze()
        engine.nodes.gate.opened.set()
        ended = await engine.ended(*started, seconds=30)
    assert [execution["output"] for execution in ended] == [{"a": {"n": 1}}, {"a": {"n": 2}}]


async def test_every_connection_may_be_ended_by_the_server_at_any_time(engine: Engine) -> None:
    await engine.deploy("chain", {"a": "ECHO", "b": "ECHO"})
    async with engine.worker():
        for part in ("exchange", "heartbeat", "listener", "shared", "%") * 2:
            started = await engine.start("chain", {"n": 1}, {"n": 2})
            await terminate_workers(engine, part)
            await engine.ended(*started)


async def test_d55_a_worker_never_has_more_than_five_connections(engine: Engine, proxy: Proxy) -> None:
    await engine.deploy("chain", {f"n{number}": "ECHO" for number in range(4)})
    most = 0
    async with engine.worker(database_url=proxy.url, lease_seconds=30):
        for away in (False, True, True, False):
            started = await engine.start("chain", *({"n": number} for number in range(100)))
            if away:
                refused = proxy.connections_refused
                proxy.cut()
                await until(lambda refused=refused: proxy.connections_refused >= refused + 4)  # type: ignore[misc]
                proxy.restore()
            waiting = asyncio.create_task(engine.ended(*started))
            while not waiting.done():
                most = max(most, await connection_count(engine))
                await asyncio.sleep(0.002)
            await waiting
    assert most == 5


async def test_a_worker_may_start_before_its_database_is_there(engine: Engine, proxy: Proxy) -> None:
    await engine.deploy("chain", {"a": "ECHO"})
    started = await engine.start("chain", {})
    proxy.cut()

    async def restore() -> None:
        await until(lambda: proxy.connections_refused >= 3)
        proxy.restore()

    restoring = asyncio.create_task(restore())
    async with engine.worker(database_url=proxy.url):
        await engine.ended(*started)
    await restoring


async def test_d20_postgres_is_killed_and_restarted_in_the_middle_of_it(private_server: Server) -> None:
    await migrate(private_server.url)
    nodes = TestNodes()
    async with AsyncConnectionPool(private_server.url, min_size=0, max_size=4, open=False, kwargs={"autocommit": True}) as pool:
        engine = Engine(private_server.url, pool, nodes)
        await engine.deploy("gates", {"a": "ECHO", "b": "GATE", "c": "ECHO"})
        async with engine.worker(lease_seconds=30) as worker:
            started = await engine.start("gates", *({"n": number} for number in range(30)))
            await until(lambda: nodes.gate.under_way == 30)
            pid = int((private_server.data_folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])
            os.kill(pid, signal.SIGKILL)
            nodes.gate.opened.set()
            await until(lambda: worker.held_count == 0)
            await private_server.ensure_running()
            await pool.check()
            ended = await engine.ended(*started)
        assert [execution["output"] for execution in ended] == [{"c": {"n": number}} for number in range(30)]
        assert len(nodes.gate.came) == 30


async def test_a_worker_that_is_stopped_while_the_database_is_away_ends_in_time(engine: Engine, proxy: Proxy) -> None:
    await engine.deploy("gates", {"a": "GATE"})
    worker = Worker(engine.settings(database_url=proxy.url, hand_back_seconds=0.5), engine.nodes.factory)
    running = asyncio.create_task(worker.run())
    await engine.start("gates", {})
    await until(lambda: worker.held_count == 1)
    proxy.cut()
    worker.stop()
    worker.stop()
    with pytest.raises(TimeoutError, match="did not answer"):
        await asyncio.wait_for(running, 30)
