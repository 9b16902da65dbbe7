"""Hostile requests as bytes on a connection: they are refused with a stable code and the request's id, and the process keeps working."""

import asyncio
import base64
import json
import re
from collections.abc import Mapping
from typing import Any, Final

import httpx
import pytest

from interlock.api.operations import OPERATIONS
from interlock.api.rest import bodies, connections
from interlock.api.rest.forms import form_of
from interlock.api.settings import MEBIBYTE, ApiSettings
from interlock.insight.request_metrics import REQUESTS
from tests.api.conftest import Serve
from tests.api.rest.requests import WITH_BODY, address, places, problem_of
from tests.api.rest.workflows import chain
from tests.api.services.asking import Asking
from tests.api.services.wide import BRANCHES, run_wide
from tests.api.serving import Api

YAML: Final = {"Content-Type": "application/yaml"}
PAGED: Final = [operation for operation in OPERATIONS.values() if "cursor" in operation.request.model_fields]
BOMBS: Final = {
    "anchors": b"name: &a w\nnodes: []\ndescription: *a\n",
    "billion laughs": b"a: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(b"%c: &%c [%s]\n" % (n + 1, n + 1, b",".join([b"*%c" % n] * 9)) for n in range(97, 108)),
    "merge": b"base: &b {name: w}\n<<: *b\n",
    "tag": b"!!python/object/apply:os.system ['true']\n",
    "own tag": b"name: !Ref w\n",
    "deep": b"[" * 100_000,
    "deep blocks": b"".join(b" " * n + b"a:\n" for n in range(600)),
    "twice": b"name: a\nname: b\n",
    "two documents": b"name: a\n---\nname: b\n",
    "not UTF-8": b"name: \xff\xfe\n",
    "NUL": b'name: "a\\0b"\n',
    "surrogate": b'name: "\\ud800"\n',
    "not a number": b"name: w\ntimeout_seconds: .nan\n",
    "endless number": b"name: w\ntimeout_seconds: " + b"9" * 5000 + b"\n",
    "binary": b"\x00\x01\x02",
    "unclosed": b"name: [a\n",
}


UNFINISHED = {("save_draft", "definition")}
"""What may hold any JSON: a draft has errors."""


@pytest.mark.parametrize("kind", BOMBS)
async def test_yaml_with_more_than_data_is_refused(admin: httpx.AsyncClient, kind: str) -> None:
    for operation in (operation for operation in OPERATIONS.values() if operation.yaml):
        async with asyncio.timeout(60):
            answer = await admin.request(operation.method, address(operation), content=BOMBS[kind], headers=YAML)
        is_data = kind in {"anchors", "merge"}  # then it is read, within bounds, and is no definition
        if is_data and operation.name == "validate_workflow":
            assert answer.json()["valid"] is False
        else:
            assert problem_of(answer, 422 if is_data else 400, "IL020" if is_data else "IL013").hint


async def test_each_parameter_of_a_wrong_type_is_refused_with_its_place(admin: httpx.AsyncClient) -> None:
    for operation in OPERATIONS.values():
        form = form_of(operation)
        for name, field in form.query.model_fields.items():
            url = address(operation)
            if "list[" not in str(field.annotation):
                twice = await admin.request(operation.method, url, params=[(name, "1"), (name, "2")])
                assert places(problem_of(twice, 422, "IL054")) == [f"query.{name}"]
            for wrong in ("%00", "%FF", "%ED%A0%80", "x" * 600):
                answer = await admin.request(operation.method, f"{url}?{name}={wrong}")
                assert answer.status_code in {200, 404, 422}, f"{operation.name} {name} {wrong[:9]}: {answer.text}"
                if wrong in {"%00", "x" * 600}:
                    problem_of(answer, answer.status_code, answer.json()["code"])
        if operation.name in WITH_BODY:
            for name in form.body.model_fields if form.body is not None else ():
                answer = await admin.request(operation.method, address(operation), json={name: {"": [[]]}})
                if operation.name == "validate_workflow":
                    assert answer.json()["valid"] is False
                elif (operation.name, name) in UNFINISHED:
                    assert answer.status_code == 200, f"{operation.name} {name}: {answer.text}"
                else:
                    assert answer.status_code in {404, 422}, f"{operation.name} {name}: {answer.text}"


async def test_made_up_cursors_are_refused(admin: httpx.AsyncClient) -> None:
    parts: list[list[Any]] = [
        ["a"],
        ["2026-01-01T00:00:00+00:00", "x"],
        ["x", "0197b7a5-0000-7000-8000-000000000000"],
        ["1"] * 9,
        [1, 2],
        [],
        ["\0"],
        ["\ud800"],
    ]
    cursors = [base64.urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode()).rstrip(b"=").decode() for part in parts]
    await admin.post("/api/v1/workflows", json={"definition": chain("w")})
    for operation in PAGED:
        taken = 0
        for cursor in [*cursors, "AAAA", "_", "-" * 500]:
            answer = await admin.get(address(operation, workflow="w"), params={"cursor": cursor})
            taken += answer.status_code == 200
            if answer.status_code != 200:
                assert any("cursor" in place for place in places(problem_of(answer, 422, "IL054")))
        assert taken <= 1, operation.name  # ["a"] may be a name


