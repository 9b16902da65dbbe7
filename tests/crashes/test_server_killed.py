"""D20: PostgreSQL itself is killed at every point of a worker that has a name, and comes back; fsync is on.

The worker halts at its point, the server gets SIGKILL and is started again; then the worker resumes, and notices.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final, LiteralString

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import ControlPlane
from interlock.embedded import Server
from interlock.worker.chaos import CHAOS_POINTS
from tests.crashes import workload
from tests.crashes.conftest import Note
from tests.crashes.course import LEASE_SECONDS, begin, finish, kill_server, leading_to, let_leases_run_out, rows, until_all_ended
from tests.crashes.modes import MODES, WorkerMode
from tests.crashes.processes import DIED, OFTEN, PATIENCE_SECONDS, KillPoint, Workers
from tests.crashes.proof import prove
from tests.worker.engine import until

MATRIX: Final = [KillPoint(point=point, at=at) for point in CHAOS_POINTS for at in ((1, 4) if point in OFTEN else (1,))]
TOGETHER: Final = [
    *(KillPoint(point="after_exchange_sent", at=at) for at in range(1, 13)),
    *(
        KillPoint(point=point, at=3)
        for point in ("before_report", "before_second_exchange", "after_reply", "after_claim", "before_ahead", "after_execute")
    ),
    KillPoint(point="after_offer"),
    KillPoint(point="in_hand_back"),
]


def in_each_mode(kills: Sequence[KillPoint]) -> list[Any]:
    return [pytest.param(kill, mode, id=f"{kill.name} {mode.name}") for kill in kills for mode in MODES if kill.is_reached_in(mode)]


async def test_the_server_that_is_killed_writes_through_to_the_disk(mortal_pool: AsyncConnectionPool[Any]) -> None:
    durable = "select current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes')"
    assert await rows(mortal_pool, durable) == [("on", "on", "on")]


async def test_d20_a_server_killed_in_the_middle_of_a_transaction_takes_all_of_it_back(
    private_server: Server, mortal_crew: Workers, mortal_control: ControlPlane, mortal_pool: AsyncConnectionPool[Any], world: str, note: Note
) -> None:
    """The worker's report is written and not committed when the server dies; it continues with the same id and sends the report again."""
    executions = await workload.start(mortal_control)
    async with await psycopg.AsyncConnection.connect(private_server.url, autocommit=True) as observer:
        gate = await psycopg.AsyncConnection.connect(private_server.url)
        await gate.execute("lock table interlock.executions in share mode")  # its rows can be locked, but not changed
        worker = mortal_crew.start(lease_seconds=3600)

        async def is_in_the_middle() -> bool:
            query: LiteralString = """select from pg_stat_activity
                where application_name like 'interlock exchange %' and wait_event_type = 'Lock' and backend_xid is not null"""
            return bool(await (await observer.execute(query)).fetchall())

        await until(is_in_the_middle, PATIENCE_SECONDS)
        await kill_server(private_server)
        await gate.close()
    await until_all_ended(mortal_pool)
    worker.ask_to_stop()
    assert await asyncio.to_thread(worker.wait) == 0, worker.said
    proof = await prove(mortal_pool, world, executions)
    assert (proof.losses, proof.most_effects) == (0, 1)
    note("the server", "in a transaction", proof)


@pytest.mark.full
@pytest.mark.parametrize(("kill", "mode"), in_each_mode(MATRIX))
async def test_d20_a_killed_server_loses_and_doubles_nothing(
    kill: KillPoint,
    mode: WorkerMode,
    private_server: Server,
    mortal_crew: Workers,
    mortal_control: ControlPlane,
    mortal_pool: AsyncConnectionPool[Any],
    world: str,
    note: Note,
) -> None:
    """The worker outlives it: it continues with the same id, and nothing counts as lost."""
    worker, executions = await begin(kill, mortal_control, mortal_pool, lambda: mortal_crew.start(halts=kill, lease_seconds=3600))
    async with leading_to(kill, worker, world):
        await asyncio.to_thread(worker.wait_halted)
        await kill_server(private_server)
        worker.resume()
    if kill.signals:
        assert await asyncio.to_thread(worker.wait) == 0, worker.said
        await finish(mortal_crew, mortal_pool)
    else:
        await until_all_ended(mortal_pool)
        worker.ask_to_stop()
        assert await asyncio.to_thread(worker.wait) == 0, worker.said
    assert await workload.start(mortal_control) == executions
    hand_backs = int(kill.point == "in_hand_back")
    proof = await prove(mortal_pool, world, executions, hand_backs=hand_backs)
    assert proof.losses == 0
    assert proof.most_effects <= 1 + hand_backs
    note("the server", f"{kill.name} {mode.name}", proof)


@pytest.mark.full
@pytest.mark.parametrize(("kill", "mode"), in_each_mode(TOGETHER))
async def test_d20_the_server_and_a_worker_die_together(
    kill: KillPoint,
    mode: WorkerMode,
    private_server: Server,
    mortal_crew: Workers,
    mortal_control: ControlPlane,
    mortal_pool: AsyncConnectionPool[Any],
    world: str,
    note: Note,
) -> None:
    """Where an exchange was under way, nobody is left who knows whether it was committed."""
    dying, executions = await begin(kill, mortal_control, mortal_pool, lambda: mortal_crew.start(dies=kill, lease_seconds=LEASE_SECONDS))
    async with leading_to(kill, dying, world):
        assert await asyncio.to_thread(dying.wait) == DIED, dying.said
    await kill_server(private_server)
    await let_leases_run_out(mortal_control, mortal_pool, expected=1)
    await finish(mortal_crew, mortal_pool)
    note("the server and a worker", f"{kill.name} {mode.name}", await prove(mortal_pool, world, executions))
