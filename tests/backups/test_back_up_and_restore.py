"""A dump is taken while executions are under way, and restored: what goes on, what is done again, and what is lost without the key."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import ControlPlane, migrate
from interlock.controlplane.migrating import migrations, pending_migrations
from interlock.credentials import Cipher, CredentialStore, MasterKey
from interlock.embedded import Server
from interlock.errors import CredentialUnreadable, SchemaOutdated
from interlock.insight.reading import Scope, read_rows
from tests.backups.programs import dump, restore
from tests.controlplane.plane import Plane
from tests.controlplane.test_migrating_at_work import deploy
from tests.controlplane.test_schema import catalog
from tests.crashes import workload
from tests.crashes.course import LEASE_SECONDS, finish, let_leases_run_out, until_all_ended
from tests.crashes.modes import USUAL
from tests.crashes.processes import PATIENCE_SECONDS, KillPoint, workers
from tests.crashes.proof import prove
from tests.credentials.vault import Vault
from tests.days.pair import ask
from tests.model.graphs import step
from tests.servers import SYSTEM_15
from tests.worker.engine import until


@pytest.fixture
async def restored(new_folder: Path) -> AsyncIterator[str]:
    """An empty database on another server."""
    async with Server(new_folder) as running:
        yield running.url


def open_pool(url: str) -> AsyncConnectionPool[Any]:
    check = AsyncConnectionPool.check_connection
    return AsyncConnectionPool[Any](url, min_size=0, max_size=4, open=False, kwargs={"autocommit": True}, check=check)


async def test_executions_that_were_under_way_at_the_backup_go_on_in_the_restored_database(
    private_server: Server, restored: str, world: str, tmp_path: Path
) -> None:
    """What the lost workers held counts as lost once their leases have run out. The schema is the one that a new database gets."""
    archive, cipher = tmp_path / "interlock.dump", Cipher([MasterKey.of(os.urandom(32))])
    await migrate(private_server.url)
    async with open_pool(private_server.url) as pool:
        control = ControlPlane(pool)
        await workload.deploy(control)
        await Vault(CredentialStore(pool), cipher).save("github", "bearer", token="s3cr3tToken")
        with workers(tmp_path, private_server.url, world, USUAL) as crew:
            executions = await workload.start(control)
            worker = crew.start(halts=KillPoint(point="after_execute", at=8), lease_seconds=LEASE_SECONDS)
            await asyncio.to_thread(worker.wait_halted)
            await asyncio.to_thread(dump, private_server.url, archive)
        before = await _schema(private_server.url)
    await private_server.stop()

    await asyncio.to_thread(restore, restored, archive)
    assert await ask(restored, "select to_regrole('interlock_reader')") is None, "roles are of the server, so no dump has them"
    assert await pending_migrations(restored) == []
    async with open_pool(restored) as pool:
        [executions_before] = await read_rows(Scope(pool, 1), "select count(*) as count, current_user as who from interlock.executions")
    assert executions_before == {"count": len(executions), "who": "postgres"}, "reads rely on their conditions"
    assert await migrate(restored) == []
    async with open_pool(restored) as pool:
        [executions_now] = await read_rows(Scope(pool, 1), "select count(*) as count, current_user as who from interlock.executions")
    assert executions_now == {"count": len(executions), "who": "interlock_reader"}
    assert await _schema(restored) == before
    assert await ask(restored, "select has_schema_privilege('public', 'interlock', 'usage')") is False
    async with open_pool(restored) as pool:
        control = ControlPlane(pool)
        await let_leases_run_out(control, pool, expected=1)
        assert await workload.start(control) == executions, "idempotency keys are in the backup"
        (tmp_path / "after").mkdir()
        with workers(tmp_path / "after", restored, world, USUAL) as crew:
            await finish(crew, pool)
        proof = await prove(pool, world, executions)
        assert proof.losses > 0
        assert await Vault(CredentialStore(pool), cipher).fields("github") == {"token": "s3cr3tToken"}
        with pytest.raises(CredentialUnreadable):
            await Vault(CredentialStore(pool), Cipher([MasterKey.of(os.urandom(32))])).fields("github")


@pytest.fixture
async def of_15(new_folder: Path) -> AsyncIterator[str]:
    """A server of the oldest version that is found on this machine: 15, else the one that comes with Interlock."""
    async with Server(new_folder, binaries=SYSTEM_15 if SYSTEM_15.is_dir() else None) as running:
        yield running.url


async def test_a_dump_of_an_older_server_and_an_older_release_is_restored_into_a_newer_one_and_migrated(
    of_15: str, private_server: Server, tmp_path: Path
) -> None:
    """The dump has the schema of the first release, with an execution under way."""
    archive, url = tmp_path / "interlock.dump", private_server.url
    [first, *_] = migrations()
    async with await psycopg.AsyncConnection.connect(of_15, autocommit=True) as connection:
        assert connection.info.server_version // 10_000 == (15 if SYSTEM_15.is_dir() else 18)
        await connection.execute(first.sql.encode())
        await connection.execute("insert into interlock.migrations (name, checksum, applied_at) values (%s, %s, now())", [first.name, first.checksum])
    async with open_pool(of_15) as pool:
        before = Plane(pool)
        await deploy(before, [step("A"), step("B")], ["S -> A", "A -> B"])
        await before.value("""select interlock.start_executions('flow', '[{"input": {"n": 1}, "idempotency_key": "k"}]')""")
    await asyncio.to_thread(dump, of_15, archive)

    await asyncio.to_thread(restore, url, archive)
    applied = await migrate(url)
    assert applied == [one.name for one in migrations()[1:]]
    assert await migrate(url) == []
    async with open_pool(url) as pool:
        after = Plane(pool)
        worker = await after.worker()
        assert await worker.work() == ["A/1", "B/1"]
        [again] = await after.control.start_executions("flow", [{"input": {"n": 1}, "idempotency_key": "k"}])
        assert not again.created
        assert again.execution_id
        assert await after.status(again.execution_id) == "completed"


async def test_a_dump_of_a_newer_release_is_refused(private_server: Server, restored: str, tmp_path: Path) -> None:
    archive = tmp_path / "interlock.dump"
    await migrate(private_server.url)
    async with await psycopg.AsyncConnection.connect(private_server.url, autocommit=True) as connection:
        await connection.execute("insert into interlock.migrations (name, checksum, applied_at) values ('9999_later.sql', 'c', now())")
    await asyncio.to_thread(dump, private_server.url, archive)
    await asyncio.to_thread(restore, restored, archive)
    with pytest.raises(SchemaOutdated, match=r"9999_later\.sql"):
        await migrate(restored)


async def _schema(url: str) -> dict[str, set[tuple[object, ...]]]:
    """Without the rights on tables and on the schema: a dump leaves out those that are the default."""
    found = await catalog(url)
    return {name: {row[:-1] for row in rows} if name in {"tables", "schema"} else rows for name, rows in found.items()}


async def test_a_worker_that_is_not_in_the_backup_lives_through_the_restore_and_goes_on(private_server: Server, world: str, tmp_path: Path) -> None:
    """The database is restored in its place. The worker of the backup was stopped, as the page says; the other one was forgotten."""
    archive, url = tmp_path / "interlock.dump", private_server.url
    await migrate(url)
    async with open_pool(url) as pool:
        control = ControlPlane(pool)
        await workload.deploy(control)
        with workers(tmp_path, url, world, USUAL) as crew:
            first = crew.start(halts=KillPoint(point="after_execute", at=8), lease_seconds=5)
            executions = await workload.start(control)
            await asyncio.to_thread(first.wait_halted)
            await asyncio.to_thread(dump, url, archive)
            forgotten = crew.start(lease_seconds=5)
            first.resume()
            await until_all_ended(pool)
            await control.start_executions(workload.DEFINITION["name"], [{"input": workload.INPUTS[0], "idempotency_key": "after the backup"}])
            first.ask_to_stop()
            assert await asyncio.to_thread(first.wait) == 0, first.said
            await until(lambda: "registered" in forgotten.said, PATIENCE_SECONDS)

            await until(lambda: _drop_schema(url), PATIENCE_SECONDS)
            await until(lambda: "run `interlock migrate`" in forgotten.said, PATIENCE_SECONDS)
            await asyncio.to_thread(restore, url, archive)
            await until_all_ended(pool)
            forgotten.ask_to_stop()
            assert await asyncio.to_thread(forgotten.wait) == 0, forgotten.said
        assert await workload.start(control) == executions
        await _prove_once_more(pool, world, executions)


async def _drop_schema(url: str) -> bool:
    """Returns whether it is gone; workers at work may hold it up."""
    with suppress(psycopg.errors.DeadlockDetected):
        await ask(url, "drop schema interlock cascade")
        return True
    return False


async def _prove_once_more(pool: AsyncConnectionPool[Any], world: str, executions: Any) -> None:
    """What was done after the backup was done again: the world outside was not set back. It knows it by the idempotency key."""
    proof = await prove(pool, world, executions, hand_backs=1)
    assert proof.repeats > 0


async def test_a_part_of_a_backup_is_refused_with_the_reason(private_server: Server, restored: str, tmp_path: Path) -> None:
    """As where somebody restored some tables only."""
    await migrate(private_server.url)
    async with await psycopg.AsyncConnection.connect(restored, autocommit=True) as connection:
        await connection.execute("create schema interlock")
        await connection.execute("create table interlock.executions (id uuid)")
    with pytest.raises(SchemaOutdated, match=r"contains objects that 0001_initial.sql did not create") as refused:
        await migrate(restored)
    assert "only a part of it was restored" in refused.value.hint
