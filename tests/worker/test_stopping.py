"""SIGTERM drains, a second one hands back."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from interlock.worker import Worker
from tests.worker.engine import Engine, until

ROOT = Path(__file__).parents[2]


async def test_a_draining_worker_finishes_what_is_under_way_and_claims_nothing(engine: Engine) -> None:
    await engine.deploy("gates", {"a": "GATE", "b": "GATE"})
    async with engine.worker(queues={"default": 2}) as worker:
        first = await engine.start("gates", {}, {})
        await until(lambda: engine.nodes.gate.under_way == 2)
        later = await engine.start("gates", {})
        worker.stop()
        engine.nodes.gate.opened.set()
        await until(lambda: has_stopped(engine, worker))
    for execution in first:
        assert (await engine.visit(execution, "a"))["status"] == "completed"
        assert (await engine.visit(execution, "b"))["status"] == "pending"  # not claimed any more
    assert (await engine.visit(later[0], "a"))["status"] == "pending"
    assert engine.nodes.gate.cancelled == []


async def test_a_second_stop_hands_back_what_is_under_way(engine: Engine) -> None:
    await engine.deploy("gates", {"a": "GATE"})
    async with engine.worker(queues={"default": 2}) as worker:
        started = await engine.start("gates", {}, {}, {})
        await until(lambda: engine.nodes.gate.under_way == 2)
        worker.stop()
        worker.stop()
        await until(lambda: has_stopped(engine, worker))
    for execution in started:
        visit = await engine.visit(execution, "a")
        assert (visit["status"], visit["attempt"], visit["loss_count"]) == ("pending", 1, 0)
        assert await engine.attempts(execution) == []  # neither an error nor a loss
    assert engine.nodes.gate.cancelled == [True, True]
    engine.nodes.gate.opened.set()
    async with engine.worker():
        assert {execution["status"] for execution in await engine.ended(*started)} == {"completed"}


async def test_an_executor_that_ignores_its_cancellation_is_handed_back_as_well(engine: Engine) -> None:
    await engine.deploy("stubborn", {"a": "STUBBORN"})
    async with engine.worker(hand_back_seconds=1.0) as worker:
        [execution] = await engine.start("stubborn", {})
        await until(lambda: len(engine.nodes.stubborn.came) == 1)
        worker.stop()
        worker.stop()
        await until(lambda: has_stopped(engine, worker))
        assert (await engine.visit(execution, "a"))["status"] == "pending"
        engine.nodes.stubborn.opened.set()


async def has_stopped(engine: Engine, worker: Worker) -> bool:
    return bool(await engine.rows("select from interlock.workers where id = %s and status = 'stopped'", worker.worker_id))


PROGRAM = """
import asyncio, json, sys
from interlock.worker import Worker, WorkerSettings
from tests.worker.executors import TestNodes

async def main():
    await Worker(WorkerSettings(**json.loads(sys.argv[1])), TestNodes().factory).run_until_signalled()

asyncio.run(main())
"""


@asynccontextmanager
async def worker_process(engine: Engine, chaos: str = "") -> AsyncIterator[asyncio.subprocess.Process]:
    settings = json.dumps({"database_url": engine.url, "queues": {"default": 5}, "heartbeat_seconds": 0.3, "lease_seconds": 1})
    environment = os.environ | ({"INTERLOCK_CHAOS": chaos} if chaos else {})
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", PROGRAM, settings, cwd=ROOT, env=environment)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def running_count(engine: Engine) -> int:
    count: int = await engine.one("select count(*) from interlock.assignments where status = 'running'")
    return count


async def test_sigterm_drains_and_a_second_one_hands_back(engine: Engine) -> None:
    await engine.deploy("gates", {"a": "GATE"})
    started = await engine.start("gates", {}, {})

    async def both_are_running() -> bool:
        return await running_count(engine) == 2

    async with worker_process(engine) as process:
        await until(both_are_running)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(60):
            assert await process.wait() == 0
    for execution in started:
        assert (await engine.visit(execution, "a"))["status"] == "pending"
    assert await engine.one("select status from interlock.workers") == "stopped"


async def test_d19_another_worker_executes_what_a_killed_one_held(engine: Engine) -> None:
    """D19: any worker, any time, by the lease alone; D22: what was claimed is in one place all the time."""
    await engine.deploy("gates", {"a": "GATE"})
    started = await engine.start("gates", {}, {})

    async def both_are_running() -> bool:
        return await running_count(engine) == 2

    async with worker_process(engine) as process:
        await until(both_are_running)
        process.kill()
        await process.wait()
        engine.nodes.gate.opened.set()
        async with engine.worker():
            ended = await engine.ended(*started)
    assert {execution["status"] for execution in ended} == {"completed"}
    for execution in started:
        [attempt] = await engine.attempts(execution)
        assert attempt["outcome"] == "lost"


@pytest.mark.parametrize("point", ["in_drain", "in_hand_back", "before_stop"])
async def test_a_worker_that_dies_while_it_stops_loses_no_work(engine: Engine, point: str) -> None:
    await engine.deploy("gates", {"a": "GATE"})
    started = await engine.start("gates", {"n": 1}, {"n": 2})

    async def both_are_running() -> bool:
        return await running_count(engine) == 2

    async with worker_process(engine, chaos=point) as process:
        await until(both_are_running)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(60):
            assert await process.wait() == 137
    engine.nodes.gate.opened.set()
    async with engine.worker():
        ended = await engine.ended(*started)
    assert [execution["output"] for execution in ended] == [{"a": {"n": 1}}, {"a": {"n": 2}}]


async def test_a_worker_dies_at_every_chaos_point_and_work_is_neither_lost_nor_repeated(engine: Engine) -> None:
    """A process dies at each point in turn, and another worker finishes what it held."""
    await engine.deploy("chain", {"a": "ECHO", "b": "ECHO"})
    for point in (
        "before_register",
        "after_register",
        "before_exchange",
        "before_report",
        "after_exchange_sent",
        "after_reply",
        "after_claim",
        "before_execute",
        "after_execute",
    ):
        started = await engine.start("chain", *({"n": number} for number in range(3)))
        async with worker_process(engine, chaos=point) as process, asyncio.timeout(60):
            assert await process.wait() == 137, point
        async with engine.worker():
            ended = await engine.ended(*started)
        assert [execution["output"] for execution in ended] == [{"b": {"n": number}} for number in range(3)], point
    assert await engine.one("select count(*) from interlock.assignments where status <> 'completed'") == 0
