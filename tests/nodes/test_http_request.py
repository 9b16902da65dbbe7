"""HTTP_REQUEST against real servers on loopback."""

import asyncio
import gzip
import ipaddress
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from interlock.nodes import FinalError, NodeError, RetryableError
from interlock.nodes.action_node.http_request.addresses import Address, PrivateHosts
from interlock.nodes.action_node.http_request.client import retry_after_seconds
from interlock.nodes.action_node.http_request.executor import HttpRequest
from interlock.nodes.action_node.http_request.request import VisitKey
from tests.nodes.contexts import context_for
from tests.nodes.http_server import LocalServer, Received, local_server


@pytest.fixture
async def executor() -> AsyncIterator[HttpRequest]:
    """An executor of a worker whose operator allows every private address."""
    made = HttpRequest(private=PrivateHosts.parse("*"))
    yield made
    await made.close()


async def send(executor: HttpRequest, url: str, **parameters: Any) -> dict[str, Any]:
    given = {"allow_private_addresses": True, **parameters, "url": url}
    return dict((await executor.execute(context_for(executor, given))).output)


async def failure(executor: HttpRequest, url: str, **parameters: Any) -> NodeError:
    with pytest.raises(NodeError) as raised:
        await send(executor, url, **parameters)
    return raised.value


async def test_a_json_answer_is_the_body(http_server: LocalServer, executor: HttpRequest) -> None:
    http_server.on("/item", 200, b'{"amount": 12.5, "tags": ["a", null]}', content_type="application/json", x_trace="7")
    output = await send(executor, http_server.url("/item"))
    assert output["status"] == 200
    assert output["body"] == {"amount": 12.5, "tags": ["a", None]}
    assert output["headers"]["x-trace"] == "7"


async def test_method_query_headers_and_json_body_are_sent(http_server: LocalServer, executor: HttpRequest) -> None:
    http_server.on("/orders", 201, b"{}", content_type="application/json")
    await send(
        executor,
        http_server.url("/orders?a=1"),
        method="POST",
        query={"b": ["x", 2], "c": True, "d": None},
        headers={"X-Count": 3},
        json={"name": "Ä"},
    )
    request = http_server.received[0]
    assert (request.method, request.target) == ("POST", "/orders?a=1&b=x&b=2&c=true")
    assert request.headers["x-count"] == "3"
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.body) == {"name": "Ä"}


async def test_every_attempt_carries_the_idempotency_key_of_the_visit(http_server: LocalServer, executor: HttpRequest) -> None:
    http_server.on("/", 200)
    for attempt_key in ("visit-9", "visit-9"):
        await executor.execute(context_for(executor, {"url": http_server.url(), "allow_private_addresses": True}, idempotency_key=attempt_key))
    assert [request.headers["idempotency-key"] for request in http_server.received] == ["visit-9", "visit-9"]


async def test_text_and_bytes_are_given_by_content_type(http_server: LocalServer, executor: HttpRequest) -> None:
    http_server.on("/text", 200, "grün".encode("latin-1"), content_type="text/plain; charset=latin-1")
    http_server.on("/bytes", 200, b"\x00\x01", content_type="application/octet-stream")
    http_server.on("/nul", 200, b"a\x00b", content_type="text/plain")
    assert (await send(executor, http_server.url("/text")))["body"] == "grün"
    assert (await send(executor, http_server.url("/bytes")))["body"] == "AAE="
    assert (await send(executor, http_server.url("/nul")))["body"] == "YQBi"
    assert [(await send(executor, http_server.url(path)))["body_type"] for path in ("/text", "/bytes", "/nul")] == ["text", "base64", "base64"]
    assert (await send(executor, http_server.url("/text"), response="base64"))["body"] == "Z3L8bg=="
    assert (await failure(executor, http_server.url("/nul"), response="text")).code == "response_not_text"


