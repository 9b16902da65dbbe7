"""Event streams: complete, in order, resumed without a gap, and ended with their client."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import httpx
import pytest

from interlock.api.auth import proofs
from interlock.api.models.users import Role
from interlock.api.rest import events as stream
from interlock.api.settings import ApiSettings
from interlock.cli.serving import worker_settings, working
from tests.api.conftest import Serve
from tests.api.rest.requests import problem_of
from tests.api.rest.workflows import CHAIN_NODES, all_events, chain, check_whole, run, save, watching
from tests.api.serving import Api

UNKNOWN = "0197b7a5-0000-7000-8000-000000000000"


def _worker(database_url: str) -> AbstractAsyncContextManager[None]:
    return working(worker_settings(database_url, [], name="test", lease_seconds=30))


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - nothing signals what it waits for
            await asyncio.sleep(0.01)


async def test_a_stream_reports_every_change_and_ends(api: Api, database_url: str) -> None:
    admin = await api.client()
    await save(admin, chain())
    async with _worker(database_url):
        execution = await run(admin)
        events = await all_events(admin, execution)
    check_whole(events)
    ended = {
        event.data["assignment"]["node_id"] for event in events if event.kind == "assignment" and event.data["assignment"]["status"] == "completed"
    }
    assert ended == set(CHAIN_NODES)
    assert events[-1].data["execution"]["status"] == "completed"


async def test_a_stream_resumes_after_any_event(api: Api, database_url: str) -> None:
    admin = await api.client()
    await save(admin, chain())
    async with _worker(database_url):
        execution = await run(admin)
        await all_events(admin, execution)
    events = await all_events(admin, execution)
    for position, event in enumerate(events[:-1]):
        resumed = await all_events(admin, execution, since=event.id)
        assert [again.id for again in resumed[:-1]] == [after.id for after in events[position + 1 : -1]]
        check_whole(resumed)
    answer = await admin.get(f"/api/v1/executions/{execution}/events", params={"since": events[1].id})
    assert answer.text.split("\n\n")[1].startswith(f"id: {events[2].id}\n")
    answer = await admin.get(f"/api/v1/executions/{execution}/events", params={"since": 0}, headers={"Last-Event-ID": str(events[1].id)})
    assert answer.text.split("\n\n")[1].startswith(f"id: {events[2].id}\n")


async def test_what_cannot_be_watched_is_refused_with_its_status(api: Api) -> None:
    admin = await api.client()
    path = f"/api/v1/executions/{UNKNOWN}/events"
    problem_of(await admin.get(path), 404, "IL001")
    problem_of(await (await api.client(Role.ANNOTATOR)).get(path), 403, "IL031")
    problem_of(await (await api.client(None)).get(path), 401, "IL030")
    assert (await admin.head(path)).status_code == 405
    assert api.services.watcher.watching == 0


async def test_a_watcher_ends_when_its_client_disconnects(api: Api) -> None:
    admin = await api.client()
    await save(admin, chain())
    execution = await run(admin)
    async with watching(admin, execution) as events:
        await anext(events)
        assert api.services.watcher.watching == 1
    await _until(lambda: api.services.watcher.watching == 0)


async def test_streams_beyond_the_limit_are_refused(serve: Serve) -> None:
    api = await serve(ApiSettings(stream_limit=2))
    admin = await api.client()
    await save(admin, chain())
    execution = await run(admin)
    async with watching(admin, execution) as first, watching(admin, execution) as second:
        await anext(first)
        await anext(second)
        answer = await admin.get(f"/api/v1/executions/{execution}/events")
        problem_of(answer, 503, "IL056")
        assert int(answer.headers["retry-after"]) > 0
    await _until(lambda: api.services.watcher.watching == 0)
    async with watching(admin, execution) as events:
        await anext(events)


async def test_an_idle_stream_is_kept_alive(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "KEEP_ALIVE_SECONDS", 0.05)
    admin = await api.client()
    await save(admin, chain())
    execution = await run(admin)
    async with asyncio.timeout(60), admin.stream("GET", f"/api/v1/executions/{execution}/events") as answer:
        async for line in answer.aiter_lines():
            if line == ": keep-alive":
                return
    pytest.fail("no sign of life came")


@pytest.mark.parametrize("how", ["revoked", "disabled", "signed out", "demoted"])
async def test_a_stream_ends_when_the_watcher_loses_the_permission(api: Api, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setattr(stream, "CHECK_SECONDS", 0.1)
    monkeypatch.setattr(proofs, "KEPT_SECONDS", 0.1)
    admin = await api.client()
    await save(admin, chain())
    execution = await run(admin)
    person = await api.make_person(Role.VIEWER)
    if how == "revoked":
        viewer = await api.client(None)
        viewer.headers["Authorization"] = f"Bearer {await api.make_key(person, Role.VIEWER)}"
    else:
        viewer = await api.browser(person)
    async with asyncio.timeout(60), watching(viewer, execution) as events:
        await anext(events)
        await _take_away(how, admin, viewer, str(person.id))
        left = [event async for event in events]
    assert "end" not in {event.kind for event in left}
    status, code = (403, "IL031") if how == "demoted" else (401, "IL030")
    problem_of(await viewer.get(f"/api/v1/executions/{execution}/events"), status, code)
    assert api.services.watcher.watching == 0


async def _take_away(how: str, admin: httpx.AsyncClient, viewer: httpx.AsyncClient, person: str) -> None:
    if how == "signed out":
        answer = await viewer.delete("/api/v1/session")
    elif how == "demoted":
        answer = await admin.patch(f"/api/v1/users/{person}", json={"role": "annotator"})
    elif how == "disabled":
        answer = await admin.patch(f"/api/v1/users/{person}", json={"disabled": True})
    else:
        (key,) = [key for key in (await admin.get("/api/v1/api-keys")).json()["items"] if key["user_id"] == person]
        answer = await admin.delete(f"/api/v1/api-keys/{key['id']}")
    assert answer.is_success, answer.text


async def test_an_execution_started_at_one_process_is_watched_at_another(serve: Serve, database_url: str) -> None:
    first, second = await serve(), await serve()
    at_first = await first.client()
    at_second = await second.client(None)
    at_second.headers["Authorization"] = at_first.headers["Authorization"]
    saved = await save(at_first, chain())
    execution = await run(at_first)
    async with watching(at_second, execution) as events:
        seen = [await anext(events)]
        async with _worker(database_url):
            seen += [event async for event in events]
    check_whole(seen)
    assert await all_events(at_first, execution) == await all_events(at_second, execution)
    for path in (f"/api/v1/workflows/{saved['id']}", f"/api/v1/executions/{execution}", "/api/v1/executions"):
        one, other = await at_first.get(path), await at_second.get(path)
        assert one.content == other.content
        assert one.headers.get("etag") == other.headers.get("etag")


async def test_streams_end_when_the_process_stops(serve: Serve) -> None:
    api = await serve()
    admin = await api.client()
    await save(admin, chain())
    execution = await run(admin)
    async with asyncio.timeout(60), watching(admin, execution) as events:
        await anext(events)
        api.stop()
        left = [event async for event in events]
    assert "end" not in {event.kind for event in left}
