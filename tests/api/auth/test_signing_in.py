"""Sign-in by password: the cookie, the session, its end, the CSRF token."""

from datetime import datetime
from typing import Any

import httpx
import psycopg
import pytest

from interlock.api.auth.tokens import hash_of
from interlock.api.models.users import Role
from interlock.api.settings import ApiSettings
from tests.api.clock import Clock
from tests.api.conftest import Serve
from tests.api.serving import PASSWORD, Api

SESSION = "/api/v1/session"
PASSWORD_OF = "/api/v1/session/password"
COOKIE = "interlock_session"
NEW = "quite another long phrase"


async def signed_in(api: Api, email: str, password: str = PASSWORD) -> httpx.AsyncClient:
    client = await api.client(None)
    answer = await client.post(SESSION, json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    return client


async def shift_clock(connection: psycopg.AsyncConnection, interval: str) -> None:
    await connection.execute(
        "insert into interlock.test_clock (shift) values (%s::interval) on conflict (only_row) do update set shift = excluded.shift", (interval,)
    )


async def test_a_sign_in_returns_the_user_and_sets_one_cookie_that_scripts_cannot_read(api: Api) -> None:
    person = await api.person(Role.EDITOR)
    client = await api.client(None)
    answer = await client.post(SESSION, json={"email": person.email.upper(), "password": PASSWORD})
    body = answer.json()
    assert (answer.status_code, body["user"]["email"], body["user"]["role"], body["via"]) == (200, person.email, "editor", "session")
    assert "workflows.write" in body["permissions"]
    assert "users.manage" not in body["permissions"]
    cookie = answer.headers["set-cookie"]
    flags = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert cookie.startswith(f"{COOKIE}=")
    assert {"httponly", "samesite=lax", "path=/"} <= flags
    assert "secure" not in flags
    token = cookie.split(";")[0].partition("=")[2]
    assert len(token) >= 43
    assert token not in answer.text
    assert "password" not in {key for key in body["user"] if key != "must_change_password"}


async def test_behind_https_the_cookie_is_secure(serve: Serve) -> None:
    api = await serve(ApiSettings(public_url="https://flows.example.org"))
    person = await api.person(Role.VIEWER)
    client = await api.client(None)
    headers = {"Origin": "https://flows.example.org"}
    answer = await client.post(SESSION, json={"email": person.email, "password": PASSWORD}, headers=headers)
    assert "; secure" in answer.headers["set-cookie"].lower()
    refused = await client.post(SESSION, json={"email": person.email, "password": PASSWORD}, headers={"Origin": api.url})
    assert (refused.status_code, refused.json()["code"]) == (403, "IL034")


async def test_the_database_knows_no_token_no_key_and_no_password(api: Api, connection: psycopg.AsyncConnection) -> None:
    person = await api.person(Role.EDITOR)
    client = await signed_in(api, person.email)
    key = (await client.post("/api/v1/api-keys", json={"name": "ci"})).json()["key"]
    secrets = (client.cookies[COOKIE], client.headers["X-CSRF-Token"], key, key.rpartition("_")[2], PASSWORD)
    tables = await (await connection.execute("select tablename from pg_tables where schemaname = 'interlock'")).fetchall()
    for (table,) in tables:
        rows = await (await connection.execute(f"select t::text from interlock.{table} t".encode())).fetchall()
        text = "\n".join(row[0] for row in rows)
        assert not [secret for secret in secrets if secret in text], table
    stored = await (await connection.execute("select token_hash from interlock.sessions where token_hash = %s", (hash_of(secrets[0]),))).fetchall()
    assert len(stored) == 1
    hashes = await (await connection.execute("select password_hash from interlock.users where email = %s", (person.email,))).fetchone()
    assert hashes is not None
    assert hashes[0].startswith("$argon2id$")


@pytest.mark.parametrize("planted", ["planted-by-somebody-else", "x" * 43, ""])
async def test_a_session_token_that_an_attacker_chose_is_not_used(api: Api, planted: str) -> None:
    """Session fixation: a sign-in always makes a new token, and the one that an attacker chose proves nothing."""
    person = await api.person(Role.VIEWER)
    client = await api.client(None)
    answer = await client.post(SESSION, json={"email": person.email, "password": PASSWORD}, headers={"Cookie": f"{COOKIE}={planted}"})
    assert answer.status_code == 200
    assert answer.cookies[COOKIE] != planted
    anonymous = await api.client(None)
    assert (await anonymous.get(SESSION, headers={"Cookie": f"{COOKIE}={planted}"})).status_code == 401


async def test_signing_in_again_ends_the_session_that_the_browser_had(api: Api) -> None:
    person = await api.person(Role.VIEWER)
    client = await signed_in(api, person.email)
    before = client.cookies[COOKIE]
    again = await client.post(SESSION, json={"email": person.email, "password": PASSWORD})
    assert again.status_code == 200
    assert client.cookies[COOKIE] != before
    anonymous = await api.client(None)
    assert (await anonymous.get(SESSION, headers={"Cookie": f"{COOKIE}={before}"})).status_code == 401
    assert (await client.get(SESSION)).status_code == 200


async def test_signing_out_ends_the_session_here_at_once_and_elsewhere_within_five_seconds(serve: Serve) -> None:
    here, there = await serve(), await serve()
    clock = there.services.auth.proofs.clock = Clock()
    person = await here.person(Role.VIEWER)
    client = await signed_in(here, person.email)
    cookie = {"Cookie": f"{COOKIE}={client.cookies[COOKIE]}"}
    elsewhere = await there.client(None)
    assert (await elsewhere.get(SESSION, headers=cookie)).status_code == 200
    assert (await client.delete(SESSION)).status_code == 204
    anonymous = await here.client(None)
    assert (await anonymous.get(SESSION, headers=cookie)).status_code == 401
    clock.forward(4.9)
    assert (await elsewhere.get(SESSION, headers=cookie)).status_code == 200, "it is remembered there"
    clock.forward(0.1)
    assert (await elsewhere.get(SESSION, headers=cookie)).status_code == 401


async def test_a_session_ends_by_itself_and_is_prolonged_by_use_in_its_last_half(serve: Serve, connection: psycopg.AsyncConnection) -> None:
    api = await serve(ApiSettings(session_seconds=3_600))
    person = await api.person(Role.VIEWER)
    client = await signed_in(api, person.email)

    async def ends_at() -> datetime:
        api.services.auth.proofs.forget()
        return datetime.fromisoformat((await client.get(SESSION)).json()["expires_at"])

    first = await ends_at()
    await shift_clock(connection, "20 minutes")
    assert await ends_at() == first
    await shift_clock(connection, "40 minutes")
    assert 2_300 < (await ends_at() - first).total_seconds() < 2_500
    await shift_clock(connection, "99 minutes")
    assert (await ends_at() - first).total_seconds() > 5_000
    await shift_clock(connection, "5 hours")
    api.services.auth.proofs.forget()
    assert (await client.get(SESSION)).status_code == 401


async def test_no_use_prolongs_a_session_beyond_ninety_days(api: Api, connection: psycopg.AsyncConnection) -> None:
    person = await api.person(Role.VIEWER)
    client = await signed_in(api, person.email)
    began = datetime.fromisoformat((await client.get(SESSION)).json()["expires_at"]).timestamp() - 14 * 86_400
    ends_at = 0.0
    for days in range(8, 90, 8):
        await shift_clock(connection, f"{days} days")
        api.services.auth.proofs.forget()
        answer = await client.get(SESSION)
        assert answer.status_code == 200, days
        ends_at = datetime.fromisoformat(answer.json()["expires_at"]).timestamp()
    assert abs(ends_at - began - 90 * 86_400) < 5
    await shift_clock(connection, "90 days 1 minute")
    api.services.auth.proofs.forget()
    assert (await client.get(SESSION)).status_code == 401


async def test_changing_the_password_ends_every_other_session_and_renews_this_one(api: Api, connection: psycopg.AsyncConnection) -> None:
    person = await api.person(Role.VIEWER)
    one, other = await signed_in(api, person.email), await signed_in(api, person.email)
    before = one.cookies[COOKIE]
    wrong = await one.put(PASSWORD_OF, json={"current_password": "something else", "new_password": NEW})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "IL032")
    changed = await one.put(PASSWORD_OF, json={"current_password": PASSWORD, "new_password": NEW})
    assert changed.status_code == 200, changed.text
    assert changed.json()["csrf_token"] != one.headers["X-CSRF-Token"]
    assert one.cookies[COOKIE] != before
    assert (await one.get(SESSION)).status_code == 200
    assert (await other.get(SESSION)).status_code == 401
    anonymous = await api.client(None)
    assert (await anonymous.post(SESSION, json={"email": person.email, "password": PASSWORD})).status_code == 401
    await signed_in(api, person.email, NEW)
    actions = await (await connection.execute("select action from interlock.audit_log where actor = %s order by id", (person.email,))).fetchall()
    assert [row[0] for row in actions] == ["sign_in", "sign_in", "sign_in_refused", "change_password", "sign_in_refused", "sign_in"]


