"""Every answered request is counted and logged once: successes, refusals, unknown addresses and failures."""

import asyncio
import logging
import re
from contextlib import suppress
from typing import Any

import grpc.aio
import httpx
import pytest

from interlock.api.models.users import Role
from interlock.api.operations import OPERATIONS
from tests.api.conftest import Serve
from tests.api.grpc.client import Client
from tests.api.grpc.conftest import Served, serve_grpc, served
from tests.api.rest.workflows import chain, run, save, watching
from tests.api.serving import Api

__all__ = ["serve_grpc", "served"]
SAMPLE = re.compile(r'interlock_api_request_seconds_count\{code="(\w+)",face="(\w+)",operation="(\w+)"\} (\S+)')
OF_GRPC = {"health_check", "health_list", "health_watch", "reflection"}
NOT_OPERATIONS = OF_GRPC | {"unknown", "options", "page", "healthz", "readyz", "metrics", "openapi"}
Counts = dict[tuple[str, str, str], float]


async def _counts(admin: httpx.AsyncClient) -> Counts:
    """Returns the number of requests by operation, face and code, as Prometheus reads it."""
    text = (await admin.get("/metrics")).text
    return {(operation, face, code): float(count) for code, face, operation, count in SAMPLE.findall(text)}


def _more(before: Counts, after: Counts) -> Counts:
    grown = {key: count - before.get(key, 0) for key, count in after.items() if count != before.get(key, 0)}
    grown.pop(("metrics", "rest", "ok"), None)
    return grown


def _lines(caplog: pytest.LogCaptureFixture, request_id: str) -> list[dict[str, Any]]:
    return [vars(record) for record in caplog.records if vars(record).get("event") == "request" and vars(record)["request_id"] == request_id]


