"""The limits that an operator sets in the environment hold in the process that `interlock api` starts."""

import asyncio
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.api.rest.processes import api_process
from tests.api.rest.requests import problem_of
from tests.api.rest.workflows import chain, run, save, watching
from tests.api.serving import PATIENCE_SECONDS, admin_key


@pytest.mark.parametrize(
    ("whose", "requests", "streams"),
    [
        ("user", "INTERLOCK_USER_REQUESTS", "INTERLOCK_USER_STREAMS"),
        ("workspace", "INTERLOCK_WORKSPACE_REQUESTS", "INTERLOCK_WORKSPACE_STREAMS"),
    ],
)
async def test_requests_and_streams_are_limited_as_the_environment_says(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, connection: psycopg.AsyncConnection, whose: str, requests: str, streams: str
) -> None:
    monkeypatch.setenv(requests, "9")
    monkeypatch.setenv(streams, "2")
    await connection.execute("insert into interlock.workspaces (name, created_at) values ('second', now())")
    headers = {"Authorization": f"Bearer {await admin_key(database_url)}"}
    with api_process(database_url, tmp_path) as process:
        url = await asyncio.to_thread(lambda: process.url)
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=PATIENCE_SECONDS) as client:
            await save(client, chain())
            execution = await run(client)
            async with watching(client, execution) as one, watching(client, execution) as two:
                await asyncio.gather(anext(one), anext(two))
                problem = problem_of(await client.get(f"/api/v1/executions/{execution}/events"), 429, "IL062")
                assert problem.details == f"{whose}_streams"
                assert " 2 event streams" in problem.detail
            answers = await asyncio.gather(*(client.get("/api/v1/node-types") for _ in range(9)))
            problem = problem_of(next(answer for answer in answers if answer.status_code == 429), 429, "IL062")
            assert problem.details == f"{whose}_requests"
            assert " 9 requests a minute" in problem.detail


async def test_open_assignments_of_a_user_are_limited_as_the_environment_says(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTERLOCK_USER_ASSIGNMENTS", "2")
    headers = {"Authorization": f"Bearer {await admin_key(database_url)}"}
    with api_process(database_url, tmp_path) as process:
        url = await asyncio.to_thread(lambda: process.url)
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=PATIENCE_SECONDS) as client:
            await save(client, chain())
            await run(client)
            await run(client)
            problem = problem_of(await client.post("/api/v1/workflows/chain/run", json={}), 429, "IL062")
            assert problem.details == "user_assignments"


async def test_bodies_definitions_and_streams_are_limited_as_the_environment_says(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTERLOCK_BODY_LIMIT", "2000")
    monkeypatch.setenv("INTERLOCK_DEFINITION_LIMIT", "4000")
    monkeypatch.setenv("INTERLOCK_STREAM_LIMIT", "1")
    headers = {"Authorization": f"Bearer {await admin_key(database_url)}"}
    with api_process(database_url, tmp_path) as process:
        url = await asyncio.to_thread(lambda: process.url)
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=PATIENCE_SECONDS) as client:
            await save(client, chain(text="x" * 800))
            too_large = await client.post("/api/v1/workflows", json={"definition": chain("other", text="x" * 1_500)})
            assert "4000 bytes" in problem_of(too_large, 413, "IL050").detail.replace(",", "")
            execution = await run(client, input={"text": "x" * 1_500})
            too_large = await client.post("/api/v1/workflows/chain/run", json={"input": {"text": "x" * 2_500}})
            assert "2000 bytes" in problem_of(too_large, 413, "IL050").detail.replace(",", "")
            async with watching(client, execution) as events:
                await anext(events)
                problem_of(await client.get(f"/api/v1/executions/{execution}/events"), 503, "IL056")
