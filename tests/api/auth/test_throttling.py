"""Guesses of passwords are counted in the database for all processes and slowed down, and never lock an owner out."""

import asyncio
from typing import Any

import psycopg
import pytest

from interlock.api.auth.emails import canonical_email, network_of
from interlock.api.models.users import Role
from interlock.controlplane.accounts import Accounts
from interlock.errors import LastAdmin, UserNotFound
from tests.api.auth.test_signing_in import SESSION, shift_clock, signed_in
from tests.api.conftest import Serve
from tests.api.serving import PASSWORD, Api


async def test_guesses_over_two_processes_at_once_are_all_counted(serve: Serve, connection: psycopg.AsyncConnection) -> None:
    here, there = await serve(), await serve()
    person = await here.person(Role.ADMIN)
    clients = [await here.client(None), await there.client(None)]
    answers = await asyncio.gather(
        *(clients[number % 2].post(SESSION, json={"email": person.email, "password": f"guess number {number}"}) for number in range(40))
    )
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {401, 429}
    assert statuses.count(401) <= 6 + 2  # five are free; the sixth blocks for a second, which may pass while the others wait
    waiting = next(answer for answer in answers if answer.status_code == 429)
    assert waiting.json()["code"] == "IL033"
    assert int(waiting.headers["Retry-After"]) >= 1
    entries = await (await connection.execute("select count(*) from interlock.audit_log where action = 'sign_in_refused'")).fetchone()
    assert entries == (statuses.count(401),)


async def test_delays_grow_and_pass(api: Api, connection: psycopg.AsyncConnection) -> None:
    accounts = Accounts(api.services.pool)
    clock, waited = 0, []
    for _ in range(12):
        while (wait := (await accounts.begin_sign_in("a@example.org", "192.0.2.1")).wait_seconds) is not None:
            waited.append(wait)
            clock += wait
            await shift_clock(connection, f"{clock} seconds")
    assert waited == [1, 2, 4, 8, 16, 32]
    await shift_clock(connection, "3 days")
    for _ in range(5):
        assert (await accounts.begin_sign_in("a@example.org", "192.0.2.1")).wait_seconds is None


async def test_guesses_from_everywhere_do_not_lock_the_owner_out(api: Api, connection: psycopg.AsyncConnection) -> None:
    person = await api.person(Role.ADMIN)
    client = await signed_in(api, person.email)
    accounts = Accounts(api.services.pool)
    answers = [await accounts.begin_sign_in(person.email, f"198.51.100.{number}") for number in range(100)]
    assert sum(answer.wait_seconds is None for answer in answers) == 21
    assert max(answer.wait_seconds or 0 for answer in answers) <= 60
    assert (await client.get(SESSION)).status_code == 200
    await signed_in(api, person.email)  # from where they have signed in before
    assert (await accounts.begin_sign_in(person.email, "203.0.113.9")).wait_seconds is not None
    await shift_clock(connection, "61 seconds")
    assert (await accounts.begin_sign_in(person.email, "203.0.113.9")).wait_seconds is None


async def test_ones_own_account_does_not_excuse_guesses_at_others(api: Api) -> None:
    own, accounts = await api.person(Role.VIEWER), Accounts(api.services.pool)
    tried = 0
    for number in range(200):
        attempt = await accounts.begin_sign_in(f"victim{number}@example.org", "203.0.113.77")
        tried += attempt.wait_seconds is None
        if number % 10 == 0:
            attempt = await accounts.begin_sign_in(own.email, "203.0.113.77")
            if attempt.wait_seconds is None:
                await accounts.open_session(
                    own.id, email=own.email, remote="203.0.113.77", token_hash=bytes([number]) * 32, seconds=60, verified_hash=attempt.password_hash
                )
    assert tried <= 60


@pytest.mark.parametrize(("letter", "capital"), [("\u0264", "\ua7cb"), ("\u019b", "\ua7dc"), ("k", "\u212a"), ("i\u0307", "\u0130")])
async def test_an_email_has_one_form_whatever_the_database_considers_upper_case(api: Api, letter: str, capital: str) -> None:
    """No other email leads to an account: not by letters that Python's Unicode does not know, nor by upper-case letters that become others."""
    accounts, email = Accounts(api.services.pool), canonical_email(f"m{letter}e@example.org")
    made = await accounts.create_user(email=email, name="M", role="viewer", password_hash=None, by="test")
    there = (await accounts.begin_sign_in(email, "192.0.2.1")).user
    assert there is not None
    assert there.id == made.id
    if (other := canonical_email(f"m{capital}e@example.org")) != email:
        assert (await accounts.begin_sign_in(other, "192.0.2.1")).user is None
        assert await accounts.admit_external_user("s", email=other, verified=True, name="M", role=None) == (None, "unknown")
        admitted, refused = await accounts.admit_external_user("s", email=other, verified=True, name="M", role="admin")
        assert refused or (admitted and admitted.user.id != made.id)


async def test_a_shared_row_excuses_only_the_user_who_signed_in(api: Api, connection: psycopg.AsyncConnection) -> None:
    """An attacker with an account, at an address that shares a row with the victim's, must not guess without a limit."""
    own, accounts = await api.person(Role.VIEWER), Accounts(api.services.pool)
    stored = (await accounts.begin_sign_in(own.email, "203.0.113.1")).password_hash
    await accounts.open_session(own.id, email=own.email, remote="203.0.113.1", token_hash=bytes(32), seconds=60, verified_hash=stored)
    await connection.execute(
        """update interlock.sign_in_throttles set key = interlock.throttle_key('pair', 'victim@example.org 203.0.113.2')
           where key = interlock.throttle_key('pair', %s || ' 203.0.113.1')""",
        (own.email,),
    )
    for number in range(30):  # others guess until the victim's account is blocked
        await accounts.begin_sign_in("victim@example.org", f"198.51.100.{number}")
    assert (await accounts.begin_sign_in("victim@example.org", "203.0.113.2")).wait_seconds is not None
    await connection.execute(
        """update interlock.sign_in_throttles set succeeded_for = interlock.sign_in_pair('victim@example.org', '203.0.113.2')
           where succeeded_at is not null"""
    )
    assert (await accounts.begin_sign_in("victim@example.org", "203.0.113.2")).wait_seconds is None


