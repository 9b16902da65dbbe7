"""Troubles of the database that pass, and what a user sees meanwhile: an answer 503 that names the trouble and says when to come again."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from interlock.controlplane import migrate
from interlock.controlplane.database_errors import interlock_error
from interlock.controlplane.pool import DatabasePool
from interlock.embedded import Server
from interlock.errors import DatabaseUnavailable
from tests.api.rest.processes import api_process
from tests.api.rest.workflows import chain, run, save
from tests.api.serving import Api, admin_key, serving
from tests.days.pair import ask
from tests.worker.engine import until


class Served:
    """An API over a server of its own, with a workflow."""

    def __init__(self, server: Server, api: Api, client: httpx.AsyncClient) -> None:
        self.url = server.url
        assert isinstance(api.services.pool, DatabasePool)
        self.pool = api.services.pool
        self.client = client

    async def start(self) -> httpx.Response:
        return await self.client.post("/api/v1/workflows/chain/run", json={})

    async def refusal(self, words: str, *, path: str = "") -> dict[str, Any]:
        """Waits for the answer 503 whose message has these words. Nothing else than that and a success may be answered."""
        found: list[dict[str, Any]] = []

        async def is_refused() -> bool:
            answer = await (self.client.get(path) if path else self.start())
            assert answer.status_code in {200, 202, 503}, answer.text
            if answer.status_code == 503 and words in answer.json()["detail"]:
                assert int(answer.headers["retry-after"]) > 0
                assert answer.json()["code"] == "IL090"
                found.append(answer.json())
            return bool(found)

        await until(is_refused, 20)
        return found[0]

    async def until_it_works(self) -> None:
        async def works() -> bool:
            answers = [await self.start(), await self.client.get("/api/v1/executions?limit=1"), await self.client.get("/readyz")]
            assert {answer.status_code for answer in answers} <= {200, 202, 503}
            return all(answer.is_success for answer in answers)

        await until(works, 20)

    async def set_for_database(self, name: str, value: str) -> None:
        """Sets it for all sessions that begin from now on, and ends the others."""
        await ask(self.url, f"alter database interlock set {name} = {value}")
        await self.end_sessions()

    async def end_sessions(self) -> None:
        await ask(self.url, "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = 'interlock' and pid <> pg_backend_pid()")


@pytest.fixture
async def served(private_server: Server) -> AsyncIterator[Served]:
    await migrate(private_server.url)
    async with serving(private_server.url) as api:
        client = await api.client()
        await save(client, chain())
        yield Served(private_server, api, client)


async def test_a_read_only_database_can_be_read_and_says_that_it_takes_no_writes(served: Served) -> None:
    await served.set_for_database("default_transaction_read_only", "on")
    await served.refusal("the database takes no writes now")
    await served.refusal("the database takes no writes now", path="/readyz")
    for _ in range(5):
        assert (await served.client.get("/api/v1/executions")).status_code == 200
    await ask(served.url, "begin read write; alter database interlock set default_transaction_read_only = off; commit")
    await served.until_it_works()


async def test_a_session_that_is_set_to_read_only_is_left_as_soon_as_it_says_so(served: Served) -> None:
    """The server goes on, and its sessions with it."""
    await ask(served.url, "alter system set default_transaction_read_only = on")
    await ask(served.url, "select pg_reload_conf()")
    await served.refusal("the database takes no writes now", path="/readyz")
    await ask(served.url, "alter system reset default_transaction_read_only")
    await ask(served.url, "select pg_reload_conf()")
    await served.until_it_works()


async def test_a_process_whose_connections_are_all_in_use_is_not_ready(served: Served) -> None:
    """A new connection would be answered at once."""
    async with AsyncExitStack() as taken:
        for _ in range(served.pool.max_size):
            await taken.enter_async_context(served.pool.lend(5))
        problem = await served.refusal("connections of this process are in use", path="/readyz")
        assert problem["hint"] == "the call may be repeated"
    await served.until_it_works()


async def test_when_all_connections_of_the_database_are_used_up_the_answer_says_so(data_folder: Path) -> None:
    with (data_folder / "postgres" / "postgresql.conf").open("a") as settings:
        settings.write("max_connections = 12\nautovacuum = off\n")
    async with Server(data_folder) as server, AsyncExitStack() as opened:
        await migrate(server.url)
        async with serving(server.url) as api:
            served = Served(server, api, await api.client())
            await save(served.client, chain())
            control = await opened.enter_async_context(await psycopg.AsyncConnection.connect(server.url, autocommit=True))
            ending = "select count(pg_terminate_backend(pid)) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
            await control.execute(ending)
            others: list[psycopg.AsyncConnection[Any]] = []
            with suppress(psycopg.OperationalError):
                while True:
                    others.append(await psycopg.AsyncConnection.connect(server.url, application_name="other"))
                    await control.execute(f"{ending} and application_name <> 'other'")
            await served.refusal("every connection of the database is in use")
            await served.refusal("every connection of the database is in use", path="/readyz")
            for other in others:
                await other.close()
            await served.until_it_works()


@pytest.mark.parametrize(
    ("setting", "words", "details"),
    [
        ("statement_timeout", "the database ended the call before it was done", "canceling statement due to statement timeout"),
        ("lock_timeout", "somebody else holds a lock", "canceling statement due to lock timeout"),
    ],
)
async def test_a_call_that_waits_for_a_lock_longer_than_the_operator_allows_is_refused(
    served: Served, setting: str, words: str, details: str
) -> None:
    await served.set_for_database(setting, "'300ms'")
    await served.until_it_works()
    async with await psycopg.AsyncConnection.connect(served.url) as holder:
        await holder.execute("lock table interlock.executions in access exclusive mode")
        assert (await served.refusal(words))["details"] == details
        assert (await served.refusal(words, path="/api/v1/executions"))["details"] == details
        await holder.rollback()
    await served.until_it_works()


async def test_a_database_that_is_short_of_memory_says_so(served: Served) -> None:
    """Its processes may not take more memory than they have; the kernel refuses it, as where no swap is left."""
    await run(served.client)
    for pid in await _backends(served):
        _limit_memory(pid, str(_size_of(pid)))

    async def is_refused() -> bool:
        answer = await served.client.post("/api/v1/workflows/chain/run", json={"input": {"text": "x" * 900_000}})
        assert answer.status_code in {202, 503}, answer.text
        return answer.status_code == 503 and answer.json()["detail"] == "the database is short of memory"

    await until(is_refused, 20)
    for pid in await _backends(served):
        _limit_memory(pid, "unlimited")
    await served.until_it_works()


def _size_of(pid: int) -> int:
    """The bytes of memory that a process may use now."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmSize")) * 1024


