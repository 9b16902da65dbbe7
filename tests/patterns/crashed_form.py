"""The crashed form of a pattern: a worker process dies at a transition and is given up, and another one continues."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import ControlPlane
from tests.model.database import Database
from tests.modes import Mode
from tests.patterns.cases.catalogue import SCENARIOS
from tests.patterns.database_engine import DatabaseEngine
from tests.patterns.dying_worker import EXIT_CODE, How, Order, order_line
from tests.patterns.normal_form import check_end
from tests.patterns.pattern import Scenario

ROOT: Final = Path(__file__).parents[2]
LEASE_SECONDS: Final = 86_400  # as Database registers


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What is known of a worker that has ended. `moving`: which of its `calls` changed something, if it lived long enough to report that."""

    exit_code: int
    actions_done: int
    is_acting: bool = False
    calls: int = 0
    moving: Sequence[int] = ()


class Graveyard:
    """The process that forks workers. They start within milliseconds, and may die."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.patterns.dying_worker"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def live(self, order: Order) -> Life:
        """Run one worker from its start to its end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(order_line(order))
        said: dict[str, Any] = {"actions_done": order.actions_done}
        for line in self._process.stdout:
            said |= json.loads(line)
            if "exit_code" in said:
                return Life(**said)
        raise AssertionError("the process that forks workers is gone")

    def close(self) -> None:
        self._process.communicate(timeout=60)


@contextmanager
def graveyard() -> Iterator[Graveyard]:
    opened = Graveyard()
    try:
        yield opened
    finally:
        opened.close()


class Run:
    """One run through a scenario, by one worker process after the other."""

    def __init__(self, url: str, pool: AsyncConnectionPool[Any], grave: Graveyard, number: int, mode: Mode) -> None:
        self._pool = pool
        self._control = ControlPlane(pool)
        self._grave = grave
        self._number = number
        self._scenario: Scenario = SCENARIOS[number][1]
        self._database = Database(pool)
        self._engine = DatabaseEngine(self._database)
        self._url = url
        self._mode = mode
        self._actions_done = 0

    async def start(self) -> None:
        await self._engine.start(self._scenario)

    async def live(self, *, dies_at: int | None = None, how: How = "untold", tellings_only: bool = False, by_lease: bool | None = None) -> Life:
        """Run the next worker. If it dies, it is given up."""
        worker_id = uuid4()
        order = Order(
            url=self._url,
            worker_id=str(worker_id),
            scenario=self._number,
            executions=self._engine.executions,
            actions_done=self._actions_done,
            dies_at=dies_at,
            how=how,
            tellings_only=tellings_only,
            lanes=self._mode.lanes,
            run_ahead=self._mode.run_ahead,
        )
        life = await asyncio.to_thread(self._grave.live, order)
        self._actions_done = life.actions_done + (
            life.is_acting and how != "unsent"
        )  # what the worker sent is done, although it could not report that
        await self._until_gone(worker_id)
        assert life.exit_code in (0, EXIT_CODE), f"the worker failed: {life}"
        if by_lease is None:
            by_lease = not self._watches_time
        if by_lease and life.exit_code:
            await self._let_lease_run_out(worker_id)
        else:
            await self._control.stop_worker(worker_id)
        return life

    async def check(self) -> None:
        """Check that the end is that of the normal form, and that each loss with a worker is recorded once. Then cancel what is still open."""
        for execution in range(len(self._scenario.inputs)):
            check_end(self._scenario, await self._engine.end(execution))
        ids = [UUID(one) for one in self._engine.executions]
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                """select a.id, a.status, a.attempt, a.loss_count, count(t.outcome) filter (where t.outcome = 'lost')
                   from interlock.assignments a
                   left join interlock.assignment_attempts t on t.execution_id = a.execution_id and t.assignment_id = a.id
                   where a.execution_id = any (%s)
                   group by a.execution_id, a.id having a.loss_count <> count(t.outcome) filter (where t.outcome = 'lost') or a.attempt <> 1""",
                (ids,),
            )
            assert await cursor.fetchall() == []
        for one in ids:
            await self._control.cancel(one, "looked at")

    @property
    def _watches_time(self) -> bool:
        """Whether the scenario has waits. Letting a lease run out moves the clock, which would end them too early."""
        return any(node["subtype"] == "WAIT" for node in self._scenario.definition["nodes"])

    async def _until_gone(self, worker_id: UUID) -> None:
        """Wait until the server has closed the connection of the worker: what the worker sent is committed by then."""
        async with asyncio.timeout(60), self._pool.connection() as connection:
            while True:
                cursor = await connection.execute("select from pg_stat_activity where application_name = %s", (f"dying {worker_id}",))
                if not await cursor.fetchall():
                    return
                await asyncio.sleep(0.002)

    async def _let_lease_run_out(self, worker_id: UUID) -> None:
        await self._database.pass_time(LEASE_SECONDS + 1)
        async with self._pool.connection() as connection:
            cursor = await connection.execute("select status from interlock.workers where id = %s", (worker_id,))
            assert await cursor.fetchone() == ("lost",)


def least_reports(scenario: Scenario) -> int:
    """The least number of reports: one for every visit that a worker completes."""
    steps = {node["id"] for node in scenario.definition["nodes"] if node["subtype"] == "STEP"}
    stages = [[stage] if isinstance(stage, str) else stage for stage in scenario.order]
    return sum(name.partition("/")[0] in steps for stage in stages for name in stage) * len(scenario.inputs)


async def normal(run: Run) -> Life:
    """No worker dies. Returns at which calls one can."""
    await run.start()
    life = await run.live()
    assert life.exit_code == 0
    await run.check()
    return life


async def die_once(run: Run, at: int, how: How, *, by_lease: bool | None = None) -> None:
    """One worker dies at one call; another one continues to the end."""
    await run.start()
    first = await run.live(dies_at=at, how=how, by_lease=by_lease)
    assert first.exit_code == EXIT_CODE, f"it did not come to call {at}"
    last = await run.live()
    assert last.exit_code == 0
    await run.check()


async def die_every_time(run: Run, hows: tuple[How, ...]) -> int:
    """Every worker dies when it has reported or acted once. The lease of the first runs out, the others are stopped. Returns how many died."""
    await run.start()
    deaths = 0
    while (await run.live(dies_at=1, how=hows[deaths % len(hows)], tellings_only=True, by_lease=None if deaths == 0 else False)).exit_code:
        deaths += 1
        assert deaths < 200, "the scenario never ends"
    await run.check()
    return deaths
