"""A worker process dies at each named point, in the middle of real work, and another one continues."""

import asyncio
from typing import Any, Final, LiteralString

import pytest
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import ControlPlane
from interlock.worker.chaos import CHAOS_POINTS
from tests.crashes import workload
from tests.crashes.conftest import Note
from tests.crashes.course import LEASE_SECONDS, begin, finish, leading_to, let_leases_run_out, rows, until_all_ended
from tests.crashes.modes import MODES, WorkerMode
from tests.crashes.processes import DIED, OFTEN, KillPoint, Workers
from tests.crashes.proof import prove

MATRIX: Final = [KillPoint(point=point, at=at) for point in CHAOS_POINTS for at in ((1, 2, 3, 5, 8, 13) if point in OFTEN else (1,))]
SAMPLE: Final = frozenset(
    {
        "after_exchange_sent:2 lean-2-ahead",
        "after_execute:3 lean-2-ahead",
        "before_ahead:2 lean-2-ahead",
        "before_ahead:5 lean-1-ahead",
        "before_ahead:3 general-2-ahead",
        "before_second_exchange:2 lean-2",
        "in_hand_back:1 general-1-ahead",
        "after_reply:3 lean-1",
        "before_report:5 general-2",
        "after_claim:2 general-1",
        "after_offer:1 lean-2-ahead",
        "before_register:1 general-1",
        "after_register:1 lean-1",
        "before_exchange:2 lean-1-ahead",
        "before_execute:3 general-2",
        "in_drain:1 lean-2",
        "before_stop:1 lean-2-ahead",
    }
)


def _marked(kill: KillPoint, mode: WorkerMode) -> Any:
    name = f"{kill.name} {mode.name}"
    return pytest.param(kill, mode, id=name, marks=() if name in SAMPLE else pytest.mark.full)


@pytest.mark.parametrize(("kill", "mode"), [_marked(kill, mode) for kill in MATRIX for mode in MODES if kill.is_reached_in(mode)])
async def test_a_worker_that_dies_loses_and_doubles_nothing(
    kill: KillPoint, mode: WorkerMode, crew: Workers, control: ControlPlane, pool: AsyncConnectionPool[Any], world: str, note: Note
) -> None:
    dying, executions = await begin(kill, control, pool, lambda: crew.start(dies=kill, lease_seconds=LEASE_SECONDS))
    async with leading_to(kill, dying, world):
        assert await asyncio.to_thread(dying.wait) == DIED, dying.said
    assert await workload.start(control) == executions
    await let_leases_run_out(control, pool, expected=int(kill.is_known))
    await finish(crew, pool)
    note("a worker", f"{kill.name} {mode.name}", await prove(pool, world, executions))


def test_the_usual_run_comes_to_each_point() -> None:
    """So that a new point that the workload does not reach is found before the full matrix runs."""
    assert {name.partition(":")[0] for name in SAMPLE} == set(CHAOS_POINTS)
    assert {f"{kill.name} {mode.name}" for kill in MATRIX for mode in MODES if kill.is_reached_in(mode)} >= SAMPLE


def test_each_kill_is_played_in_each_mode_that_reaches_it() -> None:
    """So that no mode is left out by mistake: a point is played in all of them, but for those in which a worker cannot come to it."""
    every = {(is_lean, in_flight, run_ahead) for is_lean in (True, False) for in_flight in (1, 2) for run_ahead in (True, False)}
    assert {(mode.is_lean, mode.in_flight, mode.run_ahead) for mode in MODES} == every
    left_out = {(kill.point, mode.name) for kill in MATRIX for mode in MODES if not kill.is_reached_in(mode)}
    assert left_out == {
        *(("after_offer", mode.name) for mode in MODES if not mode.is_lean),
        *(("before_ahead", mode.name) for mode in MODES if not mode.run_ahead),
        *(("before_second_exchange", mode.name) for mode in MODES if mode.in_flight == 1),
    }
    assert {kill.point for kill in MATRIX} == set(CHAOS_POINTS)


