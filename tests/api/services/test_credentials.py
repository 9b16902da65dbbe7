"""Credentials over REST: written, listed, never returned."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from interlock.api.credential_tests import OF_ONE
from interlock.api.models.users import Role
from tests.api.conftest import Serve
from tests.nodes.http_server import LocalServer, Received, local_server, response

KEY = base64.b64encode(os.urandom(32)).decode()
SECRET = "cnry-0f1e2d3c"
BEARER = {"name": "github", "kind": "bearer", "fields": {"token": SECRET}, "description": "the bot's", "allowed_hosts": ["api.github.example"]}
POSTGRES = {"name": "shop", "kind": "postgres", "fields": {"dsn": "postgresql://me:pa55word@db.example/shop"}}


@pytest.fixture
async def editor(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> httpx.AsyncClient:
    monkeypatch.setenv("INTERLOCK_ENCRYPTION_KEY", KEY)
    return await (await serve()).client(Role.EDITOR)


@pytest.fixture
async def keyless(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> httpx.AsyncClient:
    for name in ("INTERLOCK_ENCRYPTION_KEY", "INTERLOCK_ENCRYPTION_KEY_FILE", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    return await (await serve()).client(Role.EDITOR)


async def test_a_credential_is_made_changed_listed_and_deleted(editor: httpx.AsyncClient) -> None:
    made = await editor.post("/api/v1/credentials", json=BEARER)
    assert made.status_code == 201, made.text
    saved = made.json()
    assert (saved["name"], saved["kind"], saved["field_names"], saved["last_used_at"]) == ("github", "bearer", ["token"], None)
    place = f"/api/v1/credentials/{saved['id']}"
    assert (await editor.get(place)).json() == saved
    changed = await editor.patch(place, json={"description": "nobody's"})
    assert changed.json() == {**saved, "description": "nobody's", "updated_at": changed.json()["updated_at"]}
    assert (await editor.patch(place, json={"fields": {"token": "other-secret"}})).status_code == 200
    listed = await editor.get("/api/v1/credentials")
    assert [each["name"] for each in listed.json()["items"]] == ["github"]
    said = made.text + changed.text + listed.text
    assert SECRET not in said
    assert "other-secret" not in said
    assert (await editor.delete(place)).status_code == 204
    assert (await editor.get(place)).json()["code"] == "IL040"
    assert (await editor.delete(place)).json()["code"] == "IL040"
    assert (await editor.patch(place, json={"description": ""})).json()["code"] == "IL040"


async def test_the_list_comes_in_pages(editor: httpx.AsyncClient) -> None:
    for name in ("c", "a", "b"):
        await editor.post("/api/v1/credentials", json={**BEARER, "name": name})
    first = (await editor.get("/api/v1/credentials", params={"limit": 2})).json()
    rest = (await editor.get("/api/v1/credentials", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [each["name"] for each in (*first["items"], *rest["items"])] == ["a", "b", "c"]
    assert rest["next_cursor"] is None
    assert (await editor.get("/api/v1/credentials", params={"cursor": "_w"})).status_code == 422


async def test_a_name_can_be_used_once(editor: httpx.AsyncClient) -> None:
    await editor.post("/api/v1/credentials", json=BEARER)
    again = await editor.post("/api/v1/credentials", json=BEARER)
    assert (again.status_code, again.json()["code"]) == (409, "IL021")


async def test_values_that_cannot_be_saved_are_named_by_their_place_and_not_shown(editor: httpx.AsyncClient) -> None:
    answer = await editor.post("/api/v1/credentials", json={**POSTGRES, "fields": {"dsn": SECRET, "token": SECRET}})
    assert (answer.status_code, answer.json()["code"]) == (422, "IL054")
    assert {error["place"] for error in answer.json()["invalid"]} == {"fields.token", "fields.dsn"}
    assert SECRET not in answer.text
    short = await editor.post("/api/v1/credentials", json={**BEARER, "fields": {"token": "abc"}})
    assert short.json()["invalid"][0]["code"] == "too_short"


@pytest.mark.parametrize(
    "body", [f'{{"name": "{SECRET}', f'{{"fields": ["{SECRET}"]}}', f'{{"name": 1, "kind": "x", "fields": {{"a": {{"b": "{SECRET}"}}}}}}']
)
async def test_an_unreadable_request_is_not_quoted_in_the_answer(editor: httpx.AsyncClient, body: str) -> None:
    answer = await editor.post("/api/v1/credentials", content=body, headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500
    assert SECRET not in answer.text


async def test_without_a_key_nothing_is_saved_and_the_rest_works(keyless: httpx.AsyncClient) -> None:
    answer = await keyless.post("/api/v1/credentials", json=BEARER)
    assert (answer.status_code, answer.json()["code"]) == (503, "IL041")
    assert "INTERLOCK_ENCRYPTION_KEY" in answer.json()["hint"]
    assert (await keyless.get("/api/v1/credentials")).json()["items"] == []


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LocalServer]:
    """A service that accepts the secret and nothing else."""
    monkeypatch.setenv("INTERLOCK_HTTP_ALLOW_PRIVATE", "127.0.0.1")

    async def guard(received: Received, writer: asyncio.StreamWriter) -> None:
        accepted = received.headers.get("authorization") == f"Bearer {SECRET}"
        writer.write(response(200 if accepted else 401, received.headers.get("authorization", "").encode(), {}))

    async with local_server() as serving:
        serving.answers["/me"] = guard
        yield serving


async def test_a_test_sends_the_credential_once_and_says_what_the_service_answered(service: LocalServer, editor: httpx.AsyncClient) -> None:
    place = f"/api/v1/credentials/{(await editor.post('/api/v1/credentials', json={**BEARER, 'allowed_hosts': ['127.0.0.1']})).json()['id']}"
    body = {"url": service.url("/me"), "allow_private_addresses": True}
    passed = await editor.post(f"{place}/test", json=body)
    assert passed.json() == {"passed": True, "message": "the service answered 200", "code": None, "hint": None}
    assert [each.method for each in service.received] == ["GET"]
    assert (await editor.get(place)).json()["last_used_at"] is not None
    assert (await editor.patch(place, json={"fields": {"token": "an0ther-secret"}})).status_code == 200
    failed = (await editor.post(f"{place}/test", json=body)).json()
    assert (failed["passed"], failed["code"]) == (False, "http_status")
    assert "401" in failed["message"]
    assert "an0ther-secret" not in str(failed)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "http://localhost:{port}/me", "allow_private_addresses": True}, "credential_host"),
        ({"url": "https://evil.example/"}, "credential_host"),
        ({"url": "http://127.0.0.1:{port}/me"}, "address_refused"),
        ({"url": "http://169.254.169.254/latest", "allow_private_addresses": True}, "address_refused"),
        ({"url": "ftp://127.0.0.1/"}, "url_refused"),
    ],
)
async def test_a_test_follows_the_rules_of_the_nodes(service: LocalServer, editor: httpx.AsyncClient, body: dict[str, Any], code: str) -> None:
    hosts = ["127.0.0.1", "169.254.169.254"]
    saved = (await editor.post("/api/v1/credentials", json={**BEARER, "allowed_hosts": hosts})).json()
    url = body["url"].replace("{port}", str(httpx.URL(service.url("/")).port))
    answer = await editor.post(f"/api/v1/credentials/{saved['id']}/test", json={**body, "url": url})
    assert (answer.status_code, answer.json()["passed"], answer.json()["code"]) == (200, False, code), answer.text
    assert answer.json()["message"]
    assert service.received == []


async def test_a_host_that_an_admin_takes_away_meanwhile_cannot_be_kept(editor: httpx.AsyncClient, database_url: str) -> None:
    """An editor repeats both hosts while an admin takes one away: it would come back without anybody who knows the secret."""
    saved = (await editor.post("/api/v1/credentials", json={**BEARER, "allowed_hosts": ["a.example", "b.example"]})).json()
    place = f"/api/v1/credentials/{saved['id']}"
    async with (
        await psycopg.AsyncConnection.connect(database_url) as admin,
        await psycopg.AsyncConnection.connect(database_url, autocommit=True) as looking,
    ):
        await admin.execute("update interlock.credentials set allowed_hosts = '{a.example}'")
        changing = asyncio.create_task(editor.patch(place, json={"allowed_hosts": ["b.example", "a.example"]}))
        async with asyncio.timeout(30):
            waiting = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            while not (await looking.execute(waiting)).rowcount:  # noqa: ASYNC110 - the server does not tell
                await asyncio.sleep(0.01)
        await admin.commit()
        refused = await changing
    assert (refused.status_code, refused.json()["invalid"][0]["code"]) == (422, "secret_needed"), refused.text
    assert (await editor.get(place)).json()["allowed_hosts"] == ["a.example"]


async def test_a_test_of_a_database_connects_as_the_node_would(serve: Serve, empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERLOCK_ENCRYPTION_KEY", KEY)
    monkeypatch.setenv("INTERLOCK_HTTP_ALLOW_PRIVATE", "127.0.0.1")
    editor = await (await serve()).client(Role.EDITOR)
    parts = conninfo_to_dict(empty_database_url)
    user = "interlock_test_credential"
    with psycopg.connect(empty_database_url, autocommit=True) as admin:
        admin.execute(f"drop role if exists {user}")
        admin.execute(f"create role {user} login password 'pa55word'")
    dsn = f"host=127.0.0.1 port={parts['port']} dbname={parts['dbname']} user={user} password=pa55word"
    saved = (await editor.post("/api/v1/credentials", json={**POSTGRES, "fields": {"dsn": dsn}})).json()
    place = f"/api/v1/credentials/{saved['id']}"
    body = {"allow_private_addresses": True}
    passed = (await editor.post(f"{place}/test", json=body)).json()
    assert passed == {"passed": True, "message": "the database accepts the connection", "code": None, "hint": None}
    assert (await editor.post(f"{place}/test", json={})).json()["code"] == "address_refused"
    with psycopg.connect(empty_database_url, autocommit=True) as admin:
        admin.execute(f"grant pg_read_server_files to {user}")
        assert (await editor.post(f"{place}/test", json=body)).json()["code"] == "database_refused"
        admin.execute(f"revoke pg_read_server_files from {user}")
        wrong = dsn.replace("pa55word", "wr0ngword")
        assert (await editor.patch(place, json={"fields": {"dsn": wrong}})).status_code == 200
        failed = await editor.post(f"{place}/test", json=body)
        assert failed.json()["code"] == "database_login"
        assert "wr0ngword" not in failed.text
        admin.execute(f"drop role {user}")


async def test_what_cannot_be_tested_is_refused_with_the_reason(editor: httpx.AsyncClient) -> None:
    own = {"name": "own", "kind": "sms_gate", "fields": {"key": SECRET}}
    refused = [
        (BEARER, {}, ("url", "missing_field")),
        (POSTGRES, {"url": "https://a.example"}, ("url", "not_for_kind")),
        (own, {"url": "https://a.example"}, ("credential_id", "not_testable")),
    ]
    for credential, body, error in refused:
        saved = (await editor.post("/api/v1/credentials", json=credential)).json()
        answer = await editor.post(f"/api/v1/credentials/{saved['id']}/test", json=body)
        assert answer.status_code == 422
        assert (answer.json()["invalid"][0]["place"], answer.json()["invalid"][0]["code"]) == error


async def test_few_tests_run_at_once(service: LocalServer, editor: httpx.AsyncClient) -> None:
    """A service that never answers does not collect requests."""
    arrived, free = asyncio.Semaphore(0), asyncio.Event()

    async def hang(_: Received, writer: asyncio.StreamWriter) -> None:
        arrived.release()
        await free.wait()
        writer.write(response(200, b"", {}))

    service.answers["/hangs"] = hang
    saved = (await editor.post("/api/v1/credentials", json={**BEARER, "allowed_hosts": ["127.0.0.1"]})).json()
    place, body = f"/api/v1/credentials/{saved['id']}/test", {"url": service.url("/hangs"), "allow_private_addresses": True}
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(editor.post(place, json=body)) for _ in range(OF_ONE)]
        for _ in running:
            await arrived.acquire()
        busy = await editor.post(place, json=body)
        assert (busy.status_code, busy.json()["code"]) == (503, "IL056")
        assert busy.headers["retry-after"]
        free.set()
    assert [each.result().json()["passed"] for each in running] == [True] * OF_ONE
