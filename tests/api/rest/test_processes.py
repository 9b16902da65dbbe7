"""API processes that are killed, restarted or stopped while a client watches, and a database that goes away."""

import asyncio
from pathlib import Path

import httpx
import psycopg
import pytest

from interlock.cli.serving import worker_settings, working
from interlock.embedded import Server
from tests.api.conftest import Serve
from tests.api.rest.processes import ApiProcess, api_process
from tests.api.rest.requests import problem_of
from tests.api.rest.workflows import Event, chain, check_whole, run, save, watching
from tests.api.serving import PATIENCE_SECONDS, admin_key, serving
from tests.conftest import Connect
from tests.worker.engine import until


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


async def _counts(connection: psycopg.AsyncConnection, statement: str) -> bool:
    return (await (await connection.execute(statement.encode())).fetchone()) != (0,)


async def test_a_request_that_has_begun_is_answered_though_the_process_is_asked_to_stop(
    database_url: str, tmp_path: Path, connection: psycopg.AsyncConnection
) -> None:
    headers = {"Authorization": f"Bearer {await admin_key(database_url)}"}
    waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    with api_process(database_url, tmp_path) as process:
        async with httpx.AsyncClient(base_url=await _served(process), headers=headers, timeout=PATIENCE_SECONDS) as client:
            await save(client, chain())
            async with connection.transaction():
                await connection.execute("lock table interlock.executions in access exclusive mode")
                asked = asyncio.create_task(client.post("/api/v1/workflows/chain/run", json={}))
                await until(lambda: _counts(connection, waits))
                stopping = asyncio.create_task(asyncio.to_thread(process.stop))
                await asyncio.sleep(0.2)  # less than a call waits for a lock
                assert not asked.done()
            assert (await asked).status_code == 202
            assert await stopping == 0, process.said
            with pytest.raises(httpx.TransportError):
                await client.get("/healthz")


async def test_a_process_uses_at_most_eighteen_connections(
    database_url: str, tmp_path: Path, connection: psycopg.AsyncConnection, connect: Connect
) -> None:
    """Also while every call waits and somebody watches."""
    headers = {"Authorization": f"Bearer {await admin_key(database_url)}"}
    used = "select count(*) from pg_stat_activity where datname = current_database() and pid <> all(%s)"
    looking = await connect()
    ours = [connection.info.backend_pid, looking.info.backend_pid]
    most = 0
    with api_process(database_url, tmp_path) as process:
        async with httpx.AsyncClient(base_url=await _served(process), headers=headers, timeout=PATIENCE_SECONDS) as client:
            await save(client, chain())
            execution = await run(client)
            async with asyncio.timeout(PATIENCE_SECONDS), watching(client, execution) as events:
                await anext(events)
                async with connection.transaction():
                    for table in ("executions", "workflows", "users", "workers", "credentials", "assignments"):
                        await connection.execute(f"lock table interlock.{table} in access exclusive mode".encode())
                    paths = ("executions", "workflows", "users", "workers", "credentials", "assignments")
                    asked = [asyncio.create_task(client.get(f"/api/v1/{path}")) for path in paths * 12]
                    while not all(one.done() for one in asked):
                        most = max(most, (await (await looking.execute(used, [ours])).fetchone() or (0,))[0])
                        await asyncio.sleep(0.02)
                    await asyncio.gather(*asked)
    assert 10 <= most <= 18, most


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
