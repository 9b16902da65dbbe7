"""A user, or a workspace, that sends too many requests is refused with when to come again, and holds up nobody else."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic

import grpc
import httpx
import psycopg

from interlock.api.models.users import Role
from tests.api.grpc.client import Client, Problem
from tests.api.grpc.conftest import Served
from tests.api.limits.conftest import ServeBoth, SetLimit
from tests.api.rest.requests import problem_of
from tests.api.serving import DEFAULT, Person
from tests.seeing.test_metrics import scrape, value

READ = "/api/v1/node-types"
AT_ONCE = 10
"""How many may come at once where the limit is from 10 to 60 a minute."""


async def send(client: httpx.AsyncClient, times: int) -> Sequence[httpx.Response]:
    """Sends requests all at once; returns those that were refused."""
    answers = await asyncio.gather(*(client.get(READ) for _ in range(times)))
    assert {answer.status_code for answer in answers} <= {200, 429}
    return [answer for answer in answers if answer.status_code == 429]


async def client_of(served: Served, person: Person, role: Role = Role.VIEWER) -> httpx.AsyncClient:
    """A client with a key of this person."""
    client = await served.api.client(None)
    client.headers["Authorization"] = f"Bearer {await served.api.make_key(person, role)}"
    return client


async def until(sent: Callable[[], Awaitable[Sequence[httpx.Response]]], *, refuses: bool) -> None:
    """Sends again and again until something is refused, or nothing."""
    async with asyncio.timeout(20):  # five seconds are promised
        while True:
            if bool(await sent()) is refuses:
                return
            await asyncio.sleep(0.2)


async def call(client: Client) -> Problem | None:
    """Calls over gRPC; returns the problem if it was refused."""
    try:
        await client.call("list_node_types")
    except grpc.aio.AioRpcError:
        return await client.problem("list_node_types")
    return None


async def test_a_user_who_sends_too_much_is_told_which_limit_and_when_to_come_again_and_is_accepted_then(serve_both: ServeBoth) -> None:
    served = await serve_both(user_requests=60)
    flooding, other = await served.api.make_person(Role.VIEWER), await served.api.make_person(Role.VIEWER)
    client = await client_of(served, flooding)
    began = monotonic()
    refused = await send(client, 40)
    assert 40 - AT_ONCE - (monotonic() - began) - 1 <= len(refused) <= 40 - AT_ONCE
    problem = problem_of(refused[-1], 429, "IL062")
    seconds = int(refused[-1].headers["Retry-After"])
    assert problem.detail == f"{flooding.email} reached the limit of 60 requests a minute: try again in {seconds} s"
    assert (problem.details, problem.retryable) == ("user_requests", True)
    assert problem.hint is not None
    assert problem.hint == "wait, then send fewer at a time; the setting INTERLOCK_USER_REQUESTS of the server raises the limit"
    assert not await send(await client_of(served, other), AT_ONCE), "somebody else is refused"
    await asyncio.sleep(seconds)
    assert (await client.get(READ)).status_code == 200


async def test_over_grpc_a_refusal_is_the_same_and_counts_with_those_of_rest(serve_both: ServeBoth) -> None:
    served = await serve_both(user_requests=20)
    person = await served.api.person(Role.VIEWER)
    rest, over_grpc = await served.api.client(Role.VIEWER), await served.client(Role.VIEWER)
    assert not await send(rest, AT_ONCE // 2)
    problems = [await call(over_grpc) for _ in range(AT_ONCE)]
    refused = [problem for problem in problems if problem is not None]
    assert AT_ONCE // 2 - 1 <= len(refused) <= AT_ONCE // 2
    problem = refused[-1]
    assert (problem.code, problem.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "IL062")
    assert problem.metadata["details"] == "user_requests"
    assert problem.message == f"{person.email} reached the limit of 20 requests a minute: try again in {problem.retry_seconds} s"
    assert await send(rest, 1)
    assert problem.retry_seconds is not None
    await asyncio.sleep(problem.retry_seconds)
    assert await call(over_grpc) is None


async def test_a_workspace_that_sends_too_much_is_refused_as_a_whole_and_no_other(serve_both: ServeBoth, set_limit: SetLimit) -> None:
    served = await serve_both()
    busy = await served.api.make_workspace("busy")
    await set_limit(busy, max_requests=60)
    one, two = await served.api.make_person(Role.VIEWER, busy), await served.api.make_person(Role.VIEWER, busy)
    assert len(await send(await client_of(served, one), 40)) > 20
    refused = await send(await client_of(served, two), 5)
    assert refused, "another user of the workspace"
    problem = problem_of(refused[-1], 429, "IL062")
    seconds = int(refused[-1].headers["Retry-After"])
    assert problem.detail == f"the workspace busy reached the limit of 60 requests a minute: try again in {seconds} s"
    assert problem.details == "workspace_requests"
    assert problem.hint is not None
    assert "an admin of the installation can raise the limit" in problem.hint
    for workspace_id in (DEFAULT, await served.api.make_workspace("calm")):
        assert not await send(await served.api.client(Role.VIEWER, workspace_id), 40), "another workspace"


async def test_a_user_of_two_workspaces_counts_once(serve_both: ServeBoth) -> None:
    served = await serve_both(user_requests=20)
    other = await served.api.make_workspace()
    person = await served.api.make_person(Role.VIEWER)
    await served.api.join(person, Role.VIEWER, other)
    here = await client_of(served, person)
    there = await served.api.client(None)
    there.headers["Authorization"] = f"Bearer {await served.api.make_key(person, Role.VIEWER, other)}"
    assert not await send(here, AT_ONCE)
    refused = await send(there, 3)
    assert refused
    assert problem_of(refused[-1], 429, "IL062").details == "user_requests"


async def test_a_user_who_is_refused_does_not_use_up_what_the_workspace_may_send(serve_both: ServeBoth, set_limit: SetLimit) -> None:
    served = await serve_both(user_requests=20)
    busy = await served.api.make_workspace()
    await set_limit(busy, max_requests=120)
    flooding, other = await served.api.make_person(Role.VIEWER, busy), await served.api.make_person(Role.VIEWER, busy)
    refused = await send(await client_of(served, flooding), 100)
    assert {problem_of(answer, 429, "IL062").details for answer in refused} == {"user_requests"}
    assert not await send(await client_of(served, other), AT_ONCE)


async def test_a_user_who_floods_slows_nobody_down(serve_both: ServeBoth) -> None:
    served = await serve_both(user_requests=60)
    flooding, other = [await client_of(served, await served.api.make_person(Role.VIEWER)) for _ in range(2)]
    stop, statuses = asyncio.Event(), set[int]()

    async def flood() -> None:
        while not stop.is_set():
            statuses.add((await flooding.get(READ)).status_code)

    floods = [asyncio.create_task(flood()) for _ in range(10)]
    taken = []
    for _ in range(AT_ONCE):
        began = monotonic()
        assert (await other.get(READ)).status_code == 200
        taken.append(monotonic() - began)
    stop.set()
    await asyncio.gather(*floods)
    assert 429 in statuses
    assert sorted(taken)[len(taken) // 2] < 0.5, "the flood and its refusals share the event loop of this test"


async def test_health_metrics_and_signing_in_are_not_counted(serve_both: ServeBoth) -> None:
    served = await serve_both(user_requests=1)
    person = await served.api.make_person(Role.VIEWER)
    client = await client_of(served, person)
    await send(client, 1)
    assert await send(client, 1)
    for _ in range(3):
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 200
        assert (await client.get("/metrics")).status_code == 200
        assert (await client.post("/api/v1/session", json={"email": person.email, "password": person.password})).status_code == 200
    assert await send(client, 1)


async def test_a_request_is_refused_before_its_body_is_read(serve_both: ServeBoth) -> None:
    served = await serve_both(user_requests=1)
    client = await served.api.client(Role.EDITOR)
    await send(client, 1)
    host, port = httpx.URL(served.api.url).host, httpx.URL(served.api.url).port
    reader, writer = await asyncio.open_connection(host, port)
    head = f"POST /api/v1/workflows HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: {client.headers['Authorization']}\r\n"
    writer.write(f"{head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n".encode())  # and no body
    async with asyncio.timeout(10):
        assert b" 429 " in await reader.readline()
    writer.close()


async def test_a_process_learns_of_a_new_limit_with_the_next_proof_and_asks_for_it_with_no_request(
    serve_both: ServeBoth, set_limit: SetLimit, connection: psycopg.AsyncConnection
) -> None:
    served = await serve_both()
    workspace = await served.api.make_workspace()
    client = await served.api.client(Role.VIEWER, workspace)
    assert not await send(client, 30)
    await set_limit(workspace, max_requests=1)
    await until(lambda: send(client, 2), refuses=True)
    await set_limit(workspace)
    await until(lambda: send(client, 2), refuses=False)
    async with connection.transaction():
        await connection.execute("lock table interlock.workspaces in access exclusive mode")
        assert not await send(client, 5)


async def test_the_limit_of_every_workspace_holds_from_the_second_one_on(serve_both: ServeBoth) -> None:
    served = await serve_both(workspace_requests=30)
    client = await served.api.client(Role.VIEWER)
    assert not await send(client, 50), "there is only one workspace, so it may use the whole process"
    await served.api.make_workspace()
    served.api.services.auth.proofs.forget()
    refused = await send(client, 50)
    assert problem_of(refused[-1], 429, "IL062").detail.startswith("the workspace default reached the limit of 30 requests a minute")


async def test_refusals_are_counted_by_workspace_and_limit(serve_both: ServeBoth, set_limit: SetLimit) -> None:
    served = await serve_both(user_requests=120)
    busy = await served.api.make_workspace("busy")
    await set_limit(busy, max_requests=60)
    of_user = len(await send(await served.api.client(Role.VIEWER), 60))
    of_workspace = len(await send(await served.api.client(Role.VIEWER, busy), 15))
    assert of_user
    assert of_workspace
    samples = await scrape(await served.api.client(Role.ADMIN))
    assert value(samples, "interlock_api_refusals_total", workspace="default", limit="user_requests") == of_user
    assert value(samples, "interlock_api_refusals_total", workspace="busy", limit="workspace_requests") == of_workspace
    assert value(samples, "interlock_api_refusals_total") == of_user + of_workspace