async def test_a_change_by_cookie_needs_the_sessions_own_token(api: Api) -> None:
    person = await api.person(Role.ADMIN)
    mine, others = await signed_in(api, person.email), await signed_in(api, person.email)
    body = {"name": "ci"}
    right, foreign = mine.headers.pop("X-CSRF-Token"), others.headers["X-CSRF-Token"]
    hostile: list[dict[str, str]] = [
        {},
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": foreign},
        {"X-CSRF-Token": right[:-1]},
        {"X-CSRF-Token": right, "Origin": "https://evil.example"},
        {"X-CSRF-Token": right, "Origin": "null"},
        {"X-CSRF-Token": right, "Origin": api.url + ".evil.example"},
    ]
    for headers in hostile:
        answer = await mine.post("/api/v1/api-keys", json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "IL034"), headers
    for headers in ({"X-CSRF-Token": right}, {"X-CSRF-Token": right, "Origin": api.url}):
        assert (await mine.post("/api/v1/api-keys", json=body, headers=headers)).status_code == 201
    assert (await mine.get("/api/v1/users")).status_code == 200
    by_key = await api.client(Role.ADMIN)
    assert (await by_key.post("/api/v1/api-keys", json=body, headers={"Origin": "https://evil.example"})).status_code == 201


async def test_a_sign_in_from_a_page_of_another_origin_is_refused(api: Api) -> None:
    person = await api.person(Role.VIEWER)
    client = await api.client(None)
    answer = await client.post(SESSION, json={"email": person.email, "password": PASSWORD}, headers={"Origin": "https://evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (403, "IL034")
    assert "set-cookie" not in answer.headers


HOSTILE: list[Any] = [
    "a\x00b@example.org",
    "a" * 400 + "@example.org",
    "a@" + "b" * 1_000_000,
    "@example.org",
    "a@b@c",
    "a b@example.org",
    "a@example.org\r\nBcc: x@example.org",
    "",
    None,
    7,
    ["a@example.org"],
    {"$ne": ""},
]


@pytest.mark.parametrize("field", ["email", "password"])
async def test_hostile_emails_and_passwords_are_refused_with_their_codes(api: Api, field: str) -> None:
    person = await api.person(Role.VIEWER)
    client = await api.client(None)
    passwords = ["\x00" * 20, PASSWORD + "\x00", "p" * 1_000_000, "", None, 7, [PASSWORD], "' or true --", "\u202e" + PASSWORD]
    for value in HOSTILE if field == "email" else passwords:
        body = {"email": person.email, "password": PASSWORD, field: value}
        answer = await client.post(SESSION, json=body)
        assert answer.status_code in {400, 401, 413, 422, 429}, (value, answer.text)
        assert PASSWORD not in answer.text
    raw = await client.post(
        SESSION, content=b'{"email": "a@example.org", "password": "\\ud800\\udfff\\ud800"}', headers={"Content-Type": "application/json"}
    )
    assert raw.status_code in {400, 401, 422}


async def test_a_password_is_the_same_however_its_letters_are_composed(api: Api) -> None:
    admin = await api.client()
    composed, decomposed = "caf\u00e9 au lait tr\u00e8s", "cafe\u0301 au lait tre\u0300s"
    made = await admin.post("/api/v1/users", json={"email": "REN\u00c9@Example.org", "name": "René", "role": "viewer", "password": composed})
    assert (made.status_code, made.json()["email"]) == (201, "ren\u00e9@example.org")
    await signed_in(api, "rene\u0301@example.org", decomposed)
    twice = await admin.post("/api/v1/users", json={"email": "Rene\u0301@example.org", "name": "R", "role": "viewer"})
    assert (twice.status_code, twice.json()["code"]) == (409, "IL021")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short one", "too_short"),
        ("aaaaaaaaaaaaaaaa", "too_simple"),
        ("password12345", "well_known"),
        ("carla.meier@1", "contains_name"),
        ("elevenchars", "too_short"),
    ],
)
async def test_password_rules(api: Api, password: str, why: str) -> None:
    admin = await api.client()
    answer = await admin.post("/api/v1/users", json={"email": "carla.meier@example.org", "name": "Carla", "role": "viewer", "password": password})
    assert answer.status_code == 422
    [field] = answer.json()["invalid"]
    assert field["code"] in {why, "too_short"}, field
    assert f'{password}"' not in answer.text
