"""People, their roles, sessions and keys come through the migration to workspaces, and the program from before goes on to serve them."""

import asyncio
from pathlib import Path

import httpx
import pytest

from interlock.controlplane import migrate
from tests.api.serving import PASSWORD, serving
from tests.upgrades.release import Release, processes, take_release

MIGRATION = "0004_workspaces.sql"
MAKE_PEOPLE = """
import asyncio, json, sys
from interlock.api.auth.passwords import Passwords
from interlock.api.auth.tokens import hash_of, new_api_key
from interlock.controlplane import open_pool
from interlock.controlplane.accounts import Accounts
from pydantic import SecretStr

async def make(url, password):
    hashed = await Passwords().hash(SecretStr(password))
    async with open_pool(url, limit=1) as pool:
        accounts, key = Accounts(pool), new_api_key()
        made = {}
        for role in ("admin", "editor", "viewer"):
            made[role] = await accounts.create_user(email=f"{role}@example.org", name=role, role=role, password_hash=hashed, by="test")
        await accounts.create_api_key(
            made["editor"].id, made_by_key=None, name="k", prefix=key.prefix, key_hash=hash_of(key.key), role="editor", days=None, by="test"
        )
        await accounts.delete_user(made["viewer"].id, by="test")
    return key.key

print(asyncio.run(make(*sys.argv[1:])))
"""


@pytest.fixture
def before(tmp_path: Path) -> Release:
    """The program from before workspaces."""
    return take_release(tmp_path / "before", MIGRATION)


async def test_people_keep_their_roles_sessions_and_keys_and_are_in_the_workspace_default(
    before: Release, empty_database_url: str, world_url: str, tmp_path: Path
) -> None:
    url = empty_database_url
    assert before.interlock("migrate", "--database", url).returncode == 0
    key = await asyncio.to_thread(before.python, MAKE_PEOPLE, url, PASSWORD)
    with processes(tmp_path, url, world_url) as running:
        old = running.api(before)
        async with httpx.AsyncClient(base_url=await asyncio.to_thread(lambda: old.url), timeout=60) as at_old:
            await _sign_in(at_old, "admin")
            assert MIGRATION in await migrate(url)
            async with serving(url) as api:
                assert (await at_old.get("/api/v1/session")).json()["user"]["role"] == "admin"
                again = httpx.AsyncClient(base_url=at_old.base_url, timeout=60)
                async with again:
                    await _sign_in(again, "editor")
                    assert (await again.get("/api/v1/session", headers={"Authorization": f"Bearer {key}"})).json()["user"]["role"] == "editor"
                client = await api.client(None)
                client.cookies.update(at_old.cookies)
                session = (await client.get("/api/v1/session")).json()
                assert session["workspace"] == {"id": 1, "name": "default", "role": "admin"}
                listed = (await client.get("/api/v1/users")).json()["items"]
                assert {user["email"]: user["role"] for user in listed} == {"admin@example.org": "admin", "editor@example.org": "editor"}
                by_key = (await client.get("/api/v1/session", headers={"Authorization": f"Bearer {key}"})).json()
                assert (by_key["workspace"]["name"], by_key["user"]["email"]) == ("default", "editor@example.org")


async def _sign_in(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.post("/api/v1/session", json={"email": f"{name}@example.org", "password": PASSWORD})
    assert answer.status_code == 200, answer.text
