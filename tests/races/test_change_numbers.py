"""The changes of an execution are numbered in the order in which they become visible, whoever makes them. So a stream of events has no gap."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any
from uuid import UUID

import pytest
from psycopg_pool import AsyncConnectionPool

from interlock.api.models.executions import ExecutionEvent
from interlock.api.watching import ExecutionWatcher
from interlock.controlplane import ControlPlane
from interlock.errors import ExecutionEnded, WorkerLost
from tests.controlplane.plane import Held, Plane, TestWorker, completed, failed, result
from tests.model.graphs import flow, step
from tests.races.change_log import ChangeLog
from tests.races.conftest import OpenSession

BRANCHES = "ABCDEFGH"
CHANGES = 600
MANNERS = {"retry": {"max_attempts": 3, "initial_seconds": 1}, "on_error": "continue", "timeout_seconds": 30}


@pytest.fixture
async def log(plane: Plane) -> ChangeLog:
    return await ChangeLog.install(plane)


async def deploy(plane: Plane) -> None:
    """Branches that loop, and lead through a lock, a wait, the context and a join."""
    nodes = [
        *(step(name, **MANNERS, **({"lock": "'one'"} if name in "AB" else {}), ordered=name in "CD") for name in BRANCHES),
        flow("Wait", "WAIT", {"seconds": 2}),
        flow("Set", "SET_CONTEXT", {"values": {"seen": "{{ input }}"}}),
        flow("Join", "JOIN", join="each"),
        step("Last", **MANNERS),
    ]
    edges = [f"S -> {name}" for name in BRANCHES]
    edges += [f"{name}.a -> {name}" for name in BRANCHES]
    edges += [f"{name} -> {target}" for name, target in zip(BRANCHES, ["Wait", "Set", "Join", "Last"] * 2, strict=True)]
    edges += ["Wait -> Join", "Set -> Join", "Join -> Last"]
    await plane.deploy(nodes, edges)


class Chaos:
    """Workers, operators and the clock change one execution, all at once, until `over` is set."""

    def __init__(self, plane: Plane, execution: UUID, seed: int) -> None:
        self.plane = plane
        self.execution = execution
        self.random = random.Random(seed)
        self.over = False

    async def working(self) -> None:
        worker = await self.plane.worker()
        while not self.over:
            claimed = await self.claim(worker, self.random.randint(1, 3))
            if not claimed:
                await asyncio.sleep(0.005)
            for held in claimed:
                await worker.exchange(self.outcome(held), limit=self.random.randint(0, 1))

    async def dying(self) -> None:
        """Workers that claim one assignment and never report it."""
        while not self.over:
            await self.claim(await self.plane.worker(lease=1), 1)
            await asyncio.sleep(0.05)

    async def claim(self, worker: TestWorker, limit: int) -> list[Held]:
        try:
            return (await worker.exchange(limit=limit))[1]
        except WorkerLost:
            return []

    def outcome(self, held: Held) -> dict[str, Any]:
        kind = self.random.choice(["done", "again", "again", "again", "fail", "released", "waits"])
        match kind:
            case "again" if held.name[0] in BRANCHES and not held.name.startswith("Last"):
                return completed(held, port="a", context={"by": held.name})
            case "fail":
                return failed(held, retryable=self.random.random() < 0.8)
            case "released":
                return result(held, "released")
            case "waits":
                return result(held, "waiting", wait={"for": "time", "seconds": 1})
            case _:
                return completed(held)

    async def time_passing(self) -> None:
        while not self.over:
            await self.plane.pass_time(0.7)
            await asyncio.sleep(0.01)

    async def operating(self) -> None:
        control = self.plane.control
        while not self.over:
            await asyncio.sleep(0.02)
            try:
                await control.suspend(self.execution)
                await control.continue_(self.execution)
            except ExecutionEnded:
                return
            visits = await self.plane.rows("select id from interlock.assignments where execution_id = %s and ended_at is null", self.execution)
            if visits and self.random.random() < 0.1:
                await control.cancel_assignment(self.execution, self.random.choice(visits)["id"], "chaos")


async def looking(log: ChangeLog, chaos: Chaos, looks: list[tuple[int, str]]) -> None:
    while not chaos.over:
        looks.append(await log.look(chaos.execution))


async def following(events: AsyncIterator[ExecutionEvent], found: list[ExecutionEvent]) -> None:
    found.extend([event async for event in events])


async def resuming(watcher: ExecutionWatcher, execution: UUID, found: list[ExecutionEvent]) -> None:
    """Disconnects after every few events, and resumes with the last number that it saw."""
    while not found or found[-1].kind != "end":
        events = watcher.watch(execution, found[-1].change_number if found else 0)
        async for event in events:
            found.append(event)
            if len(found) % 7 == 0:
                break
        await events.aclose()


def last_states(events: list[ExecutionEvent]) -> dict[UUID, tuple[str, int]]:
    states: dict[UUID, tuple[str, int]] = {}
    for event in events:
        what = event.assignment or event.execution
        assert what is not None
        states[what.id] = (what.status, what.change_number)
    return states


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_watcher_misses_nothing_while_everybody_changes_the_execution(
    plane: Plane, log: ChangeLog, pool: AsyncConnectionPool[Any], seed: int
) -> None:
    await deploy(plane)
    chaos = Chaos(plane, await plane.start(), seed)
    looks: list[tuple[int, str]] = []
    streams: list[list[ExecutionEvent]] = [[] for _ in range(4)]
    async with ExecutionWatcher(pool, 10) as watcher, asyncio.timeout(180):
        reading = [asyncio.create_task(following(watcher.watch(chaos.execution), found)) for found in streams[:2]]
        reading += [asyncio.create_task(resuming(watcher, chaos.execution, found)) for found in streams[2:]]
        moving = [chaos.working(), chaos.working(), chaos.working(), chaos.dying(), chaos.time_passing(), chaos.operating()]
        tasks = [asyncio.create_task(one) for one in [*moving, looking(log, chaos, looks)]]
        while await log.count() < CHANGES and not any(task.done() for task in tasks):
            await asyncio.wait(tasks, timeout=0.05)
        await plane.control.cancel(chaos.execution)
        chaos.over = True
        await asyncio.gather(*tasks, *reading)
    rows = await plane.rows(
        """select id, status, change_number from interlock.assignments where execution_id = %s
           union all select id, status, change_number from interlock.executions where id = %s""",
        chaos.execution,
        chaos.execution,
    )
    truth = {row["id"]: (row["status"], row["change_number"]) for row in rows}
    for found in streams:
        assert last_states(found) == truth
        numbers = [event.change_number for event in found if event.kind != "end"]
        assert numbers == sorted(set(numbers))
        assert [event.kind for event in found].count("end") == 1
        assert found[-1].kind == "end"
    assert len(looks) > 20
    assert await log.gaps(chaos.execution, looks) == 0
    assert await log.unlocked() == 0


Writer = Callable[[ControlPlane], Coroutine[Any, Any, Any]]


@pytest.mark.parametrize("name", ["cancel", "suspend", "continue", "cancel_assignment", "report", "claim", "tick", "stop_worker"])
async def test_each_writer_waits_or_skips_the_execution_while_another_holds_it(plane: Plane, log: ChangeLog, session: OpenSession, name: str) -> None:
    """Another transaction has taken its numbers and has not committed: no other may commit a higher number before it."""
    await plane.deploy([step("A"), step("B", on_error="continue"), flow("W", "WAIT", {"seconds": 5})], ["S -> A", "S -> B", "S -> W"])
    execution = await plane.start()
    worker = await plane.worker()
    held = (await worker.claim(1))["A/1"]
    other = await plane.worker()
    if name == "continue":
        await plane.control.suspend(execution)
    await plane.pass_time(6, tick=False)
    before = await plane.value("select max(change_number) from change_log.changes")
    first, second = await session(), await session()
    pending, waiting = [
        await plane.value("select id from interlock.assignments where execution_id = %s and status = %s", execution, status)
        for status in ("pending", "waiting")
    ]
    call: dict[str, Writer] = {
        "cancel": lambda control: control.cancel(execution),
        "suspend": lambda control: control.suspend(execution),
        "continue": lambda control: control.continue_(execution),
        "cancel_assignment": lambda control: control.cancel_assignment(execution, waiting),
        "report": lambda control: control.exchange(worker.id, 9, [completed(held)], queues=worker.queues, limits=[0, 0]),
        "claim": lambda control: control.exchange(other.id, 9, [], queues=other.queues, limits=[9, 9]),
        "tick": lambda control: control.tick(),
        "stop_worker": lambda control: control.stop_worker(worker.id),
    }
    async with first.held_open():
        await first.control.cancel_assignment(execution, pending)
        writing = asyncio.create_task(call[name](second.control))
        await asyncio.wait([writing], timeout=0.3)
        assert await plane.value("select max(change_number) from change_log.changes") == before, f"{name} has committed"
    await writing
    assert await log.unlocked() == 0
    number, snapshot = await log.look(execution)
    assert await log.gaps(execution, [(number, snapshot)]) == 0
