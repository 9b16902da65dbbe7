"""A database of the release before goes on with its work, and with workers of that release."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import migrate, migrating
from interlock.controlplane.calling import json_text
from interlock.controlplane.migrating import migrations, pending_migrations
from interlock.errors import DatabaseUnavailable
from tests.controlplane.plane import Plane, Row, TestWorker, completed
from tests.model.graphs import step, workflow
from tests.model.versions import compiled
from tests.worker.engine import until


@pytest.fixture
async def old(empty_database_url: str) -> AsyncIterator[Plane]:
    """A database with the schema of the first release."""
    [first, *_] = migrations()
    async with await psycopg.AsyncConnection.connect(empty_database_url, autocommit=True) as connection:
        await connection.execute(first.sql.encode())
        await connection.execute("insert into interlock.migrations (name, checksum, applied_at) values (%s, %s, now())", [first.name, first.checksum])
    async with AsyncConnectionPool[Any](empty_database_url, min_size=1, max_size=4, open=False, kwargs={"autocommit": True}) as pool:
        yield Plane(pool)


async def deploy(plane: Plane, nodes: Sequence[Row], edges: Sequence[str]) -> None:
    """Saves a workflow as the release before does."""
    definition = workflow(nodes, edges, "flow")
    form, checksum = compiled(definition)
    await plane.value("select interlock.save_workflow('flow', %s::jsonb, %s::jsonb, %s)", json_text(definition), json_text(form), checksum)


async def start(plane: Plane) -> None:
    """Starts an execution as the release before does."""
    await plane.value("""select interlock.start_executions('flow', '[{"input": {}}]')""")


async def register(plane: Plane) -> TestWorker:
    """Registers a worker as the release before does."""
    worker = TestWorker(plane, plane.control, ["test"])
    await plane.value("select interlock.register_worker(%s, 'worker', %s, 86400, '{}'::jsonb, null)", worker.id, worker.queues)
    return worker


async def ask(plane: Plane, worker: TestWorker, request: int, *results: Row, limit: int = 0) -> Any:
    """An exchange as the release before sends it."""
    return await plane.value(
        "select interlock.exchange(%s, %s, %s::jsonb, %s, %s)", worker.id, request, json.dumps(results), worker.queues, [limit] * len(worker.queues)
    )


async def test_what_a_worker_runs_alone_it_runs_alone_after_the_migration_too(old: Plane, empty_database_url: str) -> None:
    await deploy(old, [step("A")], ["S -> A"])
    await start(old)
    worker = await register(old)
    await old.execute("update interlock.assignments set loss_count = 2 where status = 'pending'")
    [lonely] = (await ask(old, worker, 7, limit=5))["assignments"]
    await start(old)
    await migrate(empty_database_url)
    for request in (8, 9):
        assert (await ask(old, worker, request, limit=5))["assignments"] == []
    done = await ask(old, worker, 10, completed(await old.held(lonely)), limit=5)
    assert (done["answers"], len(done["assignments"])) == (["ok"], 1)


async def test_a_request_from_before_the_migration_is_repeated_after_it(old: Plane, empty_database_url: str) -> None:
    await deploy(old, [step("A"), step("B")], ["S -> A", "A -> B"])
    await start(old)
    worker = await register(old)
    [first] = (await ask(old, worker, 1, limit=5))["assignments"]
    result = completed(await old.held(first), {"n": 1})
    before = await ask(old, worker, 2, result, limit=5)
    await migrate(empty_database_url)
    assert await ask(old, worker, 2, result, limit=5) == before
    last = await ask(old, worker, 3, completed(await old.held(before["assignments"][0])), limit=5)
    assert last["answers"] == ["ok"]


async def test_a_migration_that_waits_for_work_which_waits_for_it_tries_again(old: Plane, empty_database_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(empty_database_url) as working:
        await working.execute("set deadlock_timeout = '30s'")
        await working.execute("lock table interlock.assignments in row exclusive mode")
        migrating = asyncio.create_task(migrate(empty_database_url))
        await until(lambda: old.value("select count(*) > 0 from pg_locks where mode = 'AccessExclusiveLock' and not granted"))
        await working.execute("select count(*) from interlock.exchanges")
    assert await migrating


async def test_a_migration_that_gets_no_lock_says_so_and_has_changed_nothing(
    old: Plane, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert migrating.LOCK_TRIES == 20
    monkeypatch.setattr(migrating, "LOCK_TRIES", 2)
    before = [step.name for step in await pending_migrations(empty_database_url)]
    columns = "select count(*) from information_schema.columns where table_schema = 'interlock'"
    size = await old.value(columns)
    async with await psycopg.AsyncConnection.connect(empty_database_url) as working:
        await working.execute("lock table interlock.assignments, interlock.executions, interlock.workers, interlock.users in row exclusive mode")
        began = asyncio.get_running_loop().time()
        with pytest.raises(DatabaseUnavailable, match="got no lock"):
            await migrate(empty_database_url)
        assert 4 <= asyncio.get_running_loop().time() - began < 15, "each try waits for its locks for two seconds"
        assert [step.name for step in await pending_migrations(empty_database_url)] == before
        assert await old.value(columns) == size
    assert await migrate(empty_database_url) == before