async def test_each_answer_is_counted_and_logged_once(api: Api, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("interlock.api.services.users.list_users", broken)
    caplog.set_level(logging.DEBUG, "interlock.api")
    admin, viewer, nobody = await api.client(), await api.client(Role.VIEWER), await api.client(None)
    email = (await api.person()).email
    asked: list[tuple[httpx.AsyncClient, str, str, dict[str, Any], str, str, int, str | None]] = [
        (admin, "GET", "/api/v1/workflows", {}, "list_workflows", "ok", 200, email),
        (admin, "POST", "/api/v1/workflows", {"json": {"definition": chain()}}, "create_workflow", "ok", 201, email),
        (nobody, "GET", "/api/v1/workflows?token=canary", {}, "list_workflows", "IL030", 401, None),
        (nobody, "GET", "/api/v1/users", {"headers": {"Authorization": "Bearer canary"}}, "list_users", "IL030", 401, None),
        (viewer, "GET", "/api/v1/credentials", {}, "list_credentials", "IL031", 403, (await api.person(Role.VIEWER)).email),
        (admin, "POST", "/api/v1/workflows", {"content": b"x" * 9_000_000}, "create_workflow", "IL050", 413, email),
        (admin, "POST", "/api/v1/workflows", {"content": b"{"}, "create_workflow", "IL053", 415, email),
        (admin, "GET", "/api/v1/executions?limit=canary", {}, "list_executions", "IL054", 422, email),
        (admin, "GET", "/api/v1/workflows/nothing", {}, "get_workflow", "IL005", 404, email),
        (admin, "GET", "/api/v1/users", {}, "list_users", "IL099", 500, email),
        (admin, "GET", "/api/v1/canary/canary", {}, "unknown", "IL051", 404, None),
        (admin, "PATCH", "/api/v1/workflows/canary", {}, "unknown", "IL052", 405, None),
        (nobody, "GET", "/canary.php", {}, "unknown", "IL051", 404, None),
        (nobody, "GET", "/healthz", {"headers": {"X-Canary": "a" * 70_000}}, "unknown", "IL059", 431, None),
        (nobody, "GET", "/healthz", {}, "healthz", "ok", 200, None),
        (nobody, "GET", "/openapi.json", {}, "openapi", "ok", 200, None),
        (nobody, "OPTIONS", "/api/v1/workflows", {}, "options", "ok", 204, None),
    ]
    for number, (client, method, path, more, operation, code, status, user) in enumerate(asked):
        before = await _counts(admin)
        request_id = f"request-{number}"
        answer = await client.request(method, path, **more | {"headers": more.get("headers", {}) | {"X-Request-Id": request_id}})
        assert (answer.status_code, answer.headers["x-request-id"]) == (status, request_id), answer.text
        assert _more(before, await _counts(admin)) == {(operation, "rest", code): 1}, f"{method} {path}"
        (line,) = _lines(caplog, request_id)
        assert (line["operation"], line["code"], line["status"], line["user"], line["face"]) == (operation, code, status, user, "rest")
        assert line["milliseconds"] > 0
        went_well = code == "ok" and method != "POST"
        assert line["levelno"] == (logging.DEBUG if went_well else logging.INFO)
    requests = [record for record in caplog.records if vars(record).get("event") == "request"]
    assert not [record for record in requests if "canary" in record.getMessage() + repr({**vars(record), "workflow": ""})]


async def test_unknown_addresses_make_no_labels(admin: httpx.AsyncClient) -> None:
    for number in range(50):
        await admin.get(f"/api/v1/{number}")
        await admin.request(f"METHOD{number}" if number % 2 else "DELETE", f"/{number}")
    assert {operation for operation, _, _ in await _counts(admin)} <= OPERATIONS.keys() | NOT_OPERATIONS


async def test_a_stream_is_counted_when_it_begins_and_logged_when_it_ends(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "interlock.api")
    admin = await api.client()
    await save(admin, chain())
    execution = await run(admin)
    before = await _counts(admin)
    admin.headers["X-Request-Id"] = "the-stream"
    async with watching(admin, execution) as events:
        await anext(events)
        admin.headers["X-Request-Id"] = "another-one"
        assert _more(before, await _counts(admin)) == {("watch_execution", "rest", "ok"): 1}
        assert _lines(caplog, "the-stream") == []
        await admin.post(f"/api/v1/executions/{execution}/cancel", json={})
        assert [event.kind async for event in events][-1] == "end"
    (line,) = _lines(caplog, "the-stream")
    assert (line["code"], line["status"], line["execution_id"]) == ("ok", 200, execution)
    assert _more(before, await _counts(admin))["watch_execution", "rest", "ok"] == 1


async def test_calls_of_grpc_are_counted_and_logged_in_the_same_way(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "interlock.api")
    http = await served.api.client()
    admin, nobody = await served.client(), await served.client(None)

    async def ask(client: Client, number: int, path: str, data: bytes) -> None:
        call: Any = client.channel.unary_unary(path, request_serializer=None, response_deserializer=None)
        with suppress(grpc.aio.AioRpcError):
            await call(data, timeout=60, metadata=(("x-request-id", f"call-{number}-of-grpc"), *client.metadata.items()))

    workflows = "/interlock.v1.WorkflowsService/ListWorkflows"
    asked = [
        (admin, workflows, b"", "list_workflows", "ok", "OK"),
        (nobody, workflows, b"", "list_workflows", "IL030", "UNAUTHENTICATED"),
        (admin, workflows, b"\xff\xff", "list_workflows", "IL013", "INVALID_ARGUMENT"),
        (admin, "/interlock.v1.WorkflowsService/RunWorkflow", b"", "run_workflow", "IL054", "INVALID_ARGUMENT"),
        (admin, "/interlock.v1.Canary/Canary", b"", "unknown", "IL051", "UNIMPLEMENTED"),
    ]
    for number, (client, path, data, operation, code, status) in enumerate(asked):
        before = await _counts(http)
        await ask(client, number, path, data)
        assert _more(before, await _counts(http)) == {(operation, "grpc", code): 1}, path
        (line,) = _lines(caplog, f"call-{number}-of-grpc")
        assert (line["operation"], line["code"], line["status"], line["face"]) == (operation, code, status, "grpc")


async def test_a_head_that_could_not_be_read_is_counted(serve: Serve) -> None:
    api = await serve()
    admin = await api.client()
    before = await _counts(admin)
    host, port = api.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"nonsense\r\n\r\n")
    assert b" 400 " in await reader.readline()
    writer.close()
    assert _more(before, await _counts(admin)) == {("unknown", "rest", "IL013"): 1}
