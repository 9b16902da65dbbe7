"""What protects users who are signed in by cookie, and what pages of other origins may do."""

import httpx

from interlock.api.models.users import Role
from interlock.api.settings import ApiSettings
from tests.api.conftest import Serve
from tests.api.rest.requests import problem_of
from tests.api.serving import Api

OTHER = "https://other.example.com"


async def _sign_in(client: httpx.AsyncClient, api: Api, **headers: str) -> httpx.Response:
    person = await api.person()
    return await client.post("/api/v1/session", json={"email": person.email, "password": person.password}, headers=headers)


async def test_signing_in_sets_a_cookie_that_scripts_cannot_read(api: Api) -> None:
    client = await api.client(None)
    answer = await _sign_in(client, api)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("interlock_session=")
    assert {part.strip().lower() for part in cookie.split(";")} >= {"httponly", "samesite=lax", "path=/"}
    assert "secure" not in cookie.lower()
    assert client.cookies["interlock_session"] not in answer.text
    session = (await client.get("/api/v1/session")).json()
    assert session["via"] == "session"
    assert session["csrf_token"] == answer.json()["csrf_token"]


async def test_behind_https_the_cookie_is_secure(serve: Serve) -> None:
    api = await serve(ApiSettings(public_url="https://interlock.example.com/"))
    answer = await _sign_in(await api.client(None), api, Origin="https://interlock.example.com")
    assert answer.status_code == 200
    assert "; secure" in answer.headers["set-cookie"].lower()


async def test_a_change_by_cookie_needs_the_token_and_our_origin(api: Api) -> None:
    browser = await api.browser(await api.person())
    body = {"name": "mine"}
    token = browser.headers.pop("X-CSRF-Token")
    problem_of(await browser.post("/api/v1/api-keys", json=body), 403, "IL034")
    problem_of(await browser.post("/api/v1/api-keys", json=body, headers={"X-CSRF-Token": "x" * 64}), 403, "IL034")
    good = {"X-CSRF-Token": token}
    problem_of(await browser.post("/api/v1/api-keys", json=body, headers=good | {"Origin": OTHER}), 403, "IL034")
    problem_of(await browser.post("/api/v1/api-keys", json=body, headers=good | {"Origin": "null"}), 403, "IL034")
    assert (await browser.post("/api/v1/api-keys", json=body, headers=good | {"Origin": api.url})).status_code == 201
    assert (await browser.post("/api/v1/api-keys", json=body, headers=good)).status_code == 201
    assert (await browser.get("/api/v1/api-keys")).status_code == 200


async def test_a_page_of_another_origin_cannot_sign_anybody_in(api: Api) -> None:
    problem_of(await _sign_in(await api.client(None), api, Origin=OTHER), 403, "IL034")


async def test_signing_out_ends_the_session_and_deletes_the_cookie(api: Api) -> None:
    browser = await api.browser(await api.person())
    kept = browser.cookies["interlock_session"]
    answer = await browser.delete("/api/v1/session")
    assert answer.status_code == 204
    assert answer.content == b""
    assert "interlock_session" not in browser.cookies
    problem_of(await browser.get("/api/v1/session", headers={"Cookie": f"interlock_session={kept}"}), 401, "IL030")


async def test_a_stale_cookie_does_not_prevent_a_sign_in(api: Api) -> None:
    client = await api.client(None)
    client.cookies.set("interlock_session", "long gone")
    assert (await _sign_in(client, api)).status_code == 200


async def test_a_key_takes_precedence_over_a_cookie_and_needs_no_token(api: Api) -> None:
    browser = await api.browser(await api.person())
    del browser.headers["X-CSRF-Token"]
    headers = {"Authorization": f"Bearer {await api.key(Role.VIEWER)}", "Origin": OTHER}
    assert (await browser.get("/api/v1/session", headers=headers)).json()["user"]["role"] == "viewer"
    assert (await browser.post("/api/v1/api-keys", json={"name": "mine"}, headers=headers)).status_code == 201


async def test_pages_of_allowed_origins_may_call_without_cookies(serve: Serve) -> None:
    api = await serve(ApiSettings(allowed_origins=(OTHER,)))
    client = await api.client(None)
    asking = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization, content-type, idempotency-key"}
    answer = await client.options("/api/v1/workflows/w/run", headers={"Origin": OTHER} | asking)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == OTHER
    assert "access-control-allow-credentials" not in answer.headers
    answer = await client.get("/api/v1/session", headers={"Origin": OTHER})
    assert answer.headers["access-control-allow-origin"] == OTHER
    assert "ETag" in answer.headers["access-control-expose-headers"]
    refused = await client.options("/api/v1/workflows/w/run", headers={"Origin": "https://evil.example.com"} | asking)
    assert "access-control-allow-origin" not in refused.headers


async def test_other_origins_get_no_answer_unless_allowed(api: Api) -> None:
    client = await api.client(None)
    answer = await client.get("/healthz", headers={"Origin": OTHER})
    assert "access-control-allow-origin" not in answer.headers


async def test_too_many_failed_sign_ins_are_answered_with_when_to_try_again(api: Api) -> None:
    client, person = await api.client(None), await api.person()
    wrong = {"email": person.email, "password": "wrong"}
    answer = await client.post("/api/v1/session", json=wrong)
    for _ in range(30):
        if answer.status_code == 429:
            break
        problem_of(answer, 401, "IL032")
        answer = await client.post("/api/v1/session", json=wrong)
    problem_of(answer, 429, "IL033")
    assert int(answer.headers["retry-after"]) > 0
