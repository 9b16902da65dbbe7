"""A workspace that stores as much as its limit allows is refused over REST and gRPC, and no other."""

import asyncio

import grpc
import psycopg

from interlock.nodes import NodeExecutorFactory
from interlock.worker import Worker, WorkerSettings
from tests.api.grpc.client import Problem
from tests.api.limits.conftest import ServeBoth, SetLimit
from tests.api.rest.requests import problem_of
from tests.api.rest.workflows import chain, run, save
from tests.seeing.test_metrics import scrape, value


async def test_starts_and_definitions_are_refused_with_the_limit_and_what_is_used(
    serve_both: ServeBoth, set_limit: SetLimit, connection: psycopg.AsyncConnection
) -> None:
    served = await serve_both()
    workspace = await served.api.make_workspace("busy")
    client, over_grpc = await served.api.client(workspace_id=workspace), await served.client(workspace_id=workspace)
    other = await served.api.client()
    await save(client, chain())
    await save(other, chain())
    execution = await run(client)
    await set_limit(workspace, max_stored_bytes=1)
    await connection.execute("select interlock.measure_workspaces()")

    problem = problem_of(await client.post("/api/v1/workflows/chain/run", json={}), 507, "IL063")
    assert problem.detail is not None
    assert problem.detail.startswith("The workspace busy stores ")
    assert problem.detail.endswith(", and its limit is 1 bytes: it starts no executions and saves no definitions.")
    assert (problem.details, problem.retryable) == ("stored_bytes", False)
    assert problem.hint is not None
    assert problem.hint.startswith(
        "An admin of the installation can raise the limit, which counts at once. What is deleted counts when it is measured again"
    )
    assert (await client.post("/api/v1/workflows/chain/run", json={})).headers["Retry-After"] == "60"
    problem_of(await client.post("/api/v1/workflows", json={"definition": chain("another")}), 507, "IL063")
    problem_of(await client.put("/api/v1/workflows/chain", json={"definition": chain(text="changed")}), 507, "IL063")
    refused: Problem = await over_grpc.problem("run_workflow", workflow="chain")
    assert (refused.code, refused.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "IL063")
    assert refused.message == problem.detail
    assert refused.retry_seconds == 60
    assert (await client.get(f"/api/v1/executions/{execution}")).status_code == 200
    assert (await client.post(f"/api/v1/executions/{execution}/cancel", json={})).status_code == 200
    problem_of(await client.post(f"/api/v1/executions/{execution}/retry", json={"from_node": "one"}), 507, "IL063")
    await save(other, chain("another"))
    await run(other)

    samples = await scrape(other)
    assert value(samples, "interlock_api_refusals_total", workspace="busy", limit="stored_bytes") == 6
    assert value(samples, "interlock_workspace_stored_bytes", workspace="busy") > 1
    await set_limit(workspace)
    await run(client)


async def test_a_worker_measures_what_workspaces_store(
    serve_both: ServeBoth, set_limit: SetLimit, database_url: str, connection: psycopg.AsyncConnection
) -> None:
    served = await serve_both()
    await save(await served.api.client(), chain())
    await set_limit(1, max_stored_bytes=10**9)
    worker = Worker(WorkerSettings(database_url=database_url), NodeExecutorFactory.from_entry_points())
    running = asyncio.create_task(worker.run())
    try:
        async with asyncio.timeout(30):
            while True:
                row = await (await connection.execute("select stored_bytes from interlock.workspaces where id = 1")).fetchone()
                if row is not None and row[0]:
                    break
                await asyncio.sleep(0.1)
    finally:
        worker.stop()
        await running
