"""Users and API keys: made, shown, limited and revoked."""

import asyncio
import re
from uuid import uuid4

import httpx
import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from interlock.api.auth.first_admin import first_admin
from interlock.api.auth.passwords import one_time_password
from interlock.api.models.users import Role
from interlock.controlplane.accounts import Accounts
from tests.api.auth.test_signing_in import NEW, PASSWORD_OF, SESSION, shift_clock, signed_in
from tests.api.clock import Clock
from tests.api.conftest import Serve
from tests.api.serving import PASSWORD, Api

KEYS = "/api/v1/api-keys"
USERS = "/api/v1/users"


async def with_key(api: Api, key: str) -> httpx.AsyncClient:
    client = await api.client(None)
    client.headers["Authorization"] = f"Bearer {key}"
    return client


async def test_the_first_start_makes_exactly_one_admin(pool: AsyncConnectionPool, api: Api) -> None:
    made = [one for one in await asyncio.gather(*(first_admin(pool) for _ in range(4))) if one is not None]
    assert len(made) == 1
    assert await first_admin(pool) is None
    [admin] = made
    assert admin.email == "admin@localhost"
    assert admin.password.get_secret_value() not in repr(admin)
    client = await signed_in(api, admin.email, admin.password.get_secret_value())
    refused = await client.get(USERS)
    assert (refused.status_code, refused.json()["code"]) == (403, "IL035")
    assert (await client.get(SESSION)).json()["user"]["must_change_password"] is True
    changed = await client.put(PASSWORD_OF, json={"current_password": admin.password.get_secret_value(), "new_password": NEW})
    assert changed.status_code == 200
    assert (await client.get(USERS)).status_code == 200


def test_one_time_passwords_are_easy_to_read_and_hard_to_guess() -> None:
    made = {one_time_password().get_secret_value() for _ in range(1_000)}
    assert len(made) == 1_000
    assert all(re.fullmatch(r"([a-hj-km-np-z2-9]{5}-){3}[a-hj-km-np-z2-9]{5}", one) for one in made)
    letters = len({letter for one in made for letter in one if letter != "-"})
    assert letters**20 > 2**80


async def test_an_admin_creates_changes_and_deletes_users(api: Api, connection: psycopg.AsyncConnection) -> None:
    admin = await api.client()
    made = (await admin.post(USERS, json={"email": "Eva@Example.org", "name": "Eva", "role": "viewer"})).json()
    assert made["email"] == "eva@example.org"
    assert made["must_change_password"] is True
    one_time = made["one_time_password"]
    eva = await signed_in(api, "eva@example.org", one_time)
    assert (await eva.put(PASSWORD_OF, json={"current_password": one_time, "new_password": one_time})).json()["invalid"][0]["code"] == "same"
    assert (await eva.put(PASSWORD_OF, json={"current_password": one_time, "new_password": PASSWORD})).status_code == 200
    eva = await signed_in(api, "eva@example.org")
    url = f"{USERS}/{made['id']}"
    assert (await admin.patch(url, json={"role": "editor", "name": "Eva B."})).json()["role"] == "editor"
    assert "workflows.write" in (await eva.get(SESSION)).json()["permissions"]
    assert (await admin.patch(url, json={"disabled": True})).json()["disabled"] is True
    assert (await eva.get(SESSION)).status_code == 401
    assert (await admin.patch(url, json={"disabled": False})).json()["disabled"] is False
    assert (await eva.get(SESSION)).status_code == 401
    reset = (await admin.patch(url, json={"reset_password": True})).json()["one_time_password"]
    await signed_in(api, "eva@example.org", reset)
    assert [user["email"] for user in (await admin.get(USERS, params={"search": "EVA"})).json()["items"]] == ["eva@example.org"]
    assert (await admin.delete(url)).status_code == 204
    assert (await admin.get(url)).json()["code"] == "IL036"
    assert (await admin.delete(url)).json()["code"] == "IL036"
    assert (await admin.post(USERS, json={"email": "eva@example.org", "name": "Eva", "role": "viewer"})).status_code == 201
    rows = await connection.execute("select action from interlock.audit_log where details->>'user_id' = %s order by id", (made["id"],))
    assert [row[0] for row in await rows.fetchall()] == ["create_user", "update_user", "update_user", "update_user", "update_user", "delete_user"]