@pytest.mark.parametrize(
    ("head", "status", "code"),
    [
        (b"GET /api/v1/workflows?" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431, "IL059"),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 70_000 + b"\r\n\r\n", 431, "IL059"),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"X-Many: a\r\n" * 20_000 + b"\r\n", 431, "IL059"),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Endless: " + b"a" * 5_000_000, 431, "IL059"),
        (b"GET /" + b"a" * 5_000_000, 431, "IL059"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "IL013"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "IL013"),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nBad Name: a\r\n\r\n", 400, "IL013"),
        (b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "IL013"),
        (b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", 400, "IL013"),
        (b"\x00" * 200, 400, "IL013"),
        (b"GET /healthz HTTP/1.1\r\n\r\n", 400, "IL013"),
        (b"POST /api/v1/session HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", 400, "IL013"),
        (b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", 400, "IL013"),
        (b"GET http:// HTTP/1.1\r\nHost: x\r\n\r\n", 400, "IL013"),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 404, "IL051"),
        (b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", 400, "IL013"),
    ],
    ids=["address", "header", "headers", "endless header", "endless address", "TLS", "HTTP/2", "name", "smuggling", "length", "nothing",
         "no host", "no host with a body", "bytes", "no address", "asterisk", "tunnel"],
)  # fmt: skip
async def test_a_broken_head_is_refused(api: Api, head: bytes, status: int, code: str) -> None:
    answer = await _raw(api, head)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["instance"] == answer.headers["x-request-id"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await (await api.client(None)).get("/healthz")).status_code == 200


async def test_http_1_0_needs_no_host(api: Api) -> None:
    assert (await _raw(api, b"GET /healthz HTTP/1.0\r\n\r\n")).status_code == 200


BROKEN_BODIES: Final = {
    "a length that is no number": (b"Transfer-Encoding: chunked", b"zz\r\n{}\r\n0\r\n\r\n", 400, "IL013"),
    "a chunk that is longer than it says": (b"Transfer-Encoding: chunked", b"1\r\n{}}}\r\n0\r\n\r\n", 400, "IL013"),
    "a length beyond 64 bits": (b"Transfer-Encoding: chunked", b"f" * 17 + b"\r\n{}\r\n", 400, "IL013"),
    "a negative length": (b"Transfer-Encoding: chunked", b"-2\r\n{}\r\n0\r\n\r\n", 400, "IL013"),
    "a broken chunk after a good one": (b"Transfer-Encoding: chunked", b"1\r\n{\r\nx\r\n", 400, "IL013"),
    "an unknown transfer coding": (b"Transfer-Encoding: rot13", b"{}", 400, "IL013"),
    "chunks that are not the last coding": (b"Transfer-Encoding: chunked, gzip", b"2\r\n{}\r\n0\r\n\r\n", 400, "IL013"),
    "compressed chunks": (b"Transfer-Encoding: gzip, chunked", b"2\r\n{}\r\n0\r\n\r\n", 422, "IL054"),
    "a compressed body": (b"Content-Encoding: gzip\r\nContent-Length: 2", b"\x1f\x8b", 415, "IL053"),
    "an unknown encoding": (b"Content-Encoding: rot13\r\nContent-Length: 2", b"{}", 415, "IL053"),
    "another charset": (b"Content-Type: application/json; charset=utf-16\r\nContent-Length: 2", b"{}", 415, "IL053"),
}


@pytest.mark.parametrize("kind", BROKEN_BODIES)
async def test_a_broken_body_gets_an_answer(api: Api, kind: str) -> None:
    header, body, status, code = BROKEN_BODIES[kind]
    given = b"" if b"Content-Type" in header else b"Content-Type: application/json\r\n"
    host = api.url.removeprefix("http://").encode()
    head = b"POST /api/v1/session HTTP/1.1\r\nHost: %b\r\n%b%b\r\n\r\n" % (host, given, header)
    for sent in (head + body, None):
        answer = await (_raw(api, sent) if sent is not None else _raw_in_parts(api, head, body))
        assert (answer.status_code, answer.json()["code"]) == (status, code), (kind, answer.text)
        assert answer.json()["instance"] == answer.headers["x-request-id"]
    assert (await (await api.client(None)).get("/healthz")).status_code == 200


async def test_garbage_behind_a_request_does_not_take_its_answer(api: Api) -> None:
    host, key = api.url.removeprefix("http://"), await api.key()
    whole = f"GET /api/v1/workflows HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n\r\n"
    reader, writer = await _connect(api)
    async with asyncio.timeout(60):
        writer.write(whole.encode() + b"\x00\x00 garbage\r\n\r\n")
        answers = (await reader.read()).decode()
    writer.close()
    assert answers.startswith("HTTP/1.1 200")
    assert answers.count("HTTP/1.1 ") == 1
    assert '"items"' in answers