async def test_rows_are_limited_and_old_ones_are_deleted(api: Api, connection: psycopg.AsyncConnection) -> None:
    await connection.execute(
        """insert into interlock.sign_in_throttles (key, tries, counted_at, forget_at)
           select 'pair:' || n, 1, now() - interval '2 days', now() - interval '1 day' from generate_series(1, 100) n"""
    )
    accounts = Accounts(api.services.pool)
    for number in range(6):
        await accounts.begin_sign_in(f"x{number}@example.org", "203.0.113.5")
    old = await (await connection.execute("select count(*) from interlock.sign_in_throttles where forget_at < now()")).fetchone()
    assert old == (0,)
    keys = await (await connection.execute("select key from interlock.sign_in_throttles")).fetchall()
    assert all(len(key.partition(":")[2]) == 5 for (key,) in keys)


@pytest.mark.parametrize(
    ("remote", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("x\x00" * 200, "x" * 100),
    ],
)
def test_addresses_are_counted_by_network(remote: str, network: str) -> None:
    assert network_of(remote) == network


async def test_an_unknown_user_costs_the_same_work_as_a_known_one(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every refused sign-in makes exactly one comparison with the same parameters, and says the same."""
    person, disabled = await api.make_person(Role.VIEWER), await api.make_person(Role.VIEWER)
    accounts = Accounts(api.services.pool)
    await accounts.update_user(disabled.id, disabled=True, by="test")
    supabase_only = await accounts.create_user(email="only@example.org", name="S", role="viewer", password_hash=None, external_id="s", by="test")
    hasher = api.services.auth.passwords._hasher
    compared: list[tuple[str, ...]] = []

    class Watching(type(hasher)):  # type: ignore[misc]  # its class is not known to the checker
        def verify(self, stored: str, password: bytes) -> bool:
            compared.append(tuple(stored.split("$")[1:4]))
            return bool(super().verify(stored, password))

    monkeypatch.setattr(api.services.auth.passwords, "_hasher", Watching())
    client = await api.client(None)
    answers = []
    for email, password in (
        (person.email, "a wrong password"),
        ("nobody@example.org", "a wrong password"),
        (disabled.email, PASSWORD),
        (supabase_only.email, "a wrong password"),
    ):
        answer = await client.post(SESSION, json={"email": email, "password": password})
        body: dict[str, Any] = answer.json()
        answers.append((answer.status_code, {key: value for key, value in body.items() if key != "instance"}))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0] == 401
    assert len(compared) == 4
    assert len(set(compared)) == 1


async def test_two_admins_who_disable_each_other_at_once_leave_one(api: Api) -> None:
    one, other = await api.make_person(Role.ADMIN), await api.make_person(Role.ADMIN)
    accounts = Accounts(api.services.pool)
    for _ in range(5):
        answers = await asyncio.gather(
            accounts.update_user(one.id, role="viewer", by="other"),
            accounts.update_user(other.id, disabled=True, by="one"),
            accounts.delete_user(other.id, by="one") if _ == 4 else accounts.update_user(other.id, role="editor", by="one"),
            return_exceptions=True,
        )
        refused = {type(answer) for answer in answers if isinstance(answer, BaseException)}
        assert LastAdmin in refused
        assert refused <= {LastAdmin, UserNotFound}
        for person in (one, other):
            if _ < 4:
                await accounts.update_user(person.id, role="admin", disabled=False, by="test")
    admins = [user for user in await accounts.list_users(search=None, after=None, limit=10) if user.role == "admin" and not user.disabled]
    assert len(admins) == 1


@pytest.mark.parametrize("weak", ["short", "aaaaaaaaaaaaaaaa", "password1234", PASSWORD], ids=["short", "simple", "well known", "same"])
async def test_a_weak_new_password_is_no_failed_sign_in(api: Api, connection: psycopg.AsyncConnection, weak: str) -> None:
    person = await api.make_person(Role.VIEWER)
    client = await api.browser(person)
    for _ in range(12):  # more than the tries that are free
        answer = await client.put(f"{SESSION}/password", json={"current_password": PASSWORD, "new_password": weak})
        assert (answer.status_code, answer.json()["code"]) == (422, "IL054"), answer.text
        assert [field["place"].removeprefix("body.") for field in answer.json()["invalid"]] == ["new_password"]
    answer = await client.put(f"{SESSION}/password", json={"current_password": PASSWORD, "new_password": "another good one"})
    assert answer.status_code == 200, answer.text
    refused = await (await connection.execute("select count(*) from interlock.audit_log where action = 'sign_in_refused'")).fetchone()
    assert refused == (0,)


async def test_a_wrong_current_password_is_a_failed_sign_in(api: Api) -> None:
    client = await api.browser(await api.make_person(Role.VIEWER))
    answers = [
        await client.put(f"{SESSION}/password", json={"current_password": f"guess number {number}", "new_password": "another good one"})
        for number in range(8)
    ]
    assert {answer.status_code for answer in answers[:4]} == {401}
    assert answers[-1].status_code == 429
