"""The answer to a wrong request is a problem that says what is wrong, where, and how to fix it."""

import asyncio
import logging
from collections.abc import AsyncIterator

import httpx
import pytest

from interlock.api.operations import OPERATIONS, Operation
from interlock.api.rest import bodies
from interlock.api.settings import ApiSettings
from tests.api.conftest import Serve
from tests.api.rest.requests import WITH_BODY, WITH_UUID, address, places, problem_of
from tests.api.serving import Api

JSON = {"Content-Type": "application/json"}
UNREADABLE = {
    "malformed": b'{"input": ',
    "twice": b'{"input": {}, "input": {}}',
    "twice_inside": b'{"input": {"a": 1, "a": 2}}',
    "nan": b'{"input": {"a": NaN}}',
    "infinity": b'{"input": {"a": -Infinity}}',
    "huge_number": b'{"input": {"a": 1e999}}',
    "deep": b'{"input": ' + b'{"a":' * 200 + b"1" + b"}" * 201,
    "very_deep": b"[" * 100_000,
    "not_utf8": b'{"input": {"a": "\xff\xfe"}}',
    "utf16": '{"input": {}}'.encode("utf-16"),
    "surrogate": b'{"input": {"a": "\\ud800"}}',
    "nul": b'{"input": {"a": "\\u0000"}}',
    "array": b"[]",
    "null": b"null",
    "text": b'"input"',
    "digits": b'{"input": {"a": ' + b"9" * 5000 + b"}}",
    "trailing": b"{} {}",
    "blank": b"   ",
}


async def test_each_operation_refuses_hostile_input(api: Api) -> None:
    admin, anonymous = await api.client(), await api.client(None)
    for operation in OPERATIONS.values():
        await _refuses(admin, anonymous, operation)


async def _refuses(admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, operation: Operation) -> None:
    url = address(operation)
    if operation.name != "sign_in":
        problem_of(await anonymous.request(operation.method, url), 401, "IL030")
        refused = await anonymous.request(operation.method, url, content=b"{", headers={"Content-Type": "text/plain"})
        problem_of(refused, 401, "IL030")
    problem = problem_of(await admin.request(operation.method, url, params={"surprise": "1"}), 422, "IL054")
    assert places(problem) == ["query.surprise"]
    wrong = problem_of(await admin.request("TRACE", url), 405, "IL052")
    assert operation.method in wrong.hint
    if operation.name in WITH_UUID:
        lost = address(operation, **dict.fromkeys(operation.request.model_fields, "'; drop"))
        problem = problem_of(await admin.request(operation.method, lost), 422, "IL054")
        assert all(place.startswith("path.") for place in places(problem))
    if operation.name in WITH_BODY:
        await _hostile_bodies(admin, operation.method, url)


async def _hostile_bodies(client: httpx.AsyncClient, method: str, url: str) -> None:
    for kind, body in UNREADABLE.items():
        is_too_large = url.endswith("/session") and len(body) > bodies.ANONYMOUS_BYTES
        refused = await client.request(method, url, content=body, headers=JSON)
        problem = problem_of(refused, *((413, "IL050") if is_too_large else (400, "IL013")))
        assert problem.detail, kind
        assert problem.hint, kind
    for type_ in ("text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/json; charset=latin-1", "", "/"):
        problem_of(await client.request(method, url, content=b"{}", headers={"Content-Type": type_}), 415, "IL053")
    problem_of(await client.request(method, url, content=b"{}", headers=JSON | {"Content-Encoding": "gzip"}), 415, "IL053")
    problem = problem_of(await client.request(method, url, json={"surprise": 1}), 422, "IL054")
    assert "body.surprise" in places(problem)


async def test_no_operation_reads_more_than_its_limit(serve: Serve) -> None:
    api = await serve(ApiSettings(body_limit=2_000, definition_limit=4_000))
    client = await api.client()
    body = b'{"x": "' + b"x" * 4_000 + b'"}'

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 500):
            yield body[start : start + 500]

    for operation in (OPERATIONS[name] for name in WITH_BODY):
        for content in (body, chunks()):
            answer = await client.request(operation.method, address(operation), content=content, headers=JSON)
            assert "bytes" in problem_of(answer, 413, "IL050").detail
    assert (await client.get("/healthz")).status_code == 200


async def test_a_length_that_is_announced_is_refused_before_anything_arrives(serve: Serve) -> None:
    api = await serve(ApiSettings(body_limit=2_000))
    host, port = api.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST /api/v1/assignments/claim HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {await api.key()}\r\nContent-Length: 99999999999\r\n\r\n"
    )
    writer.write(head.encode())
    async with asyncio.timeout(60):
        assert b" 413 " in await reader.readline()
    writer.close()


async def test_a_body_that_does_not_arrive_in_time_is_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.2)
    client = await api.client()

    async def drops() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(30)

    answer = await client.post("/api/v1/assignments/claim", content=drops(), headers=JSON)
    problem_of(answer, 408, "IL058")
    assert answer.headers["connection"] == "close"


