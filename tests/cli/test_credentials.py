"""`interlock credentials` on a real database, and through a real server."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator

import pytest
from psycopg_pool import AsyncConnectionPool

from interlock.api.models.users import Role
from interlock.credentials import CredentialStore, cipher_from_environment
from tests.api.serving import serving
from tests.cli.command import interlock
from tests.credentials.vault import Vault
from tests.nodes.http_server import LocalServer, local_server


@pytest.fixture
async def http_server() -> AsyncIterator[LocalServer]:
    async with local_server() as running:
        yield running


OLD, NEW = (base64.b64encode(os.urandom(32)).decode() for _ in range(2))


async def test_after_rewrap_the_old_key_can_be_removed(database_url: str, pool: AsyncConnectionPool, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = (cipher_from_environment({"INTERLOCK_ENCRYPTION_KEY": key}) for key in (OLD, NEW))
    assert old is not None
    assert new is not None
    vault = Vault(CredentialStore(pool), old)
    await vault.save("shop", "bearer", token="s3cr3tToken")
    monkeypatch.setenv("INTERLOCK_ENCRYPTION_KEY", NEW)
    refused = interlock("credentials", "rewrap", "--json", database=database_url)
    assert (refused.code, len(refused.document["unreadable"])) == (1, 1)
    monkeypatch.setenv("INTERLOCK_ENCRYPTION_KEY", f"{NEW},{OLD}")
    done = interlock("credentials", "rewrap", "--json", database=database_url)
    assert (done.code, done.document) == (0, {"key_id": new.key_id, "rewrapped": 1, "unreadable": []})
    vault.cipher = new
    assert await vault.fields("shop") == {"token": "s3cr3tToken"}
    assert "s3cr3tToken" not in done.stdout + done.stderr


def test_rewrap_without_a_key_names_the_setting(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("INTERLOCK_ENCRYPTION_KEY", "INTERLOCK_ENCRYPTION_KEY_FILE", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    answer = interlock("credentials", "rewrap", "--json", database=database_url)
    assert answer.code == 2
    assert "INTERLOCK_ENCRYPTION_KEY" in answer.stdout


async def test_a_credential_is_tested_through_a_server_and_on_a_database_with_the_same_answer(
    database_url: str, monkeypatch: pytest.MonkeyPatch, http_server: LocalServer
) -> None:
    monkeypatch.setenv("INTERLOCK_ENCRYPTION_KEY", NEW)
    monkeypatch.setenv("INTERLOCK_HTTP_ALLOW_PRIVATE", "127.0.0.1")
    http_server.on("/json", 200, b"{}", content_type="application/json")
    private = ("--allow-private-addresses", "--json")
    async with serving(database_url) as api:
        editor = await api.client(Role.EDITOR)
        shop = {"name": "shop", "kind": "bearer", "fields": {"token": "s3cr3tToken"}, "allowed_hosts": ["127.0.0.1"]}
        assert (await editor.post("/api/v1/credentials", json=shop)).status_code == 201
        through = {"INTERLOCK_URL": api.url, "INTERLOCK_API_KEY": await api.key(Role.EDITOR)}
        asked: list[tuple[tuple[str, ...], int, str | None]] = [
            (("shop", "--url", http_server.url("/json"), *private), 0, None),
            (("shop", "--url", http_server.url("/json"), "--json"), 1, "address_refused"),
            (("shop", "--url", "https://evil.example", *private), 1, "credential_host"),
        ]
        for arguments, code, error in asked:
            here = await asyncio.to_thread(interlock, "credentials", "test", *arguments, database=database_url)
            there = await asyncio.to_thread(interlock, "credentials", "test", *arguments, environment=through)
            assert (here.code, here.document["code"]) == (code, error), here.stdout
            assert here.document == there.document
        for unknown in (
            await asyncio.to_thread(interlock, "credentials", "test", "none", "--json", database=database_url),
            await asyncio.to_thread(interlock, "credentials", "test", "none", "--json", environment=through),
        ):
            assert (unknown.code, unknown.document["error"]["code"]) == (6, "IL040")
        shown = await asyncio.to_thread(interlock, "credentials", "test", "shop", "--url", "https://evil.example", database=database_url)
        assert "may not be sent to evil.example" in shown.said
    assert [each.headers["authorization"] for each in http_server.received] == ["Bearer s3cr3tToken"] * 2
