"""The steps of every crash test: lead a worker to its point, give up what died, let another worker finish."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, LiteralString
from uuid import UUID

import psycopg
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import ControlPlane
from interlock.embedded import Server
from tests.crashes import workload
from tests.crashes.processes import PATIENCE_SECONDS, KillPoint, WorkerProcess, Workers
from tests.embedded.processes import kill as kill_process
from tests.embedded.processes import postmaster_of
from tests.worker.engine import until

LEASE_SECONDS: Final = 30


async def begin(
    kill: KillPoint, control: ControlPlane, pool: AsyncConnectionPool[Any], start_worker: Callable[[], WorkerProcess]
) -> tuple[WorkerProcess, Sequence[UUID]]:
    """Starts the executions, then a worker. Where the worker has to be offered something: the worker, then one execution after the other."""
    if not kill.needs_an_offer:
        executions = await workload.start(control)
        return start_worker(), executions
    worker = start_worker()

    async def is_idle() -> bool:
        return bool(await rows(pool, "select from interlock.exchanges where takes_offers and queues <> '{}' and offered_assignment_id is null"))

    await until(is_idle, PATIENCE_SECONDS)
    return worker, await workload.start_one_by_one(control)


@asynccontextmanager
async def leading_to(kill: KillPoint, worker: WorkerProcess, world: str) -> AsyncIterator[None]:
    """The worker reaches the point by itself; or SIGTERM leads it there, in the middle of a statement that lasts as long as the block."""
    if not kill.signals:
        yield
        return
    async with _held_up(world) as let_go:
        for _ in range(kill.signals):
            worker.ask_to_stop()
            if kill.signals > 1:
                await until(lambda: "draining" in worker.said, PATIENCE_SECONDS)
        if kill.point == "before_stop":
            await let_go()
        yield


@asynccontextmanager
async def _held_up(world: str) -> AsyncIterator[Any]:
    """Holds up every write into the log until the block ends. The block begins when a first write waits."""
    async with await psycopg.AsyncConnection.connect(world) as gate, await psycopg.AsyncConnection.connect(world, autocommit=True) as observer:
        await gate.execute("lock table log in access exclusive mode")

        async def somebody_waits() -> bool:
            query = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            return bool(await (await observer.execute(query)).fetchall())

        await until(somebody_waits, PATIENCE_SECONDS)
        yield gate.rollback


async def finish(crew: Workers, pool: AsyncConnectionPool[Any]) -> None:
    """Another worker does the rest, and stops in good order."""
    last = crew.start(lease_seconds=LEASE_SECONDS)
    await until_all_ended(pool)
    last.ask_to_stop()
    assert await asyncio.to_thread(last.wait) == 0, last.said


async def let_leases_run_out(control: ControlPlane, pool: AsyncConnectionPool[Any], *, expected: int) -> None:
    """Of all workers that are registered; so call it before the next worker starts."""
    async with pool.connection() as connection:
        await connection.execute(
            """insert into interlock.test_clock as c (shift) values (make_interval(secs => %s))
               on conflict (only_row) do update set shift = c.shift + excluded.shift""",
            (LEASE_SECONDS + 1,),
        )
    assert (await control.tick()).moved["lost_workers"] == expected


async def until_all_ended(pool: AsyncConnectionPool[Any]) -> None:
    async def all_ended() -> bool:
        return await rows(pool, "select count(*) from interlock.executions where ended_at is not null") == [(workload.EXECUTIONS,)]

    await until(all_ended, PATIENCE_SECONDS)


async def rows(pool: AsyncConnectionPool[Any], query: LiteralString) -> Sequence[tuple[Any, ...]]:
    async with pool.connection() as connection:
        found: list[tuple[Any, ...]] = await (await connection.execute(query)).fetchall()
        return found


async def kill_server(server: Server) -> None:
    """SIGKILL the server and start it again: what was committed is there, what was not is gone."""
    before = postmaster_of(server.data_folder)
    kill_process(before)
    await server.ensure_running()
    assert postmaster_of(server.data_folder) != before
