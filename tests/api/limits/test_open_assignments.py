"""A user may have so many assignments open in the executions that they started; more of them are refused, with when to come again."""

import asyncio
from typing import Any

import grpc
import httpx
import psycopg

from interlock.api.models.users import Role
from tests.api.grpc.client import Client
from tests.api.limits.conftest import ServeBoth
from tests.api.limits.test_near import overview
from tests.api.limits.test_requests import client_of
from tests.api.rest.requests import problem_of
from tests.api.rest.workflows import chain, run, save
from tests.seeing.test_metrics import scrape, value

RUN = "/api/v1/workflows/chain/run"


async def start(client: httpx.AsyncClient, **body: Any) -> httpx.Response:
    return await client.post(RUN, json=body)


async def test_a_user_with_too_much_under_way_is_refused_over_rest_and_grpc_and_accepted_again_when_something_ended(serve_both: ServeBoth) -> None:
    served = await serve_both(user_assignments=3)
    admin, person = await served.api.client(), await served.api.make_person(Role.EDITOR)
    client = await client_of(served, person, Role.EDITOR)
    over_grpc = Client((await served.client()).channel, authorization=client.headers["Authorization"])
    await save(admin, chain())
    executions = [await run(client, idempotency_key=f"{number}") for number in range(3)]

    refused = await start(client)
    problem = problem_of(refused, 429, "IL062")
    assert problem.detail == (
        f"{person.email} has too much under way: the limit of a user is 3 open assignments, and with this start it would be more. Try again in 5 s."
    )
    assert (problem.details, problem.retryable, refused.headers["Retry-After"]) == ("user_assignments", True, "5")
    assert "INTERLOCK_USER_ASSIGNMENTS" in (problem.hint or "")
    same = await over_grpc.problem("run_workflow", workflow="chain")
    assert (same.code, same.reason, same.message, same.retry_seconds) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "IL062", problem.detail, 5)
    test = {"definition": chain("tried")}
    problem_of(await client.post("/api/v1/workflows/test", json=test), 429, "IL062")
    listed = (await client.get("/api/v1/executions", params={"tests": "include"})).json()["items"]
    assert len(listed) == 3, "what was refused is not there"
    assert (await start(client, idempotency_key="1")).json() == {"execution_id": executions[1], "created": False}
    assert await run(admin), "somebody else is refused"
    samples = await scrape(admin)
    assert value(samples, "interlock_api_refusals_total", workspace="default", limit="user_assignments") == 3
    assert (await overview(client))[-1] == ("warning", f"{person.email} has 3 of 3 assignments open that a user may have")

    await client.post(f"/api/v1/executions/{executions[0]}/cancel", json={})
    again = f"/api/v1/executions/{executions[0]}/retry"
    assert (await client.post(again, json={"from_node": "one"})).status_code == 202
    problem_of(await client.post(again, json={"from_node": "one"}), 429, "IL062")
    await client.post(f"/api/v1/executions/{executions[1]}/cancel", json={})
    assert (await client.post("/api/v1/workflows/test", json=test)).status_code == 202
    problem_of(await start(client), 429, "IL062")


async def test_starts_at_once_never_pass_the_limit_of_their_user(serve_both: ServeBoth, connection: psycopg.AsyncConnection) -> None:
    served = await serve_both(user_assignments=7)
    await save(await served.api.client(), chain())
    client = await client_of(served, await served.api.make_person(Role.EDITOR), Role.EDITOR)
    statuses = [answer.status_code for answer in await asyncio.gather(*(start(client) for _ in range(30)))]
    assert (statuses.count(202), statuses.count(429)) == (7, 23)
    cursor = await connection.execute("select count(*) from interlock.assignments where ended_at is null")
    assert await cursor.fetchone() == (7,)


async def test_without_a_limit_nobody_is_counted(serve_both: ServeBoth, connection: psycopg.AsyncConnection) -> None:
    served = await serve_both()
    client = await served.api.client()
    await save(client, chain())
    await run(client)
    cursor = await connection.execute("select count(*) from interlock.user_executions")
    assert await cursor.fetchone() == (0,)
