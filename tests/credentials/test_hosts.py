"""A credential is sent only to its hosts, whatever address a template gives."""

import base64
import json
import os
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from interlock.api.models.users import Role
from interlock.nodes import Credential, FinalError, NodeExecutorFactory
from interlock.nodes.credential import SecretFields, hosts_added
from interlock.worker import Worker
from tests.api.serving import Api, serving
from tests.nodes.http_server import LocalServer
from tests.worker.engine import Engine
from tests.worker.executors import TestNodes

CREDENTIALS = "/api/v1/credentials"
BEARER = {"name": "shop", "kind": "bearer", "fields": {"token": "s3cr3tToken"}, "allowed_hosts": ["a.example"]}
OWN = {"name": "own", "kind": "sms_gate", "fields": {"key": "s3cr3tToken"}}


@pytest.fixture
async def api(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Api]:
    monkeypatch.setenv("INTERLOCK_ENCRYPTION_KEY", base64.b64encode(os.urandom(32)).decode())
    monkeypatch.setenv("INTERLOCK_HTTP_ALLOW_PRIVATE", "127.0.0.1,localhost")
    async with serving(database_url) as serving_api:
        yield serving_api


@pytest.fixture
async def editor(api: Api) -> httpx.AsyncClient:
    return await api.client(Role.EDITOR)


@pytest.mark.parametrize(
    ("patterns", "allowed", "refused"),
    [
        (["*"], ["a.example", "127.0.0.1", "::1"], []),
        (
            ["api.example.com"],
            ["api.example.com", "API.example.com", "api.example.com."],
            ["example.com", "x.api.example.com", "api.example.com.evil"],
        ),
        (["*.example.com"], ["a.example.com", "a.b.example.com"], ["example.com", "evilexample.com", "example.com.evil"]),
        (["a.example:8443", "b.example"], ["b.example"], ["a.example"]),
        (["a.example:443", "*.b.example:443"], ["a.example", "x.b.example"], ["b.example"]),
        (["[::1]"], ["::1"], ["127.0.0.1"]),
        (["[::1]:443"], ["::1"], ["::2"]),
        (["[::1]:444"], [], ["::1"]),
        (["127.0.0.1"], ["127.0.0.1"], ["127.0.0.10", "1127.0.0.1"]),
    ],
)
def test_a_pattern_names_a_host_its_subdomains_or_its_port(patterns: list[str], allowed: list[str], refused: list[str]) -> None:
    credential = Credential(name="shop", kind="bearer", fields=SecretFields({"token": "s3cr3tToken"}), allowed_hosts=tuple(patterns))
    for host in allowed:
        credential.check_host(host, 443)
    for host in refused:
        with pytest.raises(FinalError, match="may not be sent"):
            credential.check_host(host, 443)


async def test_allowed_hosts_are_saved_changed_and_checked(editor: httpx.AsyncClient) -> None:
    saved = (await editor.post(CREDENTIALS, json={**BEARER, "allowed_hosts": ["API.example.com", "api.example.com", "*.example.org:8443"]})).json()
    assert saved["allowed_hosts"] == ["api.example.com", "*.example.org:8443"]
    place = f"{CREDENTIALS}/{saved['id']}"
    assert (await editor.patch(place, json={"description": "the bot's"})).json()["allowed_hosts"] == saved["allowed_hosts"]
    assert (await editor.patch(place, json={"allowed_hosts": ["api.example.com"]})).json()["allowed_hosts"] == ["api.example.com"]
    assert (await editor.get(CREDENTIALS)).json()["items"][0]["allowed_hosts"] == ["api.example.com"]
    for bad in (
        [],
        [""],
        ["https://a.example"],
        ["a.example/path"],
        ["a..b"],
        ["*.*"],
        ["a.example:"],
        ["a.example:99999"],
        ["a.example:0"],
        ["a b"],
    ):
        refused = await editor.patch(place, json={"allowed_hosts": bad})
        assert (refused.status_code, refused.json()["code"]) == (422, "IL054"), (bad, refused.text)
        assert "allowed_hosts" in refused.json()["invalid"][0]["place"], refused.text
    database = {"name": "db", "kind": "postgres", "fields": {"dsn": "postgresql://u:password@h/d"}, "allowed_hosts": ["h"]}
    assert (await editor.post(CREDENTIALS, json=database)).status_code == 422
    assert (await editor.post(CREDENTIALS, json={**database, "allowed_hosts": ["*"]})).status_code == 422
    assert (await editor.post(CREDENTIALS, json={**database, "allowed_hosts": []})).json()["allowed_hosts"] == []


