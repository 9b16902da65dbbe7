"""How calls and answers look over HTTP, and what is tried again."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from interlock import errors
from interlock.api.operations import OPERATIONS
from interlock.client import Client
from interlock.client.calling import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, Pauses, retry_after
from interlock.client.problems import error_of
from interlock.client.requests import prepare
from interlock.client.streaming import parse_events
from tests.api.clock import Clock


def answered(status: int, **problem: object) -> httpx.Response:
    body = {"type": "urn:x", "title": "x", "status": status, "detail": "what happened", "code": "IL099", **problem}
    return httpx.Response(status, json=body, request=httpx.Request("GET", "http://127.0.0.1/api/v1/workflows"))


@pytest.mark.parametrize("kind", errors.errors_by_code().values(), ids=lambda kind: kind.code)
def test_every_problem_is_raised_as_the_error_of_its_code(kind: type[errors.InterlockError]) -> None:
    error = error_of(answered(kind.http_status, code=kind.code, details="there", hint="do that", instance="42"))
    assert type(error) is kind
    assert (error.message, error.hint, error.request_id) == ("what happened", "do that", "42")
    assert error.details == "there"


def test_errors_of_fields_are_kept() -> None:
    field: dict[str, Any] = {"place": "nodes[2].parameters.url", "message": "is missing", "code": "missing", "hint": "name it"}
    for code in ("IL020", "IL054"):
        error = error_of(answered(422, code=code, invalid=[field]))
        assert isinstance(error, errors.DefinitionRefused | errors.InvalidRequest)
        assert error.fields == (errors.InvalidField(**field),)


def test_a_code_of_a_later_release_is_still_an_error() -> None:
    error = error_of(answered(418, code="IL777"))
    assert type(error) is errors.InterlockError
    assert "IL777" in str(error)


def test_an_answer_of_something_else_than_an_interlock_server_is_named_as_such() -> None:
    request = httpx.Request("GET", "http://127.0.0.1/api/v1/workflows?cursor=x")
    assert isinstance(error_of(httpx.Response(502, text="<html>", request=request)), errors.ServerUnreachable)
    assert "https://there/x" in error_of(httpx.Response(308, headers={"Location": "https://there/x"}, request=request)).hint
    assert "/api/v1/workflows answered 404" in str(error_of(httpx.Response(404, text="nothing", request=request)))


def test_names_are_quoted_in_the_path() -> None:
    call = prepare(OPERATIONS["get_version"], {"workflow": "tea & biscuits/ä?", "version": 3})
    assert call.path == "/api/v1/workflows/tea%20%26%20biscuits%2F%C3%A4%3F/versions/3"
    assert call.body is None


def test_lists_repeat_their_name_in_the_query() -> None:
    call = prepare(OPERATIONS["list_executions"], {"status": ["failed", "running"], "workflow": None, "limit": 5})
    assert str(call.query) == "status=failed&status=running&limit=5"
    assert str(prepare(OPERATIONS["get_execution"], {"execution_id": "0" * 32, "run_data": False}).query) == "run_data=false"


def test_null_within_an_input_stays() -> None:
    call = prepare(OPERATIONS["run_workflow"], {"workflow": "x", "input": {"sex": None}, "subject": None, "idempotency_key": "k"})
    assert call.body == b'{"input":{"sex":null},"idempotency_key":"k"}'
    assert call.has_idempotency_key


def test_secrets_are_sent_and_not_masked() -> None:
    call = prepare(OPERATIONS["sign_in"], {"email": "ada@example.org", "password": "secret"})
    assert call.body == b'{"email":"ada@example.org","password":"secret"}'


def test_the_edited_version_goes_as_if_match() -> None:
    call = prepare(OPERATIONS["update_workflow"], {"workflow": "x", "definition": {}, "expected_version": 7})
    assert call.headers["If-Match"] == '"7"'
    assert call.body == b'{"definition":{}}'


async def test_an_invalid_field_is_refused_before_anything_is_sent() -> None:
    async with Client("http://127.0.0.1:9") as client:
        with pytest.raises(errors.InvalidRequest) as refused:
            await client.list_users(limit=5000)
        with pytest.raises(errors.InvalidRequest):
            await client.run_workflow("x", input={"what": object()})
    assert [field.place for field in refused.value.fields] == ["limit"]


def test_an_invalid_address_or_proof_is_refused_at_once() -> None:
    for url in ("localhost:8080", "http://", "http://[", "http://a b", "http://localhost/?x=1"):
        with pytest.raises(ValueError, match="not the address of a server"):
            Client(url)
    for key in ("", "ä", "il_x\n", "il x"):
        with pytest.raises(ValueError, match="api_key"):
            Client("http://localhost", api_key=key)
    with pytest.raises(ValueError, match="not both"):
        Client("http://localhost", api_key="il_x", token="a.b.c")


async def test_a_server_that_does_not_answer_has_its_own_error(unused_port: int) -> None:
    async with Client(f"http://127.0.0.1:{unused_port}", patience_seconds=0.2) as client:
        with pytest.raises(errors.ServerUnreachable, match="does not answer"):
            await client.list_workflows()
        with pytest.raises(errors.ServerUnreachable, match="does not answer"):
            async for _ in client.watch_execution("0" * 32):
                pass


async def test_pauses_grow_and_end_with_the_time() -> None:
    clock, slept = Clock(), list[float]()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.forward(seconds)

    pauses = Pauses(30, clock=clock, sleep=sleep)
    while await pauses.pause():
        pass
    assert sum(slept) <= 30
    assert sum(slept) > 30 - LONGEST_PAUSE_SECONDS
    ceilings = [min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**tries) for tries in range(len(slept))]
    assert all(ceiling / 2 <= seconds <= ceiling for seconds, ceiling in zip(slept, ceilings, strict=True))
    slept.clear()
    assert not await Pauses(1, clock=clock, sleep=sleep).pause(asked_seconds=60)
    assert await Pauses(60, clock=clock, sleep=sleep).pause(asked_seconds=60)
    assert slept == [60]


def test_retry_after_is_read_as_seconds() -> None:
    assert retry_after(httpx.Response(503, headers={"Retry-After": "2"})) == 2
    assert retry_after(httpx.Response(503, headers={"Retry-After": "Fri, 07 Nov 2026 23:59:59 GMT"})) is None
    assert retry_after(httpx.Response(503)) is None


async def test_events_are_read_as_the_standard_says() -> None:
    text = ["id: 1", "event: execution", "data: {", "data:}", "", ": keep-alive", "", "id: 2", "data: x", "", "id: 3", "data: cut off"]

    async def lines() -> AsyncIterator[str]:
        for line in text:
            yield line

    events = [event async for event in parse_events(lines())]
    assert [(event.id, event.event, event.data) for event in events] == [("1", "execution", "{\n}"), ("2", "message", "x")]