async def test_a_client_that_disconnects_while_it_sends_leaves_nothing_behind(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    host, port = api.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /api/v1/assignments/claim HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {await api.key()}\r\nContent-Length: 100\r\n\r\n{{"
    writer.write(head.encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await (await api.client()).get("/api/v1/session")).status_code == 200
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("limit=0", "query.limit"),
        ("limit=201", "query.limit"),
        ("limit=ten", "query.limit"),
        ("limit=1&limit=2", "query.limit"),
        ("limit=", "query.limit"),
        ("status=done", "query.status[0]"),
        ("status=failed&status=done", "query.status[1]"),
        ("created_after=yesterday", "query.created_after"),
        ("cursor=%22", "query.cursor"),
        ("workflow=", "query.workflow"),
        ("subject=" + "x" * 501, "query.subject"),
    ],
)
async def test_an_error_in_the_query_has_its_place(admin: httpx.AsyncClient, query: str, place: str) -> None:
    assert places(problem_of(await admin.get(f"/api/v1/executions?{query}"), 422, "IL054")) == [place]


async def test_errors_in_the_body_have_their_places(admin: httpx.AsyncClient) -> None:
    results = [{"execution_id": "x", "assignment_id": "0197b7a5-0000-7000-8000-000000000000", "attempt": "1", "outcome": "done", "more": 1}]
    answer = await admin.post("/api/v1/assignments/complete", json={"worker_id": 5, "request": True, "results": results})
    wanted = ["worker_id", "request", *(f"results[0].{name}" for name in ("execution_id", "attempt", "outcome", "more"))]
    assert sorted(places(problem_of(answer, 422, "IL054"))) == sorted(f"body.{name}" for name in wanted)


@pytest.mark.parametrize(
    ("method", "path", "header", "value"),
    [
        ("PUT", "/api/v1/workflows/w", "If-Match", "3"),
        ("PUT", "/api/v1/workflows/w", "If-Match", 'W/"3"'),
        ("PUT", "/api/v1/workflows/w", "If-Match", '"3", "4"'),
        ("PUT", "/api/v1/workflows/w", "If-Match", '"0"'),
        ("PUT", "/api/v1/workflows/w", "If-Match", '"9999999999"'),
        ("DELETE", "/api/v1/workflows/w", "If-Match", "x"),
        ("POST", "/api/v1/workflows/w/run", "Idempotency-Key", ""),
        ("POST", "/api/v1/workflows/w/run", "Idempotency-Key", "k" * 501),
        ("POST", "/api/v1/workflows/w/run", "Idempotency-Key", "\xff"),
        ("GET", "/api/v1/executions/0197b7a5-0000-7000-8000-000000000000/events", "Last-Event-ID", "-1"),
        ("GET", "/api/v1/executions/0197b7a5-0000-7000-8000-000000000000/events", "Last-Event-ID", "9999999999999999999"),
        ("GET", "/api/v1/executions/0197b7a5-0000-7000-8000-000000000000/events", "Last-Event-ID", "\u0663"),
    ],
)
async def test_an_error_in_a_header_has_its_place(admin: httpx.AsyncClient, method: str, path: str, header: str, value: str) -> None:
    body: dict[str, object] | None = {"definition": {}} if method == "PUT" else None
    answer = await admin.request(method, path, headers=[(header.encode(), value.encode())], json=body)
    assert places(problem_of(answer, 422, "IL054")) == [f"header.{header}"]


@pytest.mark.parametrize("value", ["Basic x", "Bearer", "il_1234", "Bearer il_nobody", "Bearer a.b.c", "Bearer " + "x" * 20_000, "Bearer \xff"])
async def test_a_bad_proof_is_refused(api: Api, value: str) -> None:
    client = await api.client(None)
    answer = await client.get("/api/v1/session", headers=[(b"Authorization", value.encode("latin-1"))])
    problem_of(answer, 401, "IL030")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/v1", "/api/v1/", "/api/v2/workflows", "/api/v1/workflows/", "/api/v1/nothing", "/api/v1/executions/a/b/c"]
)
async def test_an_unknown_path_is_a_problem(admin: httpx.AsyncClient, path: str) -> None:
    problem_of(await admin.get(path), 404, "IL051")


async def test_a_wrong_method_is_answered_with_those_that_exist(admin: httpx.AsyncClient) -> None:
    answer = await admin.post("/api/v1/workflows/w")
    problem_of(answer, 405, "IL052")
    assert {"GET", "PUT", "DELETE"} <= set(answer.headers["allow"].split(", "))
    problem_of(await admin.post("/healthz"), 405, "IL052")


async def test_an_unexpected_exception_is_logged_and_answered_without_its_text(
    api: Api, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("the secret inside")

    monkeypatch.setattr("interlock.api.services.users.list_users", broken)
    answer = await (await api.client()).get("/api/v1/users", headers={"X-Request-Id": "my-request-77"})
    problem_of(answer, 500, "IL099")
    assert answer.headers["x-request-id"] == "my-request-77"
    assert "secret" not in answer.text
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "my-request-77" in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


@pytest.mark.parametrize("given", ["x", "a b c d e f g h", "x" * 65, "<script>alert"])
async def test_a_harmful_request_id_is_replaced(admin: httpx.AsyncClient, given: str) -> None:
    answer = await admin.get("/healthz", headers={"X-Request-Id": given})
    assert answer.headers["x-request-id"] != given