async def test_a_head_that_does_not_arrive_in_time_is_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    answer = await _raw(api, b"GET /healthz HTTP/1.1\r\nHost:")
    assert (answer.status_code, answer.json()["code"]) == (408, "IL058")
    reader, writer = await _connect(api)
    async with asyncio.timeout(60):
        assert await reader.read() == b""  # nothing was sent, nothing is said
    writer.close()


async def test_every_operation_refuses_a_body_that_arrives_too_slowly(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.3)
    api = await serve(ApiSettings(body_limit=100_000))
    key = await api.key()

    async def drip(name: str) -> None:
        operation = OPERATIONS[name]
        lines = (
            f"{operation.method} {address(operation).replace(' ', '%20')} HTTP/1.1",
            f"Host: {api.url.removeprefix('http://')}",
            f"Authorization: Bearer {key}",
            "Content-Length: 500",
        )
        answer = await _raw(api, "\r\n".join([*lines, "Content-Type: application/json", "", "{"]).encode())
        assert (answer.status_code, answer.json()["code"]) == (408, "IL058"), name

    await asyncio.gather(*(drip(name) for name in WITH_BODY))


async def test_a_caller_who_is_not_signed_in_cannot_send_much(api: Api) -> None:
    answer = await (await api.client(None)).post("/api/v1/session", json={"email": "a@b", "password": "x" * 50_000})
    problem_of(answer, 413, "IL050")


async def test_no_request_of_this_module_was_a_defect() -> None:
    samples = [sample for metric in REQUESTS.collect() for sample in metric.samples]
    assert not [sample for sample in samples if sample.labels.get("code") == "IL099" and sample.labels["operation"] != "list_users"]


async def _raw(api: Api, sent: bytes) -> httpx.Response:
    """What is answered to these bytes, until the connection is closed."""
    reader, writer = await _connect(api)
    async with asyncio.timeout(60):
        writer.write(sent)
        return await _answer(reader, writer)


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> httpx.Response:
    """The first answer on a connection, which is closed then."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    headers: Mapping[str, str] = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
    body = await reader.readexactly(int(headers["content-length"]))
    writer.close()
    status = re.match(r"HTTP/1\.1 (\d+)", head)
    assert status is not None
    return httpx.Response(int(status[1]), headers=dict(headers), content=body)


async def _raw_in_parts(api: Api, head: bytes, body: bytes) -> httpx.Response:
    """As `_raw`, with the body some time after the head, when the request is being answered."""
    reader, writer = await _connect(api)
    async with asyncio.timeout(60):
        writer.write(head)
        await asyncio.sleep(0.1)
        writer.write(body)
        return await _answer(reader, writer)


async def _connect(api: Api) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = api.url.removeprefix("http://").split(":")
    return await asyncio.open_connection(host, int(port))


async def test_an_answer_about_a_long_execution_has_a_bounded_number_of_bytes(api: Api, admin: httpx.AsyncClient) -> None:
    execution = await run_wide(Asking(api.services), MEBIBYTE - 100)
    admin.headers["Accept-Encoding"] = "identity"
    cursor: str | None = None
    sizes: list[int] = []
    names: list[str] = []
    while True:
        query = {} if cursor is None else {"run_data_cursor": cursor}
        answer = await admin.get(f"/api/v1/executions/{execution}", params=query)
        sizes.append(len(answer.content))
        run_data = answer.json()["run_data"]
        names += [step["node_id"] for step in run_data["execution_path"]]
        cursor = run_data["next_cursor"]
        if cursor is None:
            break
        assert run_data["truncated"] is True
    assert len(names) == len(set(names)) == BRANCHES + 2
    assert sum(sizes) > BRANCHES * MEBIBYTE
    assert max(sizes) < 4 * MEBIBYTE


async def test_a_header_that_names_the_caller_comes_at_most_once(api: Api) -> None:
    """What stands between might have gone by the other one."""
    given = {"Host": api.url.removeprefix("http://"), "Authorization": f"Bearer {await api.key()}", "Origin": api.url, "X-CSRF-Token": "x"}
    for twice in (None, *given, "Content-Type"):
        lines = [f"{name}: {value}" for name, value in given.items()] + ([] if twice is None else [f"{twice}: {given.get(twice, 'a')}"])
        lines += ["Content-Type: a", "Connection: close"]
        reader, writer = await _connect(api)
        writer.write("\r\n".join(["GET /api/v1/session HTTP/1.1", *lines, "", ""]).encode())
        answer = (await reader.read()).decode()
        writer.close()
        assert answer.startswith("HTTP/1.1 200" if twice is None else "HTTP/1.1 400"), twice
        assert twice is None or f"the header {twice.lower()} comes more than once" in answer
