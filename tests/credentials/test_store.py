"""The SQL functions about credentials, called from Python."""

import asyncio
import os
from dataclasses import replace
from uuid import uuid4

import psycopg
import pytest

from interlock.credentials import Bound, Cipher, MasterKey, rewrap
from interlock.errors import CredentialNotFound, CredentialUnreadable, NameTaken
from tests.credentials.vault import Vault


async def test_only_a_worker_reads_the_values_of_a_saved_credential(vault: Vault) -> None:
    saved = await vault.save("github", "bearer", token="s3cr3tToken")
    assert await vault.fields("github") == {"token": "s3cr3tToken"}
    assert await vault.store.get(saved.id) == replace(saved, last_used_at=(await vault.store.get(saved.id)).last_used_at)
    assert saved.field_names == ["token"]
    assert saved.revision == 1


async def test_a_name_that_is_taken_is_refused(vault: Vault) -> None:
    await vault.save("github", "bearer", token="s3cr3tToken")
    with pytest.raises(NameTaken, match="named github"):
        await vault.save("github", "bearer", token="another1")
    given = await asyncio.gather(*(vault.save("gitlab", "bearer", token="s3cr3tToken") for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(each, NameTaken) for each in given) == 7


async def test_saving_again_with_the_same_id_changes_nothing(vault: Vault, connection: psycopg.AsyncConnection) -> None:
    bound = Bound(id=uuid4(), name="github", kind="bearer")
    sealed = vault.cipher.encrypt(bound, {"token": "s3cr3tToken"})
    first, again = [
        await vault.store.save(bound, description="", field_names=["token"], allowed_hosts=["*"], sealed=sealed, by="test") for _ in range(2)
    ]
    assert first == again
    assert await (await connection.execute("select count(*) from interlock.audit_log")).fetchone() == (1,)


async def test_new_values_make_a_new_revision_and_a_new_description_does_not(vault: Vault) -> None:
    saved = await vault.save("github", "bearer", token="s3cr3tToken")
    described = await vault.store.replace(saved.id, description="of the bot", field_names=None, sealed=None, by="ada")
    assert described is not None
    assert (described.revision, described.description, described.updated_by, described.created_by) == (1, "of the bot", "ada", "test")
    assert (await vault.replace(saved, token="n3wToken")).revision == 2
    assert await vault.fields("github") == {"token": "n3wToken"}


async def test_a_missing_credential_is_reported(vault: Vault) -> None:
    saved = await vault.save("github", "bearer", token="s3cr3tToken")
    await vault.store.delete(saved.id, by="test")
    assert await vault.store.use("github") is None
    for calling in (
        vault.store.get(saved.id),
        vault.store.delete(saved.id, by="test"),
        vault.store.replace(saved.id, description="", field_names=None, sealed=None, by="test"),
    ):
        with pytest.raises(CredentialNotFound, match=str(saved.id)):
            await calling


async def test_the_list_is_by_name_and_in_pages(vault: Vault) -> None:
    for name in ("c", "a", "b"):
        await vault.save(name, "bearer", token="s3cr3tToken")
    assert [each.name for each in await vault.store.list(after=None, limit=2)] == ["a", "b"]
    assert [each.name for each in await vault.store.list(after="b", limit=2)] == ["c"]


async def test_use_is_recorded_once_an_hour_and_waits_for_no_lock(vault: Vault, connection: psycopg.AsyncConnection) -> None:
    saved = await vault.save("github", "bearer", token="s3cr3tToken")
    assert saved.last_used_at is None
    async with connection.transaction():
        await connection.execute("select 1 from interlock.credentials for update")
        await vault.fields("github")
        assert (await vault.store.get(saved.id)).last_used_at is None
    await vault.fields("github")
    first = (await vault.store.get(saved.id)).last_used_at
    assert first is not None
    await connection.execute("insert into interlock.test_clock (shift) values ('59 minutes')")
    await vault.fields("github")
    assert (await vault.store.get(saved.id)).last_used_at == first
    await connection.execute("update interlock.test_clock set shift = '61 minutes'")
    await vault.fields("github")
    assert ((await vault.store.get(saved.id)).last_used_at or first) > first


async def test_the_audit_log_says_who_did_what_without_values(vault: Vault, connection: psycopg.AsyncConnection) -> None:
    saved = await vault.save("github", "bearer", token="s3cr3tToken")
    await vault.replace(saved, token="n3wToken")
    await vault.store.delete(saved.id, by="ada")
    rows = await (await connection.execute("select action, actor, details from interlock.audit_log order by id")).fetchall()
    assert [row[:2] for row in rows] == [("create_credential", "test"), ("update_credential", "test"), ("delete_credential", "ada")]
    assert rows[0][2] == {"credential_id": str(saved.id), "name": "github", "kind": "bearer", "field_names": ["token"], "allowed_hosts": ["*"]}
    assert "Token" not in str(rows)


async def test_rows_that_were_swapped_in_the_database_are_refused(vault: Vault, connection: psycopg.AsyncConnection) -> None:
    await vault.save("harmless", "bearer", token="t0kenOfMine")
    await vault.save("precious", "bearer", token="t0kenOfYours")
    await connection.execute(
        """update interlock.credentials a set ciphertext = b.ciphertext, wrapped_key = b.wrapped_key from interlock.credentials b
           where a.name = 'harmless' and b.name = 'precious'"""
    )
    with pytest.raises(CredentialUnreadable):
        await vault.fields("harmless")
    await connection.execute("update interlock.credentials set name = 'gone' where name = 'harmless'")
    await connection.execute("update interlock.credentials set name = 'harmless' where name = 'precious'")
    with pytest.raises(CredentialUnreadable):
        await vault.fields("harmless")


async def test_rewrapping_wraps_all_keys_with_the_first_key(vault: Vault, connection: psycopg.AsyncConnection) -> None:
    old, new = MasterKey.of(os.urandom(32)), MasterKey.of(os.urandom(32))
    vault.cipher = Cipher([old])
    for number in range(120):
        await vault.save(f"c{number}", "bearer", token=f"s3cr3tToken{number}")
    foreign = Vault(vault.store, Cipher([MasterKey.of(os.urandom(32))]))
    await foreign.save("foreign", "bearer", token="s3cr3tToken")
    vault.cipher = Cipher([new, old])
    revision = (await vault.store.list(after=None, limit=1))[0].revision
    done = await rewrap(vault.store, vault.cipher, by="ada")
    assert done.rewrapped == 120
    assert ["'foreign'" in error.message for error in done.unreadable] == [True]
    assert (await rewrap(vault.store, vault.cipher, by="ada")).rewrapped == 0
    vault.cipher = Cipher([new])
    assert await vault.fields("c7") == {"token": "s3cr3tToken7"}
    assert (await vault.store.list(after=None, limit=1))[0].revision == revision
    counted = await (await connection.execute("select count(*) from interlock.audit_log where action = 'rewrap_credential'")).fetchone()
    assert counted == (120,)


async def test_a_credential_that_changed_meanwhile_is_not_rewrapped(vault: Vault) -> None:
    saved = await vault.save("github", "bearer", token="s3cr3tToken")
    new = Cipher([MasterKey.of(os.urandom(32)), *vault.cipher._by_id.values()])
    (found,) = await vault.store.to_rewrap(new.key_id, after=None, limit=10)
    await vault.replace(saved, token="n3wToken")
    assert not await vault.store.rewrap(found, new.rewrap(found.bound, found.key), by="test")
    assert await vault.fields("github") == {"token": "n3wToken"}
