"""`interlock credentials rewrap` on a real database."""

import base64
import os

import pytest
from psycopg_pool import AsyncConnectionPool

from interlock.credentials import CredentialStore, cipher_from_environment
from tests.cli.command import interlock
from tests.credentials.vault import Vault

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
