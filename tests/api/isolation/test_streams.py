"""A stream that is open when its watcher loses the workspace ends, and shows nothing that happens later: in this process and in another one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import grpc.aio
import httpx
import pytest

from interlock.api.auth import proofs
from interlock.api.auth.tokens import csrf_token_of
from interlock.api.grpc import streaming
from interlock.api.grpc.metadata import SESSION
from interlock.api.grpc.methods import METHODS
from interlock.api.grpc.server import start_grpc
from interlock.api.models.users import Role
from interlock.api.rest import events as stream
from tests.api.conftest import Serve
from tests.api.grpc.client import message_of
from tests.api.rest.workflows import run, save, watching
from tests.api.serving import Api, Person, open_session

CHECK_SECONDS: Final = 0.1
PATIENCE_SECONDS: Final = 60.0
WAITING: Final = {
    "name": "waiting",
    "nodes": [
        {"id": "begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"},
        {"id": "wait", "type": "FLOW_NODE", "subtype": "WAIT", "parameters": {"seconds": 3_000_000}},
    ],
    "connections": [{"from": "begin", "to": "wait"}],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Somebody who is in two workspaces watches an execution of the first."""

    here: Api
    there: Api
    admin: httpx.AsyncClient
    person: Person
    home: int
    other: int
    execution: str
    session: str
    key: str


@pytest.fixture
async def scene(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> Scene:
    for module in (stream, streaming):
        monkeypatch.setattr(module, "CHECK_SECONDS", CHECK_SECONDS)
    monkeypatch.setattr(proofs, "KEPT_SECONDS", CHECK_SECONDS)
    here, there = await serve(), await serve()
    home, other = await here.make_workspace(), await here.make_workspace()
    person = await here.make_person(Role.EDITOR, home)
    await here.join(person, Role.EDITOR, other)
    admin = await here.client(Role.ADMIN, home)
    await save(admin, WAITING)
    return Scene(
        here=here,
        there=there,
        admin=admin,
        person=person,
        home=home,
        other=other,
        execution=await run(admin, "waiting"),
        session=await open_session(here, person),
        key=await here.make_key(person, Role.EDITOR, home),
    )


async def _leave(scene: Scene) -> None:
    assert (await scene.admin.delete(f"/api/v1/users/{scene.person.id}")).status_code == 204


async def _switch(scene: Scene) -> None:
    client = await scene.here.client(None)
    headers = {"Cookie": f"interlock_session={scene.session}", "X-CSRF-Token": csrf_token_of(scene.session, scene.home)}
    assert (await client.put("/api/v1/session/workspace", json={"workspace_id": scene.other}, headers=headers)).status_code == 200


async def _take_the_role(scene: Scene) -> None:
    assert (await scene.admin.patch(f"/api/v1/users/{scene.person.id}", json={"role": "annotator"})).status_code == 200


LOSSES: Final[dict[str, Callable[[Scene], Awaitable[None]]]] = {"leaves": _leave, "switches": _switch, "has another role": _take_the_role}


@asynccontextmanager
async def watching_over(face: str, api: Api, scene: Scene, proof: str) -> AsyncIterator[AsyncIterator[Any]]:
    """The events of the execution, as the person sees them; the iterator ends with the stream, however that ends."""
    if face == "rest":
        client = await api.client(None)
        client.headers.update({"Cookie": f"interlock_session={scene.session}"} if proof == "session" else {"Authorization": f"Bearer {scene.key}"})
        async with watching(client, scene.execution) as events:
            yield events
        return
    server = await start_grpc(api.services, "127.0.0.1:0")
    try:
        async with grpc.aio.insecure_channel(server.address) as channel:
            method = METHODS["watch_execution"]
            metadata = ((SESSION, scene.session),) if proof == "session" else (("authorization", f"Bearer {scene.key}"),)
            call: Any = channel.unary_stream(method.path)
            yield _messages(call(message_of("watch_execution", {"execution_id": scene.execution}).SerializeToString(), metadata=metadata))
    finally:
        await server.stop(1)


async def _messages(call: Any) -> AsyncIterator[Any]:
    method = METHODS["watch_execution"]
    try:
        while (data := await call.read()) is not grpc.aio.EOF:
            assert method.answer is not None
            yield method.read_answer(method.answer.message.FromString(data))
    except grpc.aio.AioRpcError as error:
        if error.code() not in {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.FAILED_PRECONDITION}:
            raise


@pytest.mark.parametrize("place", ["here", "there"])
@pytest.mark.parametrize("face", ["rest", "grpc"])
@pytest.mark.parametrize(("loss", "proof"), [(loss, "session") for loss in LOSSES] + [("leaves", "key"), ("has another role", "key")])
async def test_a_stream_ends_with_the_right_to_watch(scene: Scene, loss: str, proof: str, face: str, place: str) -> None:
    api = scene.here if place == "here" else scene.there
    async with asyncio.timeout(PATIENCE_SECONDS), watching_over(face, api, scene, proof) as events:
        assert (await anext(events)).kind in {"execution", "assignment"}
        await LOSSES[loss](scene)
        seen = [event.kind async for event in events]  # until it ends, which it does only for this: the execution waits for weeks
        assert "end" not in seen
    assert (await scene.admin.post(f"/api/v1/executions/{scene.execution}/suspend")).status_code == 200, "the execution was there all the time"


async def test_a_stream_does_not_begin_in_another_workspace(scene: Scene) -> None:
    """Not from a position that was reached in the right one, either."""
    await _switch(scene)
    client = await scene.here.client(None)
    client.headers["Authorization"] = f"Bearer {await scene.here.make_key(scene.person, Role.EDITOR, scene.other)}"
    for headers in ({}, {"Last-Event-ID": "1"}, {"Last-Event-ID": "999999"}):
        answer = await client.get(f"/api/v1/executions/{scene.execution}/events", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "IL001")


async def test_two_who_watch_one_id_from_two_workspaces_get_what_is_in_their_own(scene: Scene) -> None:
    """One loop of the process reads for both."""
    stranger = await scene.here.client(Role.ADMIN, scene.other)
    async with asyncio.timeout(PATIENCE_SECONDS), watching(scene.admin, scene.execution) as events:
        await anext(events)
        for _ in range(3):
            answer = await stranger.get(f"/api/v1/executions/{scene.execution}/events")
            assert (answer.status_code, answer.json()["code"]) == (404, "IL001")
        assert (await scene.admin.post(f"/api/v1/executions/{scene.execution}/cancel", json={})).status_code == 200
        assert [event.kind async for event in events][-1] == "end"
