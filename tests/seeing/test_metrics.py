"""`/metrics` as Prometheus reads it, while executions wait, run and fail."""

import asyncio
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import httpx
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from interlock.api.models.users import Role
from interlock.nodes import NodeExecutorFactory
from interlock.worker import Worker, WorkerSettings
from tests.api.conftest import Serve

Samples = dict[str, list[tuple[dict[str, str], float]]]


def chain(name: str, *nodes: dict[str, Any]) -> dict[str, Any]:
    begin = {"id": "begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"}
    ids = ["begin", *[node["id"] for node in nodes]]
    return {"name": name, "nodes": [begin, *nodes], "connections": [{"from": one, "to": two} for one, two in pairwise(ids)]}


QUICK = {"id": "quick", "type": "ACTION_NODE", "subtype": "RUN_CODE", "parameters": {"code": "1"}}
BROKEN = {"id": "broken", "type": "ACTION_NODE", "subtype": "RUN_CODE", "parameters": {"code": "1 / 0"}, "on_error": "continue"}
LONG = {"id": "long", "type": "FLOW_NODE", "subtype": "WAIT", "parameters": {"seconds": 3600}}
ELSEWHERE = {**QUICK, "id": "elsewhere", "queue": "nobody"}


async def scrape(client: httpx.AsyncClient) -> Samples:
    answer = await client.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    samples: Samples = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            samples.setdefault(sample.name, []).append((sample.labels, sample.value))
    return samples


def value(samples: Samples, name: str, **labels: str) -> float:
    """The sum of the samples that have these labels."""
    return sum(number for of, number in samples.get(name, []) if labels.items() <= of.items())


async def until(client: httpx.AsyncClient, holds: Callable[[Samples], bool]) -> Samples:
    async with asyncio.timeout(60):
        while True:
            samples = await scrape(client)
            if holds(samples):
                return samples
            await asyncio.sleep(0.2)


async def start(client: httpx.AsyncClient, definition: dict[str, Any], times: int = 1) -> None:
    saved = await client.post("/api/v1/workflows", json={"definition": definition})
    assert saved.status_code == 201, saved.text
    for _ in range(times):
        assert (await client.post(f"/api/v1/workflows/{definition['name']}/run", json={})).status_code == 202


async def test_queue_depth_claim_lag_attempts_and_waits(serve: Serve, database_url: str) -> None:
    api = await serve()
    client = await api.client()
    await start(client, chain("Quick", QUICK), times=3)
    await start(client, chain("Broken", BROKEN), times=2)
    await start(client, chain("Long", LONG))
    await start(client, chain("Elsewhere", ELSEWHERE))

    before = await scrape(client)
    assert value(before, "interlock_queue_depth", queue="default", state="due") == 5
    assert value(before, "interlock_queue_depth", queue="nobody", state="due") == 1
    assert value(before, "interlock_claim_lag_seconds", queue="nobody") > 0
    assert value(before, "interlock_executions_open", status="waiting") == 1

    worker = Worker(WorkerSettings(database_url=database_url, heartbeat_seconds=0.2), NodeExecutorFactory.from_entry_points())
    running = asyncio.create_task(worker.run())
    try:
        after = await until(client, lambda samples: value(samples, "interlock_attempts_total") >= 5)
    finally:
        worker.stop()
        await running
    assert value(after, "interlock_attempts_total", outcome="completed") == 3
    assert value(after, "interlock_attempts_total", outcome="failed") == 2
    assert value(after, "interlock_claims_total") == 5
    assert value(after, "interlock_worker_alive") == 1
    assert value(after, "interlock_ticks_total") >= 1
    assert value(after, "interlock_exchanges_total") >= 1
    assert value(after, "interlock_queue_depth", queue="default") == 0
    assert value(after, "interlock_queue_depth", queue="nobody", state="due") == 1
    assert value(after, "interlock_assignments_waiting") == 1
    assert value(after, "interlock_api_request_seconds_count", operation="run_workflow", face="rest", code="ok") >= 7


