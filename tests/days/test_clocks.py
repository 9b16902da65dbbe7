"""A database whose zone is not UTC, and clocks that jump."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import AsyncConnectionPool

from interlock.cli.serving import worker_settings, working
from interlock.insight.diagnosis import diagnose
from tests.api.rest.workflows import all_events, chain, run, save
from tests.api.serving import serving
from tests.days.pair import ask
from tests.worker.engine import Engine, until
from tests.worker.executors import TestNodes
from tests.worker.pgbouncer import running_pgbouncer, until_listening

ZONE = "Asia/Kathmandu"
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")
READS = ("workflows", "workflows/chain", "executions", "users", "api-keys", "session", "workers", "overview", "credentials", "audit")


@asynccontextmanager
async def _way_to(url: str, way: str) -> AsyncIterator[str]:
    if way == "direct":
        yield url
        return
    with running_pgbouncer(url) as pooled:
        await until_listening(int(str(conninfo_to_dict(pooled)["port"])))
        yield pooled


def _times(value: Any) -> Iterator[str]:
    """The times in an answer, however deep."""
    if isinstance(value, dict):
        for item in value.values():
            yield from _times(item)
    elif isinstance(value, list):
        for item in value:
            yield from _times(item)
    elif isinstance(value, str) and TIME.match(value):
        yield value


@pytest.mark.parametrize("way", ["direct", "pooled"])
async def test_times_in_answers_end_in_z_whatever_zone_the_database_has(database_url: str, way: str) -> None:
    name = conninfo_to_dict(database_url)["dbname"]
    await ask(database_url, f"alter database {name} set timezone = '{ZONE}'")
    assert await ask(database_url, "show timezone") == ZONE
    async with _way_to(database_url, way) as url, serving(url) as api:
        client = await api.client()
        await save(client, chain())
        execution = await run(client)
        async with working(worker_settings(url, [], name="test", lease_seconds=30)):
            events = await all_events(client, execution)
        answers = [event.data for event in events]
        paths = [*READS, *(f"executions/{execution}{more}" for more in ("", "/assignments", "/explanation", "/run-data"))]
        found = {path: await client.get(f"/api/v1/{path}") for path in paths}
        answers += [answer.json() for answer in found.values() if answer.status_code == 200]
    times = list(_times(answers))
    assert len(times) > 30, {path: answer.status_code for path, answer in found.items()}
    assert [time for time in times if not time.endswith("Z")] == []


async def test_a_clock_that_jumps_forward_costs_a_worker_its_lease_and_no_execution_its_result(
    database_url: str, pool: AsyncConnectionPool[Any]
) -> None:
    nodes = TestNodes()
    engine = Engine(database_url, pool, nodes)
    await engine.deploy("gates", {"a": "GATE", "b": "ECHO"})
    async with engine.worker(heartbeat_seconds=20, lease_seconds=60) as worker:
        before = worker.worker_id
        started = await engine.start("gates", {"n": 1}, {"n": 2})
        await until(lambda: nodes.gate.under_way == 2)
        await engine.turn(3600)
        await until(lambda: worker.worker_id not in {before, None})
        nodes.gate.opened.set()
        ended = await engine.ended(*started)
    assert [(execution["status"], execution["output"]) for execution in ended] == [("completed", {"b": {"n": 1}}), ("completed", {"b": {"n": 2}})]
    findings = {finding.check: finding for finding in await diagnose(database_url)}
    assert findings["clock"].level == "error"


async def test_a_clock_that_jumps_back_stops_nothing_that_is_due(database_url: str, pool: AsyncConnectionPool[Any]) -> None:
    nodes = TestNodes()
    engine = Engine(database_url, pool, nodes)
    await engine.deploy("gates", {"a": "GATE", "b": "ECHO"})
    async with engine.worker() as worker:
        before = worker.worker_id
        first = await engine.start("gates", {"n": 1})
        await until(lambda: nodes.gate.under_way == 1)
        await engine.turn(-3600)
        second = await engine.start("gates", {"n": 2})
        await until(lambda: nodes.gate.under_way == 2)
        nodes.gate.opened.set()
        ended = await engine.ended(*first, *second)
        assert worker.worker_id == before
    assert {execution["status"] for execution in ended} == {"completed"}


async def test_a_sign_in_and_a_key_outlive_a_clock_that_jumps_back(database_url: str, pool: AsyncConnectionPool[Any]) -> None:
    async with serving(database_url) as api:
        client: httpx.AsyncClient = await api.client()
        browser = await api.browser(await api.person())
        await Engine(database_url, pool, TestNodes()).turn(-3600)
        for one in (client, browser):
            assert (await one.get("/api/v1/executions")).status_code == 200
