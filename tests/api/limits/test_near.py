"""What is near its limit is named: by `interlock doctor` and the overview, from 80 % on."""

from contextlib import AsyncExitStack
from typing import Any

import httpx
import psycopg

from interlock.api.models.users import Role
from interlock.insight.diagnosis import diagnose
from tests.api.limits.conftest import ServeBoth, SetLimit
from tests.api.limits.test_requests import send
from tests.api.limits.test_streams import opened
from tests.api.rest.workflows import chain, run, save
from tests.seeing.test_metrics import ELSEWHERE
from tests.seeing.test_metrics import chain as waiting

Found = list[tuple[str, str]]


async def overview(client: httpx.AsyncClient) -> Found:
    """The findings about limits, level and message."""
    answer = await client.get("/api/v1/overview")
    assert answer.status_code == 200, answer.text
    return [(finding["level"], finding["message"]) for finding in answer.json()["findings"] if finding["check"] == "limits"]


async def doctor(url: str) -> Found:
    """What `interlock doctor` finds on a database."""
    return [(finding.level, finding.message) for finding in await diagnose(url) if finding.check == "limits"]


async def test_nothing_is_said_where_nothing_is_limited(serve_both: ServeBoth, database_url: str) -> None:
    served = await serve_both()
    await served.api.make_workspace()
    assert await overview(await served.api.client()) == []
    assert await doctor(database_url) == []


async def test_what_a_workspace_stores_is_named_when_it_is_near_the_limit_or_was_not_measured(
    serve_both: ServeBoth, set_limit: SetLimit, connection: psycopg.AsyncConnection, database_url: str
) -> None:
    served = await serve_both()
    red = await served.api.make_workspace("red")
    member, other = await served.api.client(workspace_id=red), await served.api.client()

    async def store(used: int) -> None:
        await connection.execute("update interlock.workspaces set stored_bytes = %s, stored_measured_at = interlock.now() where id = %s", [used, red])

    async def seen(*expected: tuple[str, str]) -> None:
        assert await overview(member) == await doctor(database_url) == list(expected)
        assert await overview(other) == []

    await set_limit(red, max_stored_bytes=1_000_000)
    await seen(("warning", "what the workspace red stores has not been measured yet"))
    await store(799_999)
    await seen(("ok", "no workspace is near its limit"))
    await store(800_000)
    await seen(("warning", "the workspace red stores 781 kB, and its limit is 977 kB"))
    await store(1_000_000)
    await seen(("error", "the workspace red is full: it stores 977 kB, and its limit is 977 kB; it starts no executions and saves no definitions"))
    await connection.execute("update interlock.workspaces set stored_measured_at = interlock.now() - interval '11 minutes' where id = %s", [red])
    await seen(("warning", "what the workspace red stores was measured 11 minutes ago"))


async def test_running_assignments_are_named_when_they_are_near_the_limit(
    serve_both: ServeBoth, connection: psycopg.AsyncConnection, database_url: str
) -> None:
    served = await serve_both()
    red = await served.api.make_workspace("red")
    member = await served.api.client(workspace_id=red)
    await save(member, waiting("Elsewhere", ELSEWHERE))
    for _ in range(5):
        await run(member, "Elsewhere")
    await connection.execute("update interlock.workspaces set max_running = 5 where id = %s", [red])
    assert await overview(member) == await doctor(database_url) == [("ok", "no workspace is near its limit")]
    worker = "00000000-0000-4000-8000-000000000001"
    await connection.execute("select interlock.register_worker(%s, 'busy', '{nobody}', 60, '{}')", [worker])
    for number, limit in enumerate((3, 1)):
        await connection.execute(f"select interlock.exchange(%s, {number + 1}, '[]', '{{nobody}}', '{{{limit}}}')", [worker])
    expected: list[Any] = [("warning", "4 assignments of the workspace red run, and its limit is 5")]
    assert await overview(member) == await doctor(database_url) == expected


async def test_the_overview_names_requests_and_streams_that_are_near_a_limit_of_its_process(serve_both: ServeBoth, set_limit: SetLimit) -> None:
    served = await serve_both(user_requests=10, user_streams=5)
    red = await served.api.make_workspace("red")
    await set_limit(red, max_streams=4)
    person = await served.api.person(Role.VIEWER, red)
    admin, member = await served.api.client(workspace_id=red), await served.api.client(Role.VIEWER, red)
    await save(admin, chain())
    execution = await run(admin)
    async with AsyncExitStack() as streams:
        for _ in range(4):
            await opened(streams, member, execution)
        found = [message for _, message in await overview(member)]
        assert f"{person.email} uses 80% of the limit of 5 event streams in this process" in found
        assert "the workspace red uses 100% of the limit of 4 event streams in this process" in found
        assert not any("requests" in message for message in found)
        await send(member, 3)
        found = [message for _, message in await overview(member)]
        assert any(message.startswith(f"{person.email} uses ") and "of the limit of 10 requests a minute" in message for message in found)
    assert await overview(await served.api.client(Role.VIEWER)) == []
