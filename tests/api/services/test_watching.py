"""The events of executions come in order, completely and once, to every watcher, wherever it resumes."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg_pool import AsyncConnectionPool

from interlock.api.models.executions import ExecutionEvent
from interlock.api.watching import BUFFERED, ExecutionWatcher
from interlock.controlplane import ControlPlane, migrate, open_pool
from interlock.embedded import Server
from interlock.errors import ExecutionNotFound, InterlockError, InternalError, TooBusy
from interlock.insight.changes import Changes, Cursor, read_changes_of
from interlock.insight.reading import Scope
from tests.api.services.asking import Asking
from tests.controlplane.plane import Held, Plane, completed, result
from tests.embedded.processes import kill, postmaster_of
from tests.model.graphs import step
from tests.worker.engine import until

SECONDS = 60
Seen = tuple[int, str, str, str]


def seen(event: ExecutionEvent) -> Seen:
    what = event.execution or event.assignment
    assert what is not None
    return event.change_number, event.kind, str(what.id), what.status


async def take(events: AsyncIterator[ExecutionEvent], count: int | None = None) -> list[Seen]:
    """Takes this many events; without a number, all of them to the end."""
    found: list[Seen] = []
    async with asyncio.timeout(SECONDS):
        while count is None or len(found) < count:
            try:
                found.append(seen(await anext(events)))
            except StopAsyncIteration:
                break
    return found


async def deploy(plane: Plane, nodes: int = 3) -> None:
    names = [f"N{n}" for n in range(nodes)]
    await plane.deploy([step(name) for name in names], [f"{a} -> {b}" for a, b in zip(["S", *names], names, strict=False)])


async def test_a_watcher_sees_every_step_in_order_and_last_the_end(asking: Asking) -> None:
    plane = asking.plane
    await deploy(plane)
    execution = await plane.start()
    events = asking.watch(execution)
    worker = await plane.worker()
    found = await take(events, 3)
    assert [one[1] for one in found] == ["execution", "assignment", "assignment"]
    for n in range(3):
        claimed = await worker.claim()
        assert (await take(events, 1))[0][1:] == ("assignment", str(claimed[f"N{n}/1"].assignment_id), "running")
        await worker.report(completed(claimed[f"N{n}/1"]))
        assert (await take(events, 1))[0][2:] == (str(claimed[f"N{n}/1"].assignment_id), "completed")
        if n < 2:
            assert (await take(events, 1))[0][3] == "pending"
    last = await take(events)
    assert [one[1:] for one in last] == [("execution", str(execution), "completed"), ("end", str(execution), "completed")]


async def test_the_end_is_sent_at_once_when_the_database_announces_it(pool: AsyncConnectionPool[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[set[UUID]] = []

    async def read(scope: Scope, cursors: Mapping[UUID, Cursor], *, limit: int) -> dict[UUID, Changes]:
        reads.append(set(cursors))
        return await read_changes_of(scope, cursors, limit=limit)

    monkeypatch.setattr("interlock.api.watching.read_changes_of", read)
    monkeypatch.setattr("interlock.api.watching.POLL_SECONDS", 3600)
    plane = Plane(pool)
    await deploy(plane, 1)
    worker = await plane.worker()
    started = [await plane.start() for _ in range(3)]
    async with ExecutionWatcher(pool, 10, listens=True) as watcher:
        watched = [watcher.watch(execution) for execution in started]
        await asyncio.gather(*(take(events, 3) for events in watched))
        await until(lambda: watcher.is_listening)
        await until(lambda: not watcher.is_behind)  # the look after its registration has begun
        reads.clear()
        _, claimed = await worker.exchange(limit=10)
        await worker.report(*(completed(held) for held in claimed if held.execution_id != started[2]))
        ends = [(await take(events))[-1][1:] for events in watched[:2]]
        assert ends == [("end", str(execution), "completed") for execution in started[:2]]
        assert set[UUID]().union(*reads) == set(started[:2]), "nobody else was read for"
        assert len(reads) <= 2


async def test_the_process_is_registered_while_somebody_watches_and_for_some_time_afterwards(
    pool: AsyncConnectionPool[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def listeners() -> int:
        count: int = await plane.value("select count(*) from interlock.listeners")
        return count

    async def is_forgotten() -> bool:
        return await listeners() == 0

    monkeypatch.setattr("interlock.api.watching.LISTEN_SECONDS", 0.05)
    plane = Plane(pool)
    await deploy(plane, 1)
    async with ExecutionWatcher(pool, 10, listens=True) as watcher:
        assert await listeners() == 0
        for _ in range(2):
            execution = await plane.start()
            events = watcher.watch(execution)
            await take(events, 3)
            await until(lambda: watcher.is_listening)
            assert await listeners() == 1
            await plane.control.cancel(execution)
            await take(events)
            await until(is_forgotten)
        watcher.watch(await plane.start())
        await until(lambda: watcher.is_listening)
    assert await listeners() == 0


async def test_resuming_at_every_point_has_neither_gap_nor_duplicate(asking: Asking) -> None:
    plane = asking.plane
    await deploy(plane, 6)
    execution = await plane.start()
    await (await plane.worker()).work()
    whole = await take(asking.watch(execution))
    numbers = [one[0] for one in whole]
    assert numbers == sorted(numbers)
    assert [one[1] for one in whole].count("end") == 1
    for place in range(len(whole)):
        assert await take(asking.watch(execution, whole[place][0])) == ([one for one in whole if one[0] > whole[place][0]] or whole[-1:])


async def test_resuming_while_it_runs_sees_every_last_state(asking: Asking) -> None:
    plane = asking.plane
    await deploy(plane, 12)
    execution = await plane.start()
    working = asyncio.create_task((await plane.worker()).work(1))
    found: list[Seen] = []
    while not found or found[-1][1] != "end":
        events = asking.watch(execution, found[-1][0] if found else 0)
        found += await take(events, 2)
    await working
    assert [one[:2] for one in found[:-1]] == sorted({one[:2] for one in found[:-1]})
    states = {one[2]: one[3] for one in found}
    assert set(states.values()) == {"completed"}
    assert len(states) == 1 + 13


async def test_an_ended_execution_is_reported_completely_and_an_unknown_one_is_not_found(asking: Asking) -> None:
    plane = asking.plane
    await deploy(plane)
    execution = await plane.start()
    await plane.control.cancel(execution)
    whole = await take(asking.watch(execution))
    assert [one[3] for one in whole if one[1] != "assignment"] == ["cancelled", "cancelled"]
    assert await take(asking.watch(execution, whole[-1][0])) == whole[-1:]
    with pytest.raises(ExecutionNotFound):
        await anext(asking.watch(uuid4()))


async def test_many_watch_one_execution_from_different_points(asking: Asking) -> None:
    plane = asking.plane
    await deploy(plane, 4)
    execution = await plane.start()
    worker = await plane.worker()
    early = [asking.watch(execution) for _ in range(20)]
    firsts = await asyncio.gather(*(take(one, 3) for one in early))
    await worker.claim()
    late = [asking.watch(execution, firsts[0][2][0]) for _ in range(20)]
    working = asyncio.create_task(Plane(asking.services.pool).control.cancel(execution))
    ends = await asyncio.gather(*(take(one) for one in [*early, *late]))
    await working
    assert len({tuple(one) for one in firsts}) == 1
    for one in ends:
        assert one[-1][1] == "end"
        assert [event[0] for event in one] == sorted(event[0] for event in one)
        assert {event[2:] for event in one[-2:]} == {(str(execution), "cancelled")}


async def test_more_changes_than_a_buffer_holds_are_read_in_parts(asking: Asking) -> None:
    plane = asking.plane
    await deploy(plane, 1)
    execution = await plane.start()
    await plane.execute(
        """insert into interlock.assignments (execution_id, id, version_id, node_no, visit, status, is_indexed, change_number, created_at, ended_at)
           select a.execution_id, interlock.uuidv7(), a.version_id, a.node_no, n, 'completed', false, nextval('interlock.change_numbers'),
                  a.created_at, a.created_at
           from interlock.assignments a, generate_series(2, %s) n where a.execution_id = %s and a.node_no = 0""",
        3 * BUFFERED,
        execution,
    )
    await plane.control.cancel(execution)
    whole = await take(asking.watch(execution))
    assert len({one[2] for one in whole if one[1] == "assignment"}) == 3 * BUFFERED + 1
    assert [one[0] for one in whole[:-1]] == sorted({one[0] for one in whole[:-1]})
    assert whole[-1][1] == "end"


async def test_a_watcher_that_reads_nothing_neither_blocks_others_nor_misses_anything(asking: Asking) -> None:
    plane = asking.plane
    await deploy(plane, 10)
    execution = await plane.start()
    slow, quick = asking.watch(execution), asking.watch(execution)
    first = await take(slow, 1)
    await (await plane.worker()).work()
    assert (await take(quick))[-1][1] == "end"
    rest = await take(slow)
    numbers = [one[0] for one in [*first, *rest][:-1]]
    assert numbers == sorted(set(numbers))
    assert rest[-1][1] == "end"
    assert {one[2]: one[3] for one in rest}[str(execution)] == "completed"
    assert set({one[2]: one[3] for one in rest}.values()) == {"completed"}


async def test_watchers_beyond_the_limit_are_refused_until_one_leaves(pool: AsyncConnectionPool[Any]) -> None:
    plane = Plane(pool)
    await deploy(plane, 1)
    execution = await plane.start()
    async with ExecutionWatcher(pool, 2) as watcher:
        first, second = watcher.watch(execution), watcher.watch(execution)
        with pytest.raises(TooBusy):
            watcher.watch(execution)
        await first.aclose()
        assert await take(first) == []
        third = watcher.watch(execution)
        await take(third, 3)
        del second
        assert watcher.watching == 1


async def test_an_execution_that_waits_for_a_lock_is_reported_like_any_other(asking: Asking) -> None:
    plane = asking.plane
    await plane.deploy([step("A", lock="'one'")], ["S -> A"])
    first, second = await plane.start(), await plane.start()
    worker = await plane.worker()
    [held] = (await worker.exchange(limit=2))[1]
    waiting = second if held.execution_id == first else first
    watching = asking.watch(waiting)
    assert [one[1:2] + one[3:] for one in await take(watching, 3)] == [
        ("execution", "running"),
        ("assignment", "completed"),
        ("assignment", "pending"),
    ]
    await worker.report(completed(held))
    await worker.work()
    assert {one[2]: one[3] for one in await take(watching)}[str(waiting)] == "completed"


async def test_an_execution_that_cannot_be_read_ends_only_its_own_streams(asking: Asking) -> None:
    plane = asking.plane
    await deploy(plane, 1)
    broken, sound = await plane.start(), await plane.start()
    await plane.execute("update interlock.assignments set ended_at = 'infinity' where execution_id = %s and ended_at is not null", broken)
    watching = asking.watch(sound)
    with pytest.raises(InternalError, match=str(broken)):
        await take(asking.watch(broken))
    assert len(await take(watching, 3)) == 3
    await plane.control.cancel(sound)
    assert (await take(watching))[-1][1] == "end"


async def test_large_details_of_an_error_are_returned_for_a_single_assignment_only(asking: Asking) -> None:
    plane = asking.plane
    await deploy(plane, 1)
    execution = await plane.start()
    worker = await plane.worker()
    held = (await worker.claim())["N0/1"]
    error = {"code": "large", "message": "it was large", "details": {"all": "x" * 100_000}, "retryable": False}
    await worker.report(result(held, "failed", error=error))
    reported = [event async for event in asking.watch(execution)]
    errors = [(event.assignment or event.execution).error for event in reported]  # type: ignore[union-attr]
    assert {(found.code, found.message, len(found.details)) for found in errors if found is not None} == {("large", "it was large", 0)}
    whole = await asking.ask("get_assignment", execution_id=execution, assignment_id=held.assignment_id)
    assert whole.error.details == error["details"]
    assert (await asking.ask("get_execution", execution_id=execution)).error.details == error["details"]
    [listed] = (await asking.ask("list_executions", status=["failed"])).items
    assert listed.error.details == {}


async def test_the_buffers_of_many_slow_watchers_are_bounded(pool: AsyncConnectionPool[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interlock.api.watching.READ_AT_ONCE", 40)
    plane = Plane(pool)
    await deploy(plane, 8)
    started = await plane.control.start_executions("flow", [{}] * 10)
    worker = await plane.worker()
    claimed: list[Held] = []
    for _ in range(9):
        claimed = (await worker.exchange(*(completed(held) for held in claimed), limit=10))[1]
    async with ExecutionWatcher(pool, 20) as watcher:
        slow = [watcher.watch(one.execution_id) for one in started if one.execution_id]
        firsts = await asyncio.gather(*(take(one, 1) for one in slow))
        turns = watcher.turns
        await until(lambda: watcher.turns >= turns + 3)
        assert watcher.polls == 1, "who takes nothing is not read for"
        assert max(one.kept for one in slow) <= 40 // 10 + 2
        for found in [first + await take(one) for first, one in zip(firsts, slow, strict=True)]:
            numbers = [one[0] for one in found[:-1]]
            assert numbers == sorted(set(numbers))
            assert len({one[2] for one in found}) == 1 + 9
            assert found[-1][1] == "end"


async def test_five_hundred_watchers_need_one_statement_for_each_poll(pool: AsyncConnectionPool[Any]) -> None:
    plane = Plane(pool)
    await deploy(plane, 1)
    started = await plane.control.start_executions("flow", [{}] * 500)
    executions = [one.execution_id for one in started if one.execution_id]
    statements = CountingPool(pool)
    async with ExecutionWatcher(statements, 600) as watcher:  # type: ignore[arg-type]  # all that it asks of a pool
        watching = [watcher.watch(execution) for execution in executions]
        firsts = await asyncio.gather(*(take(one, 3) for one in watching))
        assert all(len(one) == 3 for one in firsts)
        assert statements.count == watcher.polls <= 3
        worker = await plane.worker()
        _, claimed = await worker.exchange(limit=500)
        await worker.report(*(completed(held) for held in claimed))
        ends = await asyncio.gather(*(take(one) for one in watching))
        assert all(one[-1][1] == "end" for one in ends)
        assert statements.count == watcher.polls
    before = watcher.polls
    async with watcher:
        for _ in range(10):  # it waits for somebody to come, not for time to pass
            await asyncio.sleep(0)
    assert watcher.polls == before


class CountingPool:
    """Counts how often a connection is taken for a statement."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool
        self.count = 0

    def connection(self) -> Any:
        self.count += 1
        return self._pool.connection()


async def test_a_stream_continues_without_a_gap_after_the_database_was_killed(private_server: Server) -> None:
    await migrate(private_server.url)
    async with open_pool(private_server.url, limit=4) as pool:
        plane = Plane(pool)
        await deploy(plane, 2)
        execution = await plane.start()
        async with ExecutionWatcher(pool, 10) as watcher:
            events = watcher.watch(execution)
            found = await take(events, 3)
            kill(postmaster_of(private_server.data_folder))
            watching = asyncio.create_task(take(events))
            await until(lambda: watcher.is_away)
            assert not watching.done()
            await private_server.ensure_running()
            await _until_it_answers(pool, execution)
            found += await watching
    assert [one[0] for one in found[:-1]] == sorted({one[0] for one in found[:-1]})
    assert found[-1][1] == "end"
    assert {one[2]: one[3] for one in found}[str(execution)] == "cancelled"


async def _until_it_answers(pool: AsyncConnectionPool[Any], execution: UUID) -> None:
    async with asyncio.timeout(SECONDS):
        while True:
            try:
                await ControlPlane(pool).cancel(execution)
            except InterlockError:
                await asyncio.sleep(0.2)
            else:
                return