async def test_losses_and_overdue_timers(serve: Serve, connection: psycopg.AsyncConnection) -> None:
    """A worker claims and falls silent. First nothing calls tick, then the test does."""
    client = await (await serve()).client()
    await start(client, chain("Quick", QUICK))
    await connection.execute(
        "select interlock.register_worker('00000000-0000-4000-8000-000000000001', 'silent', '{default}', 1, '{}')",
    )
    await connection.execute("select interlock.exchange('00000000-0000-4000-8000-000000000001', 1, '[]', '{default}', '{10}')")
    assert value(await scrape(client), "interlock_assignments_running", queue="default") == 1
    assert value(await scrape(client), "interlock_losses_total") == 0
    await start(client, chain("Long", {**LONG, "parameters": {"seconds": 1}}))
    await connection.execute("insert into interlock.test_clock (shift) values ('3 seconds')")
    assert value(await scrape(client), "interlock_tick_overdue_seconds") > 0.5

    await connection.execute("select interlock.tick(100)")
    samples = await scrape(client)
    assert value(samples, "interlock_losses_total", worker="silent") == 1
    assert value(samples, "interlock_worker_alive", worker="silent") == 0
    assert value(samples, "interlock_tick_overdue_seconds") == 0


async def test_only_roles_that_see_the_overview_may_read_the_metrics(serve: Serve) -> None:
    api = await serve()
    assert (await (await api.client(None)).get("/metrics")).status_code == 401
    assert (await (await api.client(Role.ANNOTATOR)).get("/metrics")).status_code == 403
    assert (await (await api.client(Role.VIEWER)).get("/metrics")).status_code == 200


async def run_elsewhere(client: httpx.AsyncClient, times: int) -> None:
    """Starts executions whose work waits in a queue that no worker serves, and one that waits for a time."""
    await start(client, chain("Elsewhere", ELSEWHERE), times)
    await start(client, chain("Long", LONG))


async def test_what_belongs_to_a_workspace_has_its_name(serve: Serve) -> None:
    api = await serve()
    red = await api.make_workspace("red")
    await run_elsewhere(await api.client(), 2)
    await run_elsewhere(await api.client(workspace_id=red), 3)
    samples = await scrape(await api.client())
    for workspace, count in {"default": 2, "red": 3}.items():
        assert value(samples, "interlock_queue_depth", workspace=workspace, queue="nobody", state="due") == count
        assert value(samples, "interlock_claim_lag_seconds", workspace=workspace, queue="nobody") > 0
        assert value(samples, "interlock_executions_open", workspace=workspace, status="running") == count
        assert value(samples, "interlock_executions_open", workspace=workspace, status="waiting") == 1
        assert value(samples, "interlock_assignments_waiting", workspace=workspace, wait_for="time") == 1
        assert value(samples, "interlock_executions_suspended", workspace=workspace) == 0


async def test_each_workspace_sees_its_own_metrics_and_an_admin_of_the_installation_all(serve: Serve, connection: psycopg.AsyncConnection) -> None:
    api = await serve()
    red = await api.make_workspace("red")
    await run_elsewhere(await api.client(), 1)
    await run_elsewhere(await api.client(workspace_id=red), 1)
    await connection.execute("select interlock.register_worker('00000000-0000-4000-8000-000000000001', 'watched', '{default}', 60, '{}')")

    def workspaces(samples: Samples) -> set[str]:
        return {labels["workspace"] for family in samples.values() for labels, _ in family if "workspace" in labels}

    def sees_installation(samples: Samples) -> list[bool]:
        return [bool(samples.get(name)) for name in ("interlock_worker_alive", "interlock_api_request_seconds_count")]

    for role in (Role.ADMIN, Role.VIEWER):
        samples = await scrape(await api.client(role, red))
        assert (workspaces(samples), sees_installation(samples)) == ({"red"}, [False, False])
    samples = await scrape(await api.client(Role.VIEWER))
    assert (workspaces(samples), sees_installation(samples)) == ({"default"}, [True, True])
    small = await api.client(None)
    small.headers["Authorization"] = f"Bearer {await api.make_key(await api.person(Role.ADMIN), Role.VIEWER)}"
    for client in (small, await api.client(Role.ADMIN)):
        samples = await scrape(client)
        assert (workspaces(samples), sees_installation(samples)) == ({"default", "red"}, [True, True])


async def test_the_number_of_series_is_bounded_and_executions_of_the_other_workspaces_are_counted_together(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interlock.insight.metrics.SERIES_LIMIT", 3)
    api = await serve()
    for number in range(5):
        client = await api.client(workspace_id=await api.make_workspace(f"team-{number}"))
        await start(client, chain("Elsewhere", ELSEWHERE), times=number + 1)
    samples = await scrape(await api.client())
    open_now = {labels["workspace"]: count for labels, count in samples["interlock_executions_open"]}
    assert open_now == {"team-4": 5, "team-3": 4, "team-2": 3, "(others)": 3}
    assert len(samples["interlock_claim_lag_seconds"]) == 3