@pytest.mark.parametrize("body", [b"{", b"NaN", b'"\\u0000"', b"[" * 100_000, b'{"a": 1' + b"0" * 4300 + b"}"])
async def test_what_is_not_json_that_can_be_stored_is_a_final_error(http_server: LocalServer, executor: HttpRequest, body: bytes) -> None:
    http_server.on("/", 200, body, content_type="application/json")
    error = await failure(executor, http_server.url(), response="json")
    assert (error.code, error.retryable) == ("response_not_json", False)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(500, RetryableError), (503, RetryableError), (429, RetryableError), (408, RetryableError), (404, FinalError), (400, FinalError)],
)
async def test_a_busy_server_is_retryable_and_a_refusal_is_final(
    http_server: LocalServer, executor: HttpRequest, status: int, kind: type[NodeError]
) -> None:
    http_server.on("/", status, b"sorry", retry_after="7")
    error = await failure(executor, http_server.url())
    assert type(error) is kind
    assert error.code == "http_status"
    assert error.details == {"status": status, "body": "sorry", "retry_after_seconds": 7.0}


async def test_the_definition_chooses_expected_and_retried_statuses(http_server: LocalServer, executor: HttpRequest) -> None:
    http_server.on("/", 404, b"none")
    assert (await send(executor, http_server.url(), expected_status=["2xx", 404]))["status"] == 404
    assert (await failure(executor, http_server.url(), retry_on_status=[404])).retryable


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (["12"], 12.0),
        ([" 12 "], 12.0),
        (["0"], 0.0),
        (["Sat, 21 Nov 2026 10:00:30 GMT"], 30.0),
        (["Sat, 21 Nov 2020 10:00:30 GMT"], 0.0),
        (["soon"], None),
        ([], None),
        ([""], None),
        (["-5"], None),
        (["\u0663"], None),
        (["Sat, 21 Nov 99999 10:00:30 GMT"], None),
        (["Sat, 21 Nov 2026 10:00:30 +999999999999"], None),
        (["7", "30", "9"], 30.0),
        (["7, 30"], 30.0),
        (["7", "soon", "Sat, 21 Nov 2026 10:00:20 GMT"], 20.0),
        (["86401"], 86400.0),
        (["9" * 50], 86400.0),
        (["Sat, 21 Nov 2037 10:00:30 GMT"], 86400.0),
    ],
)
def test_retry_after_is_the_longest_of_all_such_headers_and_a_day_at_most(header: list[str], seconds: float | None) -> None:
    assert retry_after_seconds(header, datetime(2026, 11, 21, 10, 0, 0, tzinfo=UTC)) == seconds