def _limit_memory(pid: int, size: str) -> None:
    """Only the user who runs the server may limit its processes."""
    owner = Path(f"/proc/{pid}").stat()
    as_owner = ["setpriv", f"--reuid={owner.st_uid}", f"--regid={owner.st_gid}", "--clear-groups"] if os.geteuid() == 0 else []
    subprocess.run([*as_owner, "prlimit", f"--pid={pid}", f"--as={size}:"], check=True)


async def _backends(served: Served) -> list[int]:
    statement = "select array_agg(pid) from pg_stat_activity where datname = 'interlock' and pid <> pg_backend_pid()"
    return list(await ask(served.url, statement))


async def test_a_process_that_was_frozen_in_a_transaction_is_unavailable_and_not_broken(served: Served) -> None:
    """The server ends a transaction whose client does nothing: its SQLSTATE is of a class that tells of defects elsewhere."""
    async with await psycopg.AsyncConnection.connect(served.url, options="-c idle_in_transaction_session_timeout=50ms") as connection:
        await connection.execute("select 1")
        await asyncio.sleep(0.3)
        with pytest.raises(psycopg.Error) as raised:
            await connection.execute("select 1")
    assert isinstance(interlock_error(raised.value), DatabaseUnavailable)


async def test_an_api_process_that_is_short_of_memory_refuses_and_goes_on(database_url: str, tmp_path: Path) -> None:
    key = await admin_key(database_url)
    with api_process(database_url, tmp_path) as process:
        address = await asyncio.to_thread(lambda: process.url)
        async with httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
            await save(client, chain())
            large = {"input": {"text": "x" * 900_000}}
            assert (await client.post("/api/v1/workflows/chain/run", json=large)).status_code == 202
            _limit_memory(process.pid, str(_size_of(process.pid)))
            answers = [await client.post("/api/v1/workflows/chain/run", json=large) for _ in range(30)]
            _limit_memory(process.pid, "unlimited")
            assert (await client.post("/api/v1/workflows/chain/run", json=large)).status_code == 202
    assert 503 in {answer.status_code for answer in answers}
    assert {answer.status_code for answer in answers} <= {202, 503}
