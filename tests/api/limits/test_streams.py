"""A user, or a workspace, with too many event streams open is refused, and keeps nobody else from opening one."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import grpc
import httpx

from interlock.api.models.users import Role
from tests.api.grpc.client import Client, Problem, problem_of
from tests.api.limits.conftest import ServeBoth, SetLimit
from tests.api.rest.requests import problem_of as rest_problem_of
from tests.api.rest.workflows import chain, run, save, watching
from tests.seeing.test_metrics import scrape, value


async def opened(stack: AsyncExitStack, client: httpx.AsyncClient, execution: str) -> None:
    """Opens a stream that stays open as long as the stack."""
    events = await stack.enter_async_context(watching(client, execution))
    await anext(events)
    stack.callback(list, [events])  # holds it: an iterator that nobody holds closes its connection


async def refused(client: httpx.AsyncClient, execution: str) -> httpx.Response:
    """Returns the answer to a stream that is not opened."""
    async with asyncio.timeout(20):
        return await client.get(f"/api/v1/executions/{execution}/events")


async def watch(client: Client, execution: str) -> Any:
    """Opens a stream over gRPC, and waits for its first event."""
    stream = client.start("watch_execution", {"execution_id": execution})
    assert await stream.read() is not grpc.aio.EOF
    return stream


async def accepted(client: httpx.AsyncClient, execution: str) -> None:
    """Tries until a stream opens: the server notices a moment later that another one was closed."""
    async with asyncio.timeout(20):
        while True:
            async with client.stream("GET", f"/api/v1/executions/{execution}/events") as answer:
                if answer.status_code == 200:
                    return
            await asyncio.sleep(0.1)


async def test_a_user_with_too_many_streams_is_told_so_and_may_open_one_after_closing_one(serve_both: ServeBoth) -> None:
    served = await serve_both(user_streams=2)
    admin, viewer = await served.api.client(), await served.api.client(Role.VIEWER)
    person = await served.api.person(Role.VIEWER)
    await save(admin, chain())
    execution = await run(admin)
    async with AsyncExitStack() as streams:
        async with AsyncExitStack() as one:
            await opened(streams, viewer, execution)
            await opened(one, viewer, execution)
            answer = await refused(viewer, execution)
            problem = rest_problem_of(answer, 429, "IL062")
            assert problem.detail == f"{person.email} reached the limit of 2 event streams open at once: try again in 5 s"
            assert (problem.details, answer.headers["Retry-After"]) == ("user_streams", "5")
            await opened(streams, admin, execution)  # somebody else
        await accepted(viewer, execution)


async def test_a_workspace_with_too_many_streams_is_refused_and_no_other(serve_both: ServeBoth, set_limit: SetLimit) -> None:
    served = await serve_both()
    busy = await served.api.make_workspace("busy")
    await set_limit(busy, max_streams=2)
    clients = [await served.api.client(role, busy) for role in (Role.ADMIN, Role.VIEWER)]
    here = await served.api.client()
    await save(clients[0], chain())
    await save(here, chain())
    execution, other = await run(clients[0]), await run(here)
    async with AsyncExitStack() as streams:
        for client in clients:
            await opened(streams, client, execution)
        problem = rest_problem_of(await refused(clients[1], execution), 429, "IL062")
        assert problem.detail.startswith("the workspace busy reached the limit of 2 event streams open at once")
        assert problem.details == "workspace_streams"
        for _ in range(3):
            await opened(streams, here, other)
        samples = await scrape(here)
        assert value(samples, "interlock_api_refusals_total", workspace="busy", limit="workspace_streams") == 1


async def test_over_grpc_a_refusal_is_the_same_and_counts_with_those_of_rest(serve_both: ServeBoth) -> None:
    served = await serve_both(user_streams=2)
    rest, client = await served.api.client(), await served.client()
    await save(rest, chain())
    execution = await run(rest)
    async with AsyncExitStack() as streams:
        await opened(streams, rest, execution)
        stream = await watch(client, execution)
        problem: Problem = await problem_of(client.start("watch_execution", {"execution_id": execution}))
        assert (problem.code, problem.reason, problem.retry_seconds) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "IL062", 5)
        assert problem.metadata["details"] == "user_streams"
        assert "2 event streams" in problem.message
        rest_problem_of(await refused(rest, execution), 429, "IL062")
        stream.cancel()
        await accepted(rest, execution)


async def test_the_limit_of_every_workspace_holds_from_the_second_one_on(serve_both: ServeBoth) -> None:
    served = await serve_both(workspace_streams=1)
    client = await served.api.client()
    await save(client, chain())
    execution = await run(client)
    async with AsyncExitStack() as streams:
        await opened(streams, client, execution)
        await opened(streams, client, execution)
        await served.api.make_workspace()
        served.api.services.auth.proofs.forget()
        problem = rest_problem_of(await refused(client, execution), 429, "IL062")
        assert problem.details == "workspace_streams"
