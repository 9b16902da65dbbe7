"""Connections: slow readers, heads without bodies, large answers, and headers that browsers obey."""

import asyncio
import gzip
import socket
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest

from interlock.api import watching as watcher
from interlock.api.models.workflows import WorkflowList
from interlock.api.operations import OPERATIONS
from interlock.api.rest import events as stream
from interlock.api.rest.endpoints import COMPRESSED_FROM
from tests.api.conftest import Serve
from tests.api.rest.requests import address, problem_of
from tests.api.rest.workflows import JsonObject, all_events, chain, check_whole, run, save
from tests.api.serving import Api
from tests.worker.engine import until

WIDTH: Final = 300
TEXT: Final = "It was not so. " * 600


def wide() -> JsonObject:
    """A workflow with many steps at once, each of which may fail."""
    steps = [
        {"id": f"s{n}", "type": "ACTION_NODE", "subtype": "TRANSFORM", "parameters": {"values": {}}, "on_error": "continue"} for n in range(WIDTH)
    ]
    return {
        "name": "wide",
        "nodes": [{"id": "begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"}, *steps],
        "connections": [{"from": "begin", "to": step["id"]} for step in steps],
    }


async def _fail_all(admin: httpx.AsyncClient) -> None:
    """Fails every assignment with a long message, as a worker that uses the API."""
    worker: dict[str, Any] = {"worker_id": str(uuid4())}
    claim = worker | {"request": 1, "queues": ["default"], "limit": WIDTH, "lease_seconds": 3600}
    claimed = (await admin.post("/api/v1/assignments/claim", json=claim)).json()["items"]
    assert len(claimed) == WIDTH
    error = {"code": "not_so", "message": TEXT, "retryable": False}
    results = [
        {"execution_id": one["execution_id"], "assignment_id": one["assignment_id"], "attempt": 1, "outcome": "failed", "error": error}
        for one in claimed
    ]
    for number, start in enumerate(range(0, WIDTH, 50)):
        sent = worker | {"request": number + 2, "results": results[start : start + 50]}
        answer = await admin.post("/api/v1/assignments/complete", json=sent)
        assert {one["answer"] for one in answer.json()["answers"]} == {"ok"}


async def test_a_client_that_reads_nothing_holds_little_memory_and_is_disconnected(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "SEND_SECONDS", 2.0)
    admin = await api.client()
    await save(admin, wide())
    execution = await run(admin, "wide")
    await _fail_all(admin)
    host, port = api.url.removeprefix("http://").split(":")
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(slow, (host, int(port)))
        head = f"GET /api/v1/executions/{execution}/events HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {await api.key()}\r\n\r\n"
        await loop.sock_sendall(slow, head.encode())
        assert (await loop.sock_recv(slow, 100)).startswith(b"HTTP/1.1 200")
        whole = await all_events(admin, execution)  # nobody waits for the slow one
        check_whole(whole)
        assert len(whole) > WIDTH
        for events in list(api.services.watcher._watching):
            assert len(events._buffer) <= watcher.BUFFERED + 2
        await until(lambda: api.services.watcher.watching == 0, 60)


async def test_head_is_answered_like_get_without_the_body(api: Api) -> None:
    admin = await api.client()
    await save(admin, chain())
    for operation in OPERATIONS.values():
        if operation.method == "GET" and not operation.streams:
            url = address(operation, workflow="chain")
            got, headed = await admin.get(url), await admin.head(url)
            assert (headed.status_code, headed.content) == (got.status_code, b""), url
            assert headed.headers.get("content-length") == got.headers.get("content-length")
            assert headed.headers.get("etag") == got.headers.get("etag")
        allowed = (await admin.options(address(operation))).headers["allow"].split(", ")
        assert operation.method in allowed
    for path in ("/healthz", "/readyz", "/openapi.json", "/"):
        assert (await admin.head(path)).content == b""
    problem_of(await admin.get("/api/v1/executions/counts/nothing/there"), 404, "IL051")


async def test_large_answers_are_compressed_if_the_client_accepts_that(api: Api) -> None:
    admin = await api.client()
    await save(admin, wide())
    execution = await run(admin, "wide")
    path = f"/api/v1/executions/{execution}/assignments"
    plain = await admin.get(path, headers={"Accept-Encoding": "identity"})
    assert len(plain.content) > COMPRESSED_FROM
    assert "content-encoding" not in plain.headers
    async with admin.stream("GET", path, headers={"Accept-Encoding": "gzip, br"}) as answer:
        raw = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(raw) == plain.content
    assert len(raw) * 5 < len(plain.content)
    async with admin.stream("GET", f"/api/v1/executions/{execution}/events", headers={"Accept-Encoding": "gzip"}) as events:
        assert "content-encoding" not in events.headers
    assert "content-encoding" not in (await admin.get("/api/v1/workflows/wide")).headers


async def test_every_answer_has_headers_that_browsers_obey(api: Api) -> None:
    client = await api.client()
    for path in ("/api/v1/workflows", "/api/v1/nothing", "/healthz", "/metrics", "/openapi.json", "/", "/executions/x", "/nothing.js"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["x-frame-options"] == "DENY", path
        assert headers["referrer-policy"] == "same-origin", path
        assert headers["cross-origin-opener-policy"] == "same-origin", path
        policy = {part.split()[0]: part.split()[1:] for part in headers["content-security-policy"].split("; ")}
        assert policy["default-src"] == ["'none'"], path
        assert policy["frame-ancestors"] == ["'none'"], path
        assert not {"'unsafe-inline'", "'unsafe-eval'", "*"} & set(policy.get("script-src", [])), path
        assert "server" not in headers, path
    assert (await client.get("/api/v1/workflows")).headers["cache-control"] == "no-store"


async def test_more_requests_than_the_limit_are_refused_until_one_has_been_answered(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    api = await serve(call_limit=2)
    going, held = asyncio.Event(), 0

    async def wait(*_: object) -> WorkflowList:
        nonlocal held
        held += 1
        await going.wait()
        return WorkflowList(items=[])

    monkeypatch.setattr("interlock.api.services.workflows.list_workflows", wait)
    admin = await api.client()
    waiting = [asyncio.create_task(admin.get("/api/v1/workflows")) for _ in range(2)]
    await until(lambda: held == 2, 60)
    answer = await admin.get("/api/v1/session")
    problem_of(answer, 503, "IL056")
    assert int(answer.headers["retry-after"]) > 0
    assert (await admin.get("/healthz")).status_code == 200
    going.set()
    assert {(await one).status_code for one in waiting} == {200}
    assert (await admin.get("/api/v1/session")).status_code == 200