async def test_some_of_the_work_goes_over_the_lean_path(control: ControlPlane, pool: AsyncConnectionPool[Any]) -> None:
    await workload.start(control)
    found = await rows(pool, "select distinct n.node_id from interlock.plain_nodes p join interlock.nodes n using (version_id, node_no) order by 1")
    assert [node for (node,) in found] == ["after", "arrive", "begin", "greet", "measure", "prepare", "stamp", "weigh"]


async def test_d22_what_a_dead_worker_had_claimed_never_left_the_table(crew: Workers, control: ControlPlane, pool: AsyncConnectionPool[Any]) -> None:
    """A claim updates the row where it is: at no moment does a piece of work belong to nobody."""
    await workload.start(control)
    dying = crew.start(dies=KillPoint(point="after_claim"), lease_seconds=LEASE_SECONDS)
    assert await asyncio.to_thread(dying.wait) == DIED, dying.said
    query: LiteralString = """select a.status, a.worker_id is not null, count(*) from interlock.assignments a
                              where a.ended_at is null group by 1, 2 order by 1"""
    assert await rows(pool, query) == [("pending", False, workload.EXECUTIONS - 2), ("running", True, 2)]
    await let_leases_run_out(control, pool, expected=1)
    assert await rows(pool, query) == [("pending", False, workload.EXECUTIONS)]
    lost = await rows(pool, "select outcome, error ->> 'code', count(*) from interlock.assignment_attempts group by 1, 2")
    assert lost == [("lost", "worker_lost", 2)]


@pytest.mark.full
@pytest.mark.parametrize("mode", [MODES[0], MODES[-1]], ids=lambda mode: mode.name)
@pytest.mark.parametrize("point", sorted(OFTEN - {"before_second_exchange", "before_ahead"}))
async def test_d19_another_worker_takes_over_by_itself_when_the_lease_has_run_out(
    point: str, mode: WorkerMode, crew: Workers, control: ControlPlane, pool: AsyncConnectionPool[Any], world: str, note: Note
) -> None:
    """No test code ticks or moves the clock: the worker that is left does everything."""
    executions = await workload.start(control)
    kill = KillPoint(point=point, at=2)
    dying, other = crew.start(dies=kill, lease_seconds=2), crew.start(lease_seconds=2)
    assert await asyncio.to_thread(dying.wait) == DIED, dying.said
    await until_all_ended(pool)
    other.ask_to_stop()
    assert await asyncio.to_thread(other.wait) == 0, other.said
    note("one of two workers", f"{kill.name} {mode.name}", await prove(pool, world, executions))


@pytest.mark.full
async def test_what_was_lost_with_three_workers_fails_and_the_others_are_cleared(
    crew: Workers, control: ControlPlane, pool: AsyncConnectionPool[Any]
) -> None:
    """Each worker dies with what it has claimed. Lost twice runs alone, so only one execution pays for the third time."""
    await workload.start(control)
    while await rows(pool, "select count(*) from interlock.executions where ended_at is not null") == [(0,)]:
        dying = crew.start(dies=KillPoint(point="after_claim"), lease_seconds=LEASE_SECONDS)
        assert await asyncio.to_thread(dying.wait) == DIED, dying.said
        await let_leases_run_out(control, pool, expected=1)
    await finish(crew, pool)
    ends = await rows(pool, "select status, error ->> 'code', count(*) from interlock.executions group by 1, 2 order by 1")
    assert ends == [("completed", None, workload.EXECUTIONS - 1), ("failed", "worker_lost", 1)]
    losses: LiteralString = """select e.status, max(a.loss_count) from interlock.assignments a join interlock.executions e on e.id = a.execution_id
                               group by e.id, e.status order by 2 desc"""
    found = await rows(pool, losses)
    assert found[0] == ("failed", 2)  # and the third time is its end
    assert all(lost in (1, 2) for _, lost in found[1:])
    assert await rows(
        pool, "select count(*) from interlock.assignment_attempts where outcome = 'lost' group by assignment_id order by 1 desc limit 1"
    ) == [(3,)]