@pytest.mark.parametrize(("kind", "fields"), [("bearer", {"token": "abcd"}), ("basic", {"username": "a", "password": "abcd"})])
async def test_any_host_is_never_the_default(editor: httpx.AsyncClient, kind: str, fields: dict[str, str]) -> None:
    given: dict[str, Any] = {"name": "shop", "kind": kind, "fields": fields}
    for body in (given, {**given, "allowed_hosts": []}):
        refused = await editor.post(CREDENTIALS, json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "IL054")
        assert (refused.json()["invalid"][0]["place"], refused.json()["invalid"][0]["code"]) == ("allowed_hosts", "missing_field")
    assert (await editor.post(CREDENTIALS, json=OWN)).json()["allowed_hosts"] == []
    with pytest.raises(FinalError, match="no other host"):
        Credential(name="own", kind="sms_gate", fields=SecretFields({"key": "s3cr3tToken"})).check_host("a.example", 443)


@pytest.mark.parametrize(
    ("before", "after", "added"),
    [
        (["a.example"], ["a.example:8443", "A.example"], []),
        (["a.example:8443"], ["a.example"], ["a.example"]),
        (["a.example:8443"], ["a.example:443"], ["a.example:443"]),
        (["*.example"], ["a.example", "*.b.example", "x.example:1"], []),
        (["*.example:443"], ["a.example", "a.example:443"], ["a.example"]),
        (["*.example"], ["example", "*", "a.examples"], ["example", "*", "a.examples"]),
        (["a.example"], ["*.a.example", "b.a.example"], ["*.a.example", "b.a.example"]),
        (["*"], ["*", "*.example", "[::1]:443"], []),
        ([], ["a.example"], ["a.example"]),
        (["[::1]"], ["[::1]:443", "[::2]"], ["[::2]"]),
    ],
)
def test_a_host_is_added_if_no_pattern_before_allows_it(before: list[str], after: list[str], added: list[str]) -> None:
    assert hosts_added(before, after) == added


async def test_who_adds_a_host_gives_the_secret_again_or_is_an_admin(api: Api, editor: httpx.AsyncClient) -> None:
    place = f"{CREDENTIALS}/{(await editor.post(CREDENTIALS, json={**BEARER, 'allowed_hosts': ['*.example', 'b.test']})).json()['id']}"
    for hosts in (["*"], ["*.example", "evil.test"], ["b.test", "b.test.evil"]):
        refused = await editor.patch(place, json={"allowed_hosts": hosts, "description": "changed"})
        assert (refused.status_code, refused.json()["invalid"][0]["code"]) == (422, "secret_needed"), refused.text
        assert "admin" in refused.json()["hint"]
    kept = (await editor.get(place)).json()
    assert (kept["allowed_hosts"], kept["description"]) == (["*.example", "b.test"], "")
    assert (await editor.patch(place, json={"allowed_hosts": ["a.example"]})).json()["allowed_hosts"] == ["a.example"]
    again = {"allowed_hosts": ["a.example", "evil.test"], "fields": {"token": "an0therToken"}}
    assert (await editor.patch(place, json=again)).json()["allowed_hosts"] == ["a.example", "evil.test"]
    admin = await api.client(Role.ADMIN)
    assert (await admin.patch(place, json={"allowed_hosts": ["*"]})).json()["allowed_hosts"] == ["*"]


