"""A database with work in it is brought to the schema of today while the program from before goes on with that work.

Each migration is tried with the program of the last commit before it; `make test` tries the newest one, `make crashes` all.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import quote
from uuid import UUID

import httpx
import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import migrate
from tests.crashes import workload
from tests.crashes.proof import prove
from tests.upgrades.release import NAMES, Release, processes, take_release
from tests.worker.engine import until

MAKE_KEY = "import asyncio, sys; from tests.api.serving import admin_key; print(asyncio.run(admin_key(sys.argv[1])))"
UPGRADES = [pytest.param(name, marks=() if name == NAMES[-1] else pytest.mark.full) for name in NAMES[1:]]
PATIENCE_SECONDS = 90.0
CUTS_OFF = "0002_speed.sql"
"""This migration removes functions that an exchange under way still calls, and workers from before did not know that this passes: it may cost the
execution. Its retry completes. Later workers make the call again.
"""

KNOWS_THAT_A_SCHEMA_CHANGES = "0006"
"""Programs from before the migration of this number did not know what the server says of a statement whose function is replaced at that moment: such
a call may end as an error of the server, once. It may be repeated, and later programs say so.
"""


@pytest.fixture(params=UPGRADES)
def before(request: pytest.FixtureRequest, tmp_path: Path) -> Release:
    """The program from before a migration."""
    return take_release(tmp_path / "before", request.param)


class Load:
    """A client that starts executions the whole time, and reads the list of them."""

    def __init__(self, world_url: str) -> None:
        self._world_url = world_url
        self._numbers = count()
        self.started: list[UUID] = []
        self.statuses: Counter[int] = Counter()

    @asynccontextmanager
    async def on(self, url: str, key: str) -> AsyncIterator[None]:
        async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30) as client:
            task = asyncio.create_task(self._go_on(client))
            try:
                yield
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def until_started(self, more: int) -> None:
        wanted = len(self.started) + more
        await until(lambda: len(self.started) >= wanted, PATIENCE_SECONDS)

    async def _go_on(self, client: httpx.AsyncClient) -> None:
        async with await psycopg.AsyncConnection.connect(self._world_url, autocommit=True) as world:
            for n in self._numbers:
                await world.execute(f"create sequence if not exists tries_{n}".encode())
                starting = asyncio.create_task(self._start(client, n))
                try:
                    await asyncio.shield(starting)
                finally:
                    await starting
                self.statuses[(await client.get("/api/v1/executions?limit=5")).status_code] += 1
                await asyncio.sleep(0.1)

    async def _start(self, client: httpx.AsyncClient, n: int) -> None:
        """Repeats a start that was refused for a while, as the client of Python does."""
        body = {"input": {"n": n, "round": 0}, "idempotency_key": f"record {n}"}
        while True:
            answer = await client.post(f"/api/v1/workflows/{quote(workload.DEFINITION['name'])}/run", json=body)
            self.statuses[answer.status_code] += 1
            if answer.is_success:
                self.started.append(UUID(answer.json()["execution_id"]))
                return
            await asyncio.sleep(0.2)


async def test_the_program_from_before_works_on_while_the_schema_is_migrated_under_load(
    before: Release, empty_database_url: str, world: str, tmp_path: Path
) -> None:
    """Its workers and its API go on with what is there and with what comes, before, while and after; then those of today take over."""
    url, load = empty_database_url, Load(world)
    await _set_up(before, url, tmp_path)
    key = await asyncio.to_thread(before.python, MAKE_KEY, url)
    async with AsyncConnectionPool[Any](url, min_size=1, max_size=4, open=False, kwargs={"autocommit": True}) as pool:
        with processes(tmp_path, url, world) as running:
            old_workers, old_api = [running.worker(before), running.worker(before)], running.api(before)
            async with load.on(await asyncio.to_thread(lambda: old_api.url), key):
                await load.until_started(8)
                assert await migrate(url) == NAMES[len(before.known) :]
                await load.until_started(8)
                await _until_ended(pool, len(load.started))
                new_worker, new_api = running.worker(), running.api()
                await load.until_started(4)
            errors_before = load.statuses[500]
            async with load.on(await asyncio.to_thread(lambda: new_api.url), key):
                for worker in old_workers:
                    worker.ask_to_stop()
                assert [await asyncio.to_thread(worker.wait) for worker in old_workers] == [0, 0]
                assert await asyncio.to_thread(old_api.stop) == 0
                await load.until_started(8)
            await _until_ended(pool, len(load.started))
            new_worker.ask_to_stop()
            assert await asyncio.to_thread(new_worker.wait) == 0, new_worker.said
        assert load.statuses.keys() <= {200, 202, 500, 503}
        assert load.statuses[500] == errors_before <= (before.migration < KNOWS_THAT_A_SCHEMA_CHANGES)
        failed = await _failed(pool)
        if before.migration != CUTS_OFF:
            assert failed == []
        if failed:
            assert {code for _, code, _ in failed} == {"result_refused"}
            assert all("run `interlock migrate`" in message for _, _, message in failed)
            return
        proof = await prove(pool, world, load.started)
        assert (proof.losses, proof.most_effects) == (0, 1)


async def test_workers_of_today_wait_for_the_migration_and_then_do_what_the_program_from_before_left(
    before: Release, empty_database_url: str, world: str, tmp_path: Path
) -> None:
    """The other order: the new program is there first. It says what it waits for, and no call of its API ends in an error of the server."""
    url, load = empty_database_url, Load(world)
    await _set_up(before, url, tmp_path)
    key = await asyncio.to_thread(before.python, MAKE_KEY, url)
    async with AsyncConnectionPool[Any](url, min_size=1, max_size=4, open=False, kwargs={"autocommit": True}) as pool:
        with processes(tmp_path, url, world) as running:
            old_worker, old_api = running.worker(before), running.api(before)
            async with load.on(await asyncio.to_thread(lambda: old_api.url), key):
                await load.until_started(4)
                running.worker()
                new_api = running.api()
                await until(lambda: "serving at" in new_api.said, PATIENCE_SECONDS)
                address = new_api.said.partition("serving at ")[2].split()[0]
                async with httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=30) as client:
                    ready = await client.get("/readyz")
                    assert ready.status_code == 503
                    assert before.migration in ready.text
                    assert "run `interlock migrate`" in ready.text
                    for path in ("/executions", "/workflows", "/workers"):
                        answer = await client.get(f"/api/v1{path}")
                        assert answer.status_code == 200 or answer.json()["code"] == "IL093", answer.text
                    saved = await client.post("/api/v1/workflows", json={"definition": {**workload.DEFINITION, "name": "Another"}})
                    assert saved.is_success or saved.json()["code"] == "IL093", saved.text
                    await migrate(url)
                    await until(lambda: _is_ready(address), PATIENCE_SECONDS)
                await load.until_started(4)
            old_worker.ask_to_stop()
            assert await asyncio.to_thread(old_worker.wait) == 0, old_worker.said
            await _until_ended(pool, len(load.started))
        failed = await _failed(pool)
        assert failed == [] or before.migration == CUTS_OFF
        if failed:
            return
        proof = await prove(pool, world, load.started)
        assert (proof.losses, proof.most_effects) == (0, 1)


async def test_the_program_from_before_does_not_start_on_a_newer_schema_and_says_what_to_do(before: Release, database_url: str) -> None:
    done = await asyncio.to_thread(before.interlock, "migrate", "--database", database_url)
    assert done.returncode != 0
    said = " ".join((done.stdout + done.stderr).split())
    assert f"the database has migrations that this program does not know: {', '.join(NAMES[len(before.known) :])}" in said
    assert "install a newer interlock" in said


async def _is_ready(address: str) -> bool:
    async with httpx.AsyncClient(timeout=10) as client:
        return (await client.get(f"{address}/readyz")).status_code == 200


async def _set_up(before: Release, url: str, folder: Path) -> None:
    """The schema from before, made by the program from before, with a workflow."""
    done = await asyncio.to_thread(before.interlock, "migrate", "--database", url, "--json")
    assert json.loads(done.stdout)["applied"] == before.known, done.stderr
    definition = folder / "workload.json"
    definition.write_text(json.dumps(workload.DEFINITION))
    done = await asyncio.to_thread(before.interlock, "deploy", str(definition), "--database", url)
    assert done.returncode == 0, done.stderr


async def _failed(pool: AsyncConnectionPool[Any]) -> list[Any]:
    async with pool.connection() as connection:
        query: LiteralString = """select id, error ->> 'code', error ->> 'message' from interlock.executions
            where ended_at is not null and status <> 'completed'"""
        found: list[Any] = await (await connection.execute(query)).fetchall()
        return found


async def _until_ended(pool: AsyncConnectionPool[Any], expected: int) -> None:
    """Those that were started until now; others may follow."""

    async def have_ended() -> bool:
        async with pool.connection() as connection:
            row = await (await connection.execute("select count(*) from interlock.executions where ended_at is not null")).fetchone()
        return row is not None and bool(row[0] >= expected)

    await until(have_ended, PATIENCE_SECONDS)