async def test_several_retry_after_headers_reach_the_error(http_server: LocalServer, executor: HttpRequest) -> None:
    async def busy(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 503 Busy\r\nRetry-After: 5\r\nretry-after: 60\r\nRetry-After: later\r\ncontent-length: 0\r\n\r\n")

    http_server.answers["/"] = busy
    assert (await failure(executor, http_server.url())).details["retry_after_seconds"] == 60.0


async def test_a_server_that_does_not_answer_is_a_retryable_timeout_and_its_connection_is_closed(
    http_server: LocalServer, executor: HttpRequest
) -> None:
    async def never(_: Received, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    http_server.answers["/"] = never
    error = await failure(executor, http_server.url(), timeout_seconds=0.2)
    assert (error.code, error.retryable) == ("http_timeout", True)


async def test_a_lost_connection_is_retryable(http_server: LocalServer, executor: HttpRequest) -> None:
    async def hang_up(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        await writer.drain()
        writer.close()

    http_server.answers["/"] = hang_up
    error = await failure(executor, http_server.url())
    assert (error.code, error.retryable) == ("http_connection", True)


async def test_a_port_where_nobody_listens_is_retryable(executor: HttpRequest) -> None:
    async with local_server() as server:
        url = server.url()
    error = await failure(executor, url)
    assert (error.code, error.retryable) == ("http_connection", True)


async def test_reading_stops_at_the_limit(http_server: LocalServer, executor: HttpRequest) -> None:
    sent = 0

    async def endless(_: Received, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
            await writer.drain()
            sent += 0x10000

    http_server.answers["/"] = endless
    error = await failure(executor, http_server.url(), max_response_bytes=200_000)
    assert (error.code, error.retryable) == ("response_too_large", False)
    assert sent < 20_000_000


async def test_a_body_with_a_declared_length_beyond_the_limit_is_not_read(http_server: LocalServer, executor: HttpRequest) -> None:
    http_server.on("/", 200, b"x" * 1001)
    assert (await failure(executor, http_server.url(), max_response_bytes=1000)).code == "response_too_large"
    assert (await send(executor, http_server.url(), max_response_bytes=1001))["status"] == 200


async def test_a_compressed_body_cannot_grow_beyond_the_limit(http_server: LocalServer, executor: HttpRequest) -> None:
    http_server.on("/small", 200, gzip.compress(b'{"a": 1}'), content_type="application/json", content_encoding="gzip")
    http_server.on("/bomb", 200, gzip.compress(b"0" * 50_000_000), content_encoding="gzip")
    http_server.on("/torn", 200, gzip.compress(b"hello world")[:-6], content_encoding="gzip")
    http_server.on("/broken", 200, b"no gzip", content_encoding="gzip")
    http_server.on("/odd", 200, b"?", content_encoding="br")
    assert (await send(executor, http_server.url("/small")))["body"] == {"a": 1}
    assert (await failure(executor, http_server.url("/bomb"))).code == "response_too_large"
    assert (await failure(executor, http_server.url("/torn"))).code == "response_damaged"
    assert (await failure(executor, http_server.url("/broken"))).code == "response_damaged"
    assert (await failure(executor, http_server.url("/odd"))).code == "response_encoding"


@pytest.mark.parametrize(
    ("status", "method", "after"),
    [(301, "POST", "GET"), (302, "POST", "GET"), (303, "PUT", "GET"), (307, "POST", "POST"), (308, "PUT", "PUT"), (302, "PUT", "PUT")],
)
async def test_redirects_are_followed_as_the_status_says(
    http_server: LocalServer, executor: HttpRequest, status: int, method: str, after: str
) -> None:
    http_server.on("/old", status, location="/new")
    http_server.on("/new", 200)
    await send(executor, http_server.url("/old"), method=method, body="hello", headers={"X-Token": "t"})
    second = http_server.received[1]
    assert (second.method, second.body) == (after, b"" if after == "GET" else b"hello")
    assert second.headers["x-token"] == "t"


async def test_a_redirect_to_another_origin_carries_no_secrets(http_server: LocalServer, executor: HttpRequest) -> None:
    async with local_server() as other:
        http_server.on("/", 307, location=other.url("/elsewhere"))
        other.on("/elsewhere", 200)
        headers = {"Authorization": "Bearer s", "X-Api-Key": "s", "Cookie": "s=1", "Accept": "text/csv"}
        await send(executor, http_server.url(), method="POST", body="hello", headers=headers)
        seen = other.received[0].headers
    assert not {"authorization", "x-api-key", "cookie"} & seen.keys()
    assert (seen["accept"], seen["host"]) == ("text/csv", f"127.0.0.1:{other.port}")


async def test_another_server_gets_a_key_that_is_the_same_for_each_attempt_and_tells_nothing(http_server: LocalServer, executor: HttpRequest) -> None:
    async with local_server() as other, local_server() as third:
        http_server.on("/", 307, location="/here")
        http_server.on("/here", 307, location=other.url("/"))
        other.on("/", 307, location=third.url("/"))
        third.on("/", 307, location=http_server.url("/back"))
        http_server.on("/back", 200)
        given = {"url": http_server.url(), "method": "POST", "body": "x", "allow_private_addresses": True}
        for visit in ("visit-1", "visit-1", "visit-2"):
            await executor.execute(context_for(executor, given, idempotency_key=visit))
        keys = [[request.headers["idempotency-key"] for request in server.received] for server in (http_server, other, third)]
    assert keys[0] == ["visit-1"] * 6 + ["visit-2"] * 3
    assert keys[1][0] == keys[1][1] != keys[1][2]
    assert len({*keys[0], *keys[1], *keys[2]}) == 6
    assert not any("visit" in key for key in keys[1] + keys[2])


async def test_a_key_of_the_author_stays_with_the_server_that_was_asked(http_server: LocalServer, executor: HttpRequest) -> None:
    async with local_server() as other:
        http_server.on("/", 307, location="/here")
        http_server.on("/here", 307, location=other.url("/"))
        other.on("/", 200)
        await send(executor, http_server.url(), method="POST", body="x", headers={"idempotency-Key": "customer 42"})
        assert "idempotency-key" not in other.received[0].headers
    assert [request.headers["idempotency-key"] for request in http_server.received] == ["customer 42"] * 2


@pytest.mark.parametrize(
    ("first", "then", "same"),
    [
        ("http://a.example/x", "https://a.example/y", True),
        ("http://a.example:80/x", "https://a.example:443/y", True),
        ("http://a.example:8080/x", "https://a.example/y", False),
        ("https://a.example/x", "http://a.example/y", False),
        ("https://a.example/x", "https://a.example:8443/y", False),
        ("https://a.example/x", "https://b.a.example/y", False),
        ("https://a.example/x", "https://a.example:443/y", True),
    ],
)
def test_the_key_itself_goes_to_the_same_server_only_and_to_its_address_with_tls(first: str, then: str, same: bool) -> None:
    key = VisitKey.of(httpx.Request("POST", first, headers={"Idempotency-Key": "visit-1"}), "visit-1")
    sent = key.headers_for(httpx.URL(then))["idempotency-key"]
    assert (sent == "visit-1") is same


async def test_redirects_end(http_server: LocalServer, executor: HttpRequest) -> None:
    http_server.on("/", 302, location="/")
    assert (await failure(executor, http_server.url(), max_redirects=3)).code == "too_many_redirects"
    assert len(http_server.received) == 4
    assert (await send(executor, http_server.url(), max_redirects=0, expected_status=["3xx"]))["status"] == 302


async def test_a_private_address_needs_the_definition_and_the_operator(http_server: LocalServer) -> None:
    http_server.on("/", 200)
    for permitted, asks, sent in (
        ("", False, False),
        ("", True, False),
        ("*", False, False),
        ("*", True, True),
        ("127.0.0.0/8", True, True),
        ("10.0.0.0/8", True, False),
    ):
        executor = HttpRequest(private=PrivateHosts.parse(permitted))
        if sent:
            assert (await send(executor, http_server.url(), allow_private_addresses=asks))["status"] == 200
        else:
            error = await failure(executor, http_server.url(), allow_private_addresses=asks)
            assert (error.code, error.retryable) == ("address_refused", False)
            assert error.hint is not None
            assert "INTERLOCK_HTTP_ALLOW_PRIVATE" in error.hint
            assert ("allow_private_addresses" in error.hint) is not asks
        await executor.close()
    assert len(http_server.received) == 2


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::]",
    ],
)
async def test_every_spelling_of_this_machine_is_refused(http_server: LocalServer, host: str) -> None:
    executor = HttpRequest(private=PrivateHosts())
    error = await failure(executor, http_server.url(host=host), allow_private_addresses=False)
    assert error.code in ("address_refused", "url_refused")
    assert http_server.received == []
    await executor.close()


async def test_a_redirect_to_a_private_address_is_refused(http_server: LocalServer) -> None:
    """The first server is permitted by the operator, the one that it points to is not."""
    async with local_server("127.0.0.2") as secret:
        secret.on("/", 200, b"secret")
        http_server.on("/", 302, location=secret.url(host="127.0.0.2"))
        executor = HttpRequest(private=PrivateHosts.parse("127.0.0.1"))
        assert (await failure(executor, http_server.url())).code == "address_refused"
        assert secret.received == []
        await executor.close()


async def test_a_name_that_resolves_differently_a_moment_later_changes_nothing(http_server: LocalServer) -> None:
    """The connection goes to the address that was checked; the name is not asked again."""
    http_server.on("/", 200)
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> list[Address]:
        asked.append(host)
        return [ipaddress.ip_address("127.0.0.1" if len(asked) == 1 else "127.0.0.2")]

    executor = HttpRequest(private=PrivateHosts.parse("127.0.0.1"), resolver=rebinding)
    await send(executor, http_server.url(host="rebinding.test"))
    assert asked == ["rebinding.test"]
    assert http_server.received[0].headers["host"] == f"rebinding.test:{http_server.port}"
    await executor.close()


async def test_a_connection_opened_with_permission_is_not_reused_without(http_server: LocalServer, executor: HttpRequest) -> None:
    http_server.on("/", 200)
    await send(executor, http_server.url())
    assert (await failure(executor, http_server.url(), allow_private_addresses=False)).code == "address_refused"


async def test_cookies_do_not_travel_from_one_execution_to_the_next(http_server: LocalServer, executor: HttpRequest) -> None:
    http_server.on("/", 200, set_cookie="session=secret")
    await send(executor, http_server.url())
    await send(executor, http_server.url())
    assert "cookie" not in http_server.received[1].headers


async def test_errors_name_the_origin_and_nothing_else_of_the_url(http_server: LocalServer, executor: HttpRequest) -> None:
    http_server.on("/hook/p4th-s3cret", 500)
    secret = f"http://us3r:p4ss@127.0.0.1:{http_server.port}/hook/p4th-s3cret?token=qu3ry"
    urls = (
        secret,
        secret.replace(str(http_server.port), "1"),
        secret.replace("127.0.0.1", "nowhere.invalid"),
        secret.replace("http:", "ftp:"),
        secret.replace("127", "1 27"),
    )
    for url in urls:
        error = await failure(executor, url)
        shown = json.dumps(error.to_json()) + repr(error) + str(error.__cause__)
        assert not any(part in shown for part in ("us3r", "p4ss", "p4th", "qu3ry")), shown
    assert http_server.received[0].headers["authorization"] == "Basic dXMzcjpwNHNz"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "1\r\nX-B: 2"},
        {"X-A\r\nX-B": "1"},
        {"Content-Length": "3"},
        {"Proxy-Authorization": "x"},
        {"Transfer-Encoding": "chunked"},
        {"": "x"},
        {"a b": "x"},
    ],
)
async def test_headers_cannot_change_the_request(http_server: LocalServer, executor: HttpRequest, headers: dict[str, str]) -> None:
    http_server.on("/", 200)
    assert not (await failure(executor, http_server.url(), headers=headers)).retryable
    assert http_server.received == []


async def test_cancelling_closes_the_connection(http_server: LocalServer, executor: HttpRequest) -> None:
    arrived = asyncio.Event()

    async def never(_: Received, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await writer.wait_closed()
        raise ConnectionError

    http_server.answers["/"] = never
    task = asyncio.create_task(send(executor, http_server.url()))
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_one_body_at_most() -> None:
    with pytest.raises(ValueError, match="one body"):
        context_for(HttpRequest(), {"url": "http://a.example", "body": "x", "json": {}})


async def test_a_form_is_encoded(http_server: LocalServer, executor: HttpRequest) -> None:
    http_server.on("/", 200)
    await send(executor, http_server.url(), method="POST", form={"a": 1, "b": ["x y", "z"]})
    assert http_server.received[0].body == b"a=1&b=x+y&b=z"