async def test_virtual_users_cannot_be_read_or_changed(api: Api) -> None:
    admin = await api.client()
    start = "00000000-0000-7000-8000-000000000001"
    for answer in (
        await admin.get(f"{USERS}/{start}"),
        await admin.patch(f"{USERS}/{start}", json={"role": "admin"}),
        await admin.delete(f"{USERS}/{start}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "IL036")
    names = {user["name"] for user in (await admin.get(USERS)).json()["items"]}
    assert not names & {"START", "ROUTER", "CONSENSUS"}


async def test_the_database_itself_refuses_a_virtual_user_that_could_sign_in(connection: psycopg.AsyncConnection) -> None:
    for change in ("password_hash = 'x'", "external_id = 'x'", "email = 'a@b.c'", "workspace_id = 1"):
        with pytest.raises(psycopg.errors.CheckViolation):
            await connection.execute(f"update interlock.users set {change} where name = 'START'".encode())


async def test_the_last_admin_stays(api: Api) -> None:
    person = await api.person(Role.ADMIN)
    admin = await api.client()
    url = f"{USERS}/{person.id}"
    for answer in (await admin.patch(url, json={"role": "editor"}), await admin.patch(url, json={"disabled": True}), await admin.delete(url)):
        assert (answer.status_code, answer.json()["code"]) == (409, "IL037")
    await api.make_person(Role.ADMIN)
    assert (await admin.patch(url, json={"role": "editor"})).status_code == 200


async def test_users_are_listed_in_pages(api: Api) -> None:
    for _ in range(5):
        await api.make_person(Role.VIEWER)
    admin = await api.client()
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = (await admin.get(USERS, params={"limit": 2, **({"cursor": cursor} if cursor else {})})).json()
        seen += [user["email"] for user in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == sorted(seen)
    assert len(seen) == 6
    assert (await admin.get(USERS, params={"cursor": "gA"})).json()["code"] == "IL054"


async def test_users_see_their_own_keys_and_an_admin_sees_all(api: Api) -> None:
    mine, others = await api.make_person(Role.EDITOR), await api.make_person(Role.EDITOR)
    me, other, admin = await signed_in(api, mine.email), await signed_in(api, others.email), await api.client()
    made = (await me.post(KEYS, json={"name": "ci", "expires_in_days": 30})).json()
    assert re.fullmatch(r"il_[a-z2-9]{8}_[0-9a-f]{64}", made["key"])
    assert made["key"].startswith(made["prefix"] + "_")
    assert made["role"] == "editor"
    assert [key["id"] for key in (await me.get(KEYS)).json()["items"]] == [made["id"]]
    assert (await other.get(KEYS)).json()["items"] == []
    assert (await other.delete(f"{KEYS}/{made['id']}")).json()["code"] == "IL038"
    listed = (await admin.get(KEYS)).json()["items"]
    assert made["id"] in {key["id"] for key in listed}
    assert all("key" not in key and "key_hash" not in key for key in listed)
    program = await with_key(api, made["key"])
    assert (await program.get(SESSION)).json()["via"] == "api_key"
    assert (await admin.delete(f"{KEYS}/{made['id']}")).status_code == 204
    assert (await admin.delete(f"{KEYS}/{made['id']}")).status_code == 204
    assert (await program.get(SESSION)).status_code == 401
    assert (await admin.delete(f"{KEYS}/{uuid4()}")).json()["code"] == "IL038"


async def test_a_revoked_key_is_refused_by_another_process_within_five_seconds(serve: Serve) -> None:
    here, there = await serve(), await serve()
    clock = there.services.auth.proofs.clock = Clock()
    key = await here.key(Role.VIEWER)
    headers = {"Authorization": f"Bearer {key}"}
    elsewhere = await there.client(None)
    assert (await elsewhere.get(SESSION, headers=headers)).status_code == 200
    admin = await here.client()
    [listed] = [one for one in (await admin.get(KEYS)).json()["items"] if one["role"] == "viewer"]
    assert (await admin.delete(f"{KEYS}/{listed['id']}")).status_code == 204
    clock.forward(5)
    assert (await elsewhere.get(SESSION, headers=headers)).status_code == 401


async def test_a_role_that_is_taken_away_counts_here_at_once_and_elsewhere_within_five_seconds(serve: Serve) -> None:
    here, there = await serve(), await serve()
    clock = there.services.auth.proofs.clock = Clock()
    person = await here.make_person(Role.EDITOR)
    client = await signed_in(here, person.email)
    elsewhere = await there.client(None)
    elsewhere.cookies = client.cookies

    async def may_write() -> list[bool]:
        return ["workflows.write" in (await one.get(SESSION)).json()["permissions"] for one in (client, elsewhere)]

    assert await may_write() == [True, True]
    assert (await (await here.client()).patch(f"{USERS}/{person.id}", json={"role": "viewer"})).status_code == 200
    assert (await may_write())[0] is False
    clock.forward(5)
    assert await may_write() == [False, False]


async def test_a_key_expires(api: Api, connection: psycopg.AsyncConnection) -> None:
    person = await signed_in(api, (await api.person(Role.VIEWER)).email)
    key = (await person.post(KEYS, json={"name": "short", "expires_in_days": 1})).json()["key"]
    program = await with_key(api, key)
    assert (await program.get(SESSION)).status_code == 200
    await shift_clock(connection, "25 hours")
    api.services.auth.proofs.forget()
    assert (await program.get(SESSION)).status_code == 401


async def test_a_key_allows_no_more_than_its_owner_may(api: Api) -> None:
    viewer, approver = await signed_in(api, (await api.person(Role.VIEWER)).email), await signed_in(api, (await api.person(Role.APPROVER)).email)
    for role in ("admin", "editor", "operator", "approver", "annotator"):
        assert (await viewer.post(KEYS, json={"name": "more", "role": role})).json()["code"] == "IL031", role
    assert (await viewer.post(KEYS, json={"name": "same", "role": "viewer"})).status_code == 201
    assert (await approver.post(KEYS, json={"name": "less", "role": "annotator"})).status_code == 201


@pytest.mark.parametrize(
    ("of_key", "of_owner", "may", "may_not"),
    [
        ("editor", "viewer", {"workflows.read"}, {"workflows.write", "assignments.read"}),
        ("viewer", "annotator", {"account"}, {"workflows.read", "assignments.read"}),
        ("annotator", "viewer", {"account"}, {"workflows.read", "assignments.read"}),
        ("operator", "editor", {"workflows.run"}, {"workflows.write"}),
    ],
)
async def test_a_key_loses_what_its_owner_loses(api: Api, of_key: str, of_owner: str, may: set[str], may_not: set[str]) -> None:
    person = await api.make_person(Role.EDITOR)
    client, admin = await signed_in(api, person.email), await api.client()
    program = await with_key(api, (await client.post(KEYS, json={"name": "k", "role": of_key})).json()["key"])
    assert (await admin.patch(f"{USERS}/{person.id}", json={"role": of_owner})).status_code == 200
    permissions = set((await program.get(SESSION)).json()["permissions"])
    assert may <= permissions
    assert not may_not & permissions
    for path, permission in (("/api/v1/workflows", "workflows.read"), ("/api/v1/assignments", "assignments.read")):
        assert ((await program.get(path)).status_code == 200) is (permission in permissions), path


async def test_keys_made_with_a_key_are_revoked_with_it(api: Api) -> None:
    client = await signed_in(api, (await api.person(Role.EDITOR)).email)
    parent = (await client.post(KEYS, json={"name": "parent", "role": "operator", "expires_in_days": 1})).json()
    program = await with_key(api, parent["key"])
    assert (await program.post(KEYS, json={"name": "more", "role": "editor"})).json()["code"] == "IL031"
    child = (await program.post(KEYS, json={"name": "child", "expires_in_days": 300})).json()
    assert (child["role"], child["expires_at"]) == ("operator", parent["expires_at"])
    grandchild = (await (await with_key(api, child["key"])).post(KEYS, json={"name": "grandchild"})).json()
    last = await with_key(api, grandchild["key"])
    assert (await last.get(SESSION)).status_code == 200
    assert (await client.delete(f"{KEYS}/{parent['id']}")).status_code == 204
    assert (await last.get(SESSION)).status_code == 401


async def test_a_key_revokes_only_itself_and_the_keys_made_with_it(api: Api) -> None:
    """A thief of a weak key cannot revoke the other keys of its owner."""
    person = await api.make_person(Role.EDITOR)
    client = await signed_in(api, person.email)
    other = (await client.post(KEYS, json={"name": "other"})).json()
    weak = (await client.post(KEYS, json={"name": "weak", "role": "viewer"})).json()
    program = await with_key(api, weak["key"])
    child = (await program.post(KEYS, json={"name": "child"})).json()
    grandchild = (await (await with_key(api, child["key"])).post(KEYS, json={"name": "grandchild"})).json()
    for key, by in ((other, program), (weak, await with_key(api, child["key"])), (other, await with_key(api, grandchild["key"]))):
        refused = await by.delete(f"{KEYS}/{key['id']}")
        assert (refused.status_code, refused.json()["code"]) == (404, "IL038")
    assert (await (await with_key(api, other["key"])).get(SESSION)).status_code == 200
    assert (await program.delete(f"{KEYS}/{grandchild['id']}")).status_code == 204
    assert (await program.delete(f"{KEYS}/{weak['id']}")).status_code == 204
    assert (await (await with_key(api, child["key"])).get(SESSION)).status_code == 401
    assert (await (await api.client(Role.ADMIN)).delete(f"{KEYS}/{other['id']}")).status_code == 204


async def test_the_number_of_keys_of_a_user_is_limited(api: Api, connection: psycopg.AsyncConnection) -> None:
    client = await signed_in(api, (await api.person(Role.VIEWER)).email)
    assert (await client.post(KEYS, json={"name": "1"})).status_code == 201
    await connection.execute(
        """insert into interlock.api_keys (id, user_id, name, prefix, key_hash, role, created_at, workspace_id)
           select gen_random_uuid(), k.user_id, 'n', 'il_n', sha256(n::text::bytea), 'viewer', now(), k.workspace_id
           from interlock.api_keys k, generate_series(2, 200) n where k.name = '1'"""
    )
    refused = await client.post(KEYS, json={"name": "201"})
    assert (refused.status_code, refused.json()["code"]) == (400, "IL013")
    pages, cursor = 0, None
    while pages == 0 or cursor:
        page = (await client.get(KEYS, params={"limit": 70, **({"cursor": cursor} if cursor else {})})).json()
        cursor, pages = page["next_cursor"], pages + 1
    assert pages == 3


async def test_the_oldest_of_more_than_fifty_sessions_end(api: Api, connection: psycopg.AsyncConnection) -> None:
    person = await api.person(Role.VIEWER)
    first = await signed_in(api, person.email)
    accounts = Accounts(api.services.pool)
    for number in range(50):
        stored = (await accounts.begin_sign_in(person.email, "192.0.2.1")).password_hash
        await accounts.open_session(
            person.id, email=person.email, remote="192.0.2.1", token_hash=bytes([number]) * 32, seconds=60, verified_hash=stored
        )
    assert await (await connection.execute("select count(*) from interlock.sessions")).fetchone() == (50,)
    api.services.auth.proofs.forget()
    assert (await first.get(SESSION)).status_code == 401


async def test_hashes_made_with_other_parameters_are_renewed(api: Api, connection: psycopg.AsyncConnection) -> None:
    from argon2 import PasswordHasher

    person = await api.person(Role.VIEWER)
    old = PasswordHasher(time_cost=1, memory_cost=8_192).hash(PASSWORD)
    await connection.execute("update interlock.users set password_hash = %s where id = %s", (old, person.id))
    await signed_in(api, person.email)
    row = await (await connection.execute("select password_hash from interlock.users where id = %s", (person.id,))).fetchone()
    assert row is not None
    assert "m=65536,t=3" in row[0]
    await signed_in(api, person.email)


async def test_the_functions_refuse_stricter_isolation(connection: psycopg.AsyncConnection) -> None:
    changing = await (
        await connection.execute(
            """select p.proname, p.pronargs from pg_proc p where p.pronamespace = 'interlock'::regnamespace and p.proname = any (%s)""",
            (
                [
                    *("create_user", "create_first_admin", "update_user", "delete_user", "begin_sign_in", "refuse_sign_in", "open_session"),
                    *("find_session", "end_session", "change_password", "admit_external_user", "create_api_key", "find_api_key", "revoke_api_key"),
                ],
            ),
        )
    ).fetchall()
    assert len(changing) == 14
    for name, count in changing:
        await connection.execute("begin isolation level repeatable read")
        with pytest.raises(psycopg.Error, match="not repeatable read"):
            await connection.execute(f"select interlock.{name}({', '.join(['null'] * count)})".encode())
        await connection.execute("rollback")
