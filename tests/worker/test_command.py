"""`interlock worker` as a service: it waits for its database, and every line of its log is JSON where JSON was asked for."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from interlock.controlplane import migrate
from tests.cli.command import COMMAND, ROOT, clean_environment
from tests.worker.proxy import Proxy


class Service:
    """A running `interlock` command whose log is read line by line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def until_logged(self, event: str) -> dict[str, Any]:
        """The next log line about this event; every line before it must be JSON too."""
        assert self._process.stderr is not None
        async with asyncio.timeout(60):
            while line := await self._process.stderr.readline():
                logged: dict[str, Any] = json.loads(line)
                if logged.get("event") == event:
                    return logged
        raise AssertionError(f"the process ended and never logged {event}")

    async def stop(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            return await self._process.wait()


@asynccontextmanager
async def service(*arguments: str, **environment: str) -> AsyncIterator[Service]:
    process = await asyncio.create_subprocess_exec(
        str(COMMAND), *arguments, "--log", "json", stderr=asyncio.subprocess.PIPE, env=clean_environment() | environment, cwd=ROOT
    )
    try:
        yield Service(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_worker_waits_for_a_database_that_is_away_and_logs_json(proxy: Proxy) -> None:
    proxy.cut()
    async with service("worker", "--database", proxy.url) as worker:
        assert (await worker.until_logged("database_away"))["level"] == "warning"
        proxy.restore()
        await worker.until_logged("registered")
        assert await worker.stop() == 0


async def test_up_waits_for_a_given_database_that_is_away_and_logs_json(proxy: Proxy) -> None:
    proxy.cut()
    async with service("up", "--port", "0", "--json", "--database", proxy.url) as installation:
        assert (await installation.until_logged("database_away"))["process_name"] == "up"
        proxy.restore()
        await installation.until_logged("registered")
        assert await installation.stop() == 0


async def test_a_worker_that_is_stopped_while_it_waits_ends_at_once(proxy: Proxy) -> None:
    proxy.cut()
    async with service("worker", "--database", proxy.url) as worker:
        await worker.until_logged("database_away")
        assert await worker.stop() == 143


async def test_a_worker_waits_for_the_schema_and_says_how_to_make_it(empty_database_url: str) -> None:
    async with service("worker", "--database", empty_database_url) as worker:
        assert "interlock migrate" in (await worker.until_logged("database_away"))["message"]
        await migrate(empty_database_url)
        await worker.until_logged("registered")
        assert await worker.stop() == 0


@pytest.mark.parametrize("command", ["worker", "up --port 0", "api --port 0", "tick"])
async def test_a_service_that_cannot_go_on_logs_why_as_json(command: str) -> None:
    async with service(*command.split(), "--database", "postgresql://[nowhere") as ended:
        logged = await ended.until_logged("ended_by_problem")
    assert (logged["level"], logged["exit_code"]) == ("error", 6)
    assert logged["hint"]


async def test_a_worker_of_a_workspace_that_there_is_not_ends_and_says_so(database_url: str) -> None:
    async with service("worker", "--workspace", "default", "--workspace", "nobody", "--database", database_url) as ended:
        logged = await ended.until_logged("ended_by_problem")
    assert "nobody" in logged["message"]
    async with service("worker", "--database", database_url, INTERLOCK_WORKER_WORKSPACES="default anybody") as ended:
        logged = await ended.until_logged("ended_by_problem")
    assert "anybody" in logged["message"]