async def test_a_template_cannot_send_a_credential_to_another_host(
    api: Api, editor: httpx.AsyncClient, database_url: str, http_server: LocalServer
) -> None:
    allowed = f"127.0.0.1:{httpx.URL(http_server.url('/')).port}"
    assert (await editor.post(CREDENTIALS, json={**BEARER, "allowed_hosts": [allowed]})).status_code == 201
    ask = {
        "id": "ask",
        "type": "ACTION_NODE",
        "subtype": "HTTP_REQUEST",
        "parameters": {"url": "{{ url }}", "credential": "shop", "allow_private_addresses": True},
        "retry": {"max_attempts": 3},
    }
    definition = {
        "name": "asking",
        "nodes": [{"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL"}, ask],
        "connections": [{"from": "start", "to": "ask"}],
    }
    assert (await editor.post("/api/v1/workflows", json={"definition": definition})).status_code == 201
    engine = Engine(database_url, api.services.pool, TestNodes())
    http_server.on("/json", 200, b"{}", content_type="application/json")
    right = http_server.url("/json")
    wrong = [right.replace("127.0.0.1", "localhost"), "http://127.0.0.1.example:80/", f"http://{allowed}@localhost/", "http://127.0.0.1/"]
    async with engine.working(Worker(engine.settings(), NodeExecutorFactory.from_entry_points())):
        executions = []
        for url in (right, *wrong):
            started = await editor.post("/api/v1/workflows/asking/run", json={"input": {"url": url}})
            executions.append(UUID(started.json()["execution_id"]))
        await engine.ended(*executions, seconds=60)
    ended: list[dict[str, Any]] = [(await editor.get(f"/api/v1/executions/{execution}")).json() for execution in executions]
    assert ended[0]["status"] == "completed", ended[0]["error"]
    assert [(one["status"], one["error"]["code"]) for one in ended[1:]] == [("failed", "credential_host")] * len(wrong)
    assert "may not be sent to localhost" in ended[1]["error"]["message"]
    assert len(http_server.received) == 1
    assert http_server.received[0].headers["authorization"] == "Bearer s3cr3tToken"


async def test_a_definition_that_names_a_missing_credential_is_saved_with_a_warning(api: Api, editor: httpx.AsyncClient) -> None:
    ask = {"type": "ACTION_NODE", "subtype": "HTTP_REQUEST", "parameters": {"url": "https://a.example", "credential": "shop"}}
    query = {"type": "ACTION_NODE", "subtype": "SQL_QUERY", "parameters": {"query": "select 1", "credential": "shop"}}
    definition = {
        "name": "asking",
        "nodes": [{"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL"}, {"id": "ask", **ask}, {"id": "query", **query}],
        "connections": [{"from": "start", "to": "ask"}, {"from": "ask", "to": "query"}],
    }

    async def warnings(client: httpx.AsyncClient) -> list[tuple[str, str, str]]:
        report = (await client.post("/api/v1/workflows/validate", json={"definition": definition})).json()
        assert report["valid"], report
        return [(warning["code"], warning["place"], warning["node_id"]) for warning in report["warnings"]]

    unknown = [("unknown_credential", "nodes[1].parameters.credential", "ask"), ("unknown_credential", "nodes[2].parameters.credential", "query")]
    assert await warnings(editor) == unknown
    saved = await editor.post("/api/v1/workflows", json={"definition": definition})
    assert (saved.status_code, [warning["code"] for warning in saved.json()["warnings"]]) == (201, ["unknown_credential"] * 2)
    assert len((await editor.get("/api/v1/workflows/asking")).json()["warnings"]) == 2
    assert await warnings(await api.client(Role.VIEWER)) == [], "a role that cannot see credentials does not learn which exist"
    assert (await editor.post(CREDENTIALS, json=BEARER)).status_code == 201
    assert await warnings(editor) == [("credential_kind", "nodes[2].parameters.credential", "query")]
    strange = [
        {},
        {"nodes": 1},
        {"nodes": [1, {"type": 1}, {"type": "ACTION_NODE", "subtype": "HTTP_REQUEST", "parameters": {"credential": "\ud800"}}]},
    ]
    for each in strange:
        sent = await editor.post("/api/v1/workflows/validate", content=json.dumps({"definition": each}), headers={"content-type": "application/json"})
        assert sent.status_code in {200, 400, 422}, sent.text
