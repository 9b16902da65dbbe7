"""Credentials over REST: written, listed, never returned."""

import base64
import os

import httpx
import pytest

from interlock.api.models.users import Role
from tests.api.conftest import Serve

KEY = base64.b64encode(os.urandom(32)).decode()
SECRET = "cnry-0f1e2d3c"
BEARER = {"name": "github", "kind": "bearer", "fields": {"token": SECRET}, "description": "the bot's"}


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
    answer = await editor.post("/api/v1/credentials", json={**BEARER, "kind": "postgres", "fields": {"dsn": SECRET, "token": SECRET}})
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
