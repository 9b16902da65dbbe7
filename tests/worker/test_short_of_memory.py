"""A node for which a worker has not enough memory fails, and the others go on."""

import asyncio
import json
import os
import resource
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.left_out import leave_out
from tests.worker.engine import Engine, Row
from tests.worker.test_stopping import PROGRAM, ROOT

MORE_BYTES = 300_000_000
"""What a worker may take beside what it has when it begins."""
TOO_MUCH = 3_000_000_000


@pytest.fixture(autouse=True)
def limits() -> None:
    """Only Linux limits the memory of a process as these tests need it."""
    if sys.platform != "linux":
        leave_out("the system limits no memory of processes")


@asynccontextmanager
async def limited_workers(engine: Engine) -> AsyncIterator[list[int | None]]:
    """One worker process after the other, as `interlock up` starts them. The system refuses them much memory, as where no swap is left.

    Returns the exit codes of those that ended.
    """
    codes: list[int | None] = []
    settings = json.dumps({"database_url": engine.url, "queues": {"default": 20}, "heartbeat_seconds": 0.3, "lease_seconds": 3})

    async def supervise() -> None:
        while True:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", PROGRAM, settings, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}
            )
            try:
                await engine.ended(*await engine.start("echo", {}))
                resource.prlimit(process.pid, resource.RLIMIT_DATA, (data_of(process.pid) + MORE_BYTES, resource.RLIM_INFINITY))
                codes.append(await process.wait())
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()

    supervising = asyncio.create_task(supervise())
    try:
        yield codes
        assert not supervising.done(), supervising
    finally:
        supervising.cancel()
        await asyncio.gather(supervising, return_exceptions=True)


def data_of(pid: int) -> int:
    """The bytes of memory of its own that a process has asked for."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmData")) * 1024


async def run_beside_others(engine: Engine, subtype: str) -> tuple[list[Row], list[int | None]]:
    """Starts three that take too much, and hundreds of others. Returns the three, when all have ended, and how workers ended."""
    await engine.deploy("hungry", {"a": subtype})
    await engine.deploy("echo", {"a": "ECHO", "b": "ECHO"})
    given = [{"number": number, "text": "x" * 20_000} for number in range(200)]
    async with limited_workers(engine) as codes:
        await engine.ended(*await engine.start("echo", {}))
        others = await engine.start("echo", *given)
        hungry = await engine.start("hungry", *[{"bytes": TOO_MUCH}] * 3)
        others += await engine.start("echo", *given)
        failed = await engine.ended(*hungry, seconds=150)
        assert {each["status"] for each in await engine.ended(*others, seconds=60)} == {"completed"}
        [done] = await engine.ended(*await engine.start("hungry", {"bytes": 10_000_000}))
        assert done["output"]["a"]["pieces"] == 152, "less can be had"
    return failed, codes


async def test_a_node_that_takes_all_memory_of_its_own_process_fails_and_nothing_else_does(engine: Engine) -> None:
    failed, codes = await run_beside_others(engine, "HUNGRY_APART")
    assert codes == []
    for each in failed:
        assert (each["status"], each["error"]["code"]) == ("failed", "out_of_memory")
        assert each["error"]["message"] == "there was not enough memory for this node"
        assert "--queue NAME=LIMIT" in each["error"]["hint"]


async def test_a_node_that_takes_all_memory_of_the_worker_fails_and_the_others_go_on_in_the_worker_that_follows(engine: Engine) -> None:
    failed, codes = await run_beside_others(engine, "HUNGRY")
    for each in failed:
        assert each["status"] == "failed"
        assert each["error"]["code"] in {"out_of_memory", "worker_lost"}, each["error"]
    assert codes, "nobody knows what else found no memory, so each such worker ends"
