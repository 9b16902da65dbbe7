"""API processes that are killed, restarted or stopped while a client watches, and a database that goes away."""

import asyncio
from pathlib import Path

import httpx
import pytest

from interlock.cli.serving import worker_settings, working
from interlock.embedded import Server
from tests.api.conftest import Serve
from tests.api.rest.processes import ApiProcess, api_process
from tests.api.rest.requests import problem_of
from tests.api.rest.workflows import Event, chain, check_whole, run, save, watching
from tests.api.serving import PATIENCE_SECONDS, admin_key, serving


async def _served(process: ApiProcess) -> str:
    return await asyncio.to_thread(lambda: process.url)


async def test_a_killed_process_costs_a_watcher_no_event(database_url: str, tmp_path: Path) -> None:
    headers = {"Authorization": f"Bearer {await admin_key(database_url)}"}
    seen: list[Event] = []
    with api_process(database_url, tmp_path) as first:
        async with httpx.AsyncClient(base_url=await _served(first), headers=headers, timeout=PATIENCE_SECONDS) as client:
            await save(client, chain())
            execution = await run(client)
            async with asyncio.timeout(PATIENCE_SECONDS), watching(client, execution) as events:
                seen += [await anext(events), await anext(events)]
                first.kill()
                with pytest.raises(httpx.RemoteProtocolError):
                    seen += [event async for event in events]
        port = int(str(client.base_url.port))
    async with working(worker_settings(database_url, [], name="test", lease_seconds=30)):
        with api_process(database_url, tmp_path, port=port) as second:
            async with httpx.AsyncClient(base_url=await _served(second), headers=headers, timeout=PATIENCE_SECONDS) as client:
                async with asyncio.timeout(PATIENCE_SECONDS), watching(client, execution, seen[-1].id) as events:
                    seen += [event async for event in events]
                async with asyncio.timeout(PATIENCE_SECONDS), watching(client, execution) as events:
                    final = {event.id async for event in events}
    check_whole(seen)
    assert final <= {event.id for event in seen}


async def test_a_process_that_is_asked_to_stop_ends_its_streams_and_goes(database_url: str, tmp_path: Path) -> None:
    headers = {"Authorization": f"Bearer {await admin_key(database_url)}"}
    with api_process(database_url, tmp_path) as process:
        async with httpx.AsyncClient(base_url=await _served(process), headers=headers, timeout=PATIENCE_SECONDS) as client:
            await save(client, chain())
            execution = await run(client)
            async with asyncio.timeout(PATIENCE_SECONDS), watching(client, execution) as events:
                await anext(events)
                stopping = asyncio.create_task(asyncio.to_thread(process.stop))
                left = [event async for event in events]
            assert "end" not in {event.kind for event in left}
            assert await stopping == 0, process.said


async def test_without_its_database_the_api_says_so_and_comes_back(private_server: Server) -> None:
    from interlock.controlplane import migrate

    await migrate(private_server.url)
    async with serving(private_server.url) as api:
        client = await api.client()
        assert (await client.get("/readyz")).status_code == 200
        await private_server.stop()
        for path in ("/readyz", "/api/v1/executions"):
            answer = await _until_status(client, path, 503)
            problem_of(answer, 503, "IL090")
            assert int(answer.headers["retry-after"]) > 0
        assert (await client.get("/healthz")).status_code == 200
        await private_server.start()
        await _until_status(client, "/readyz", 200)
        assert (await _until_status(client, "/api/v1/executions", 200)).json()["items"] == []


async def test_a_database_without_the_schema_is_not_ready(serve: Serve, empty_database_url: str) -> None:
    async with serving(empty_database_url) as api:
        client = await api.client(None)
        problem = problem_of(await client.get("/readyz"), 503, "IL093")
        assert "interlock migrate" in problem.hint


async def _until_status(client: httpx.AsyncClient, path: str, status: int) -> httpx.Response:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            answer = await client.get(path)
            if answer.status_code == status:
                return answer
            await asyncio.sleep(0.1)
