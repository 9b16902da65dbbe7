"""Two API processes over one database are equal: each knows what the other did."""

import asyncio
from uuid import uuid4

import httpx
import pytest

from interlock.api.auth.proofs import KEPT_SECONDS
from tests.api.clock import Clock
from tests.api.conftest import Serve
from tests.api.rest.requests import problem_of
from tests.api.rest.workflows import chain, run, save
from tests.api.serving import Api


@pytest.fixture
async def both(serve: Serve) -> tuple[Api, Api]:
    return await serve(), await serve()


async def _admins(both: tuple[Api, Api]) -> tuple[httpx.AsyncClient, httpx.AsyncClient]:
    one, other = await both[0].client(), await both[1].client(None)
    other.headers["Authorization"] = one.headers["Authorization"]
    return one, other


async def test_one_key_used_at_both_at_once_starts_one_execution(both: tuple[Api, Api]) -> None:
    clients = await _admins(both)
    await save(clients[0], chain())
    for _ in range(5):
        key = {"Idempotency-Key": uuid4().hex}
        answers = await asyncio.gather(*(clients[n % 2].post("/api/v1/workflows/chain/run", json={}, headers=key) for n in range(8)))
        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.json()["execution_id"] for answer in answers}) == 1
        assert sum(answer.json()["created"] for answer in answers) == 1
    assert len((await clients[1].get("/api/v1/executions")).json()["items"]) == 5


async def test_one_retry_sent_to_both_at_once_starts_one_execution(both: tuple[Api, Api]) -> None:
    clients = await _admins(both)
    await save(clients[0], chain())
    execution = await run(clients[0])
    await clients[1].post(f"/api/v1/executions/{execution}/cancel", json={})
    body = {"from_node": "begin", "idempotency_key": "again"}
    answers = await asyncio.gather(*(clients[n % 2].post(f"/api/v1/executions/{execution}/retry", json=body) for n in range(8)))
    assert {answer.status_code for answer in answers} == {202}, answers[0].text
    assert len({answer.json()["execution_id"] for answer in answers}) == 1


async def test_of_several_saves_at_once_all_but_one_are_refused(both: tuple[Api, Api]) -> None:
    clients = await _admins(both)
    await save(clients[0], chain())
    asked = {"headers": {"If-Match": '"1"'}}
    answers = await asyncio.gather(
        *(clients[n % 2].put("/api/v1/workflows/chain", json={"definition": chain(text=str(n))}, **asked) for n in range(6))  # type: ignore[arg-type]
    )
    assert sorted(answer.status_code for answer in answers) == [200, *[412] * 5]
    versions = (await clients[1].get("/api/v1/workflows/chain/versions")).json()["items"]
    assert [version["version"] for version in versions] == [2, 1]


async def test_a_session_of_one_is_valid_at_the_other_and_ends_there_within_seconds(both: tuple[Api, Api]) -> None:
    clock = both[1].services.auth.proofs.clock = Clock()
    browser = await both[0].browser(await both[0].person())
    other = await both[1].client(None)
    other.cookies.set("interlock_session", browser.cookies["interlock_session"])
    other.headers["X-CSRF-Token"] = browser.headers["X-CSRF-Token"]
    assert (await other.get("/api/v1/session")).json()["via"] == "session"
    assert (await other.post("/api/v1/api-keys", json={"name": "mine"})).status_code == 201
    assert (await browser.delete("/api/v1/session")).status_code == 204
    clock.forward(KEPT_SECONDS)
    problem_of(await other.get("/api/v1/session"), 401, "IL030")


async def test_a_key_revoked_at_one_is_refused_at_the_other_within_seconds(both: tuple[Api, Api]) -> None:
    clock = both[1].services.auth.proofs.clock = Clock()
    one, other = await _admins(both)
    made = (await one.post("/api/v1/api-keys", json={"name": "short-lived"})).json()
    key = {"Authorization": f"Bearer {made['key']}"}
    assert (await other.get("/api/v1/workflows", headers=key)).status_code == 200
    assert (await one.delete(f"/api/v1/api-keys/{made['id']}")).status_code == 204
    problem_of(await one.get("/api/v1/workflows", headers=key), 401, "IL030")
    assert (await other.get("/api/v1/workflows", headers=key)).status_code == 200, "it is remembered here"
    clock.forward(KEPT_SECONDS)
    problem_of(await other.get("/api/v1/workflows", headers=key), 401, "IL030")


async def test_failed_sign_ins_are_counted_over_both(both: tuple[Api, Api]) -> None:
    person = await both[0].person()
    clients = [await api.client(None) for api in both]
    tries = [0, 0]
    for number in range(40):
        answer = await clients[number % 2].post("/api/v1/session", json={"email": person.email, "password": "wrong"})
        if answer.status_code == 429:
            break
        problem_of(answer, 401, "IL032")
        tries[number % 2] += 1
    assert min(tries) > 0
    for client in clients:
        answer = await client.post("/api/v1/session", json={"email": person.email, "password": person.password})
        problem_of(answer, 429, "IL033")
