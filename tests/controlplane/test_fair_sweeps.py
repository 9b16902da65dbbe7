"""What ticks and the sweeps of cron mode move: one workspace that has much due does not hold up the others."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from tests.controlplane.plane import Plane, Row, completed
from tests.controlplane.workspaces import Workspace, add_workspace, first_workspace
from tests.model.graphs import flow, step

LIMIT = 10
MANY = 60


@pytest.fixture
async def other(plane: Plane) -> Workspace:
    return await add_workspace(plane)


async def both(plane: Plane, other: Workspace, nodes: Sequence[Row], edges: Sequence[str], given: Row | None = None, **more: Any) -> UUID:
    """Starts many in the first workspace, then one in the other; returns that one."""
    first = first_workspace(plane)
    for workspace in (first, other):
        await workspace.deploy(nodes, edges, "work", **more)
    await first.start_many([given or {"key": str(number)} for number in range(MANY)], "work")
    await plane.pass_time(1, tick=False)
    return await other.start("work", **(given or {"key": "one"}))


async def test_a_wait_that_is_over_goes_on(plane: Plane, other: Workspace) -> None:
    execution = await both(plane, other, [flow("W", "WAIT", {"seconds": 9}), step("A")], ["S -> W", "W -> A"])
    await plane.pass_time(100, tick=False)
    assert (await plane.control.tick(LIMIT)).moved["timers"] > LIMIT
    assert await plane.visits(execution) == {"W/1": "completed", "A/1": "pending"}


async def test_an_attempt_that_took_too_long_is_tried_again(plane: Plane, other: Workspace) -> None:
    nodes = [step("A", timeout_seconds=5, retry={"max_attempts": 2, "initial_seconds": 0})]
    execution = await both(plane, other, nodes, ["S -> A"])
    await (await plane.worker()).claim(1000)
    await plane.pass_time(100, tick=False)
    await plane.control.tick(LIMIT)
    assert (await plane.visit(execution, "A/1"))["attempt"] == 2


async def test_what_was_left_for_a_virtual_user_begins(plane: Plane, other: Workspace) -> None:
    """START waits for the lock of the whole execution."""
    execution = await both(plane, other, [step("A")], ["S -> A"], lock="{{ key }}")
    await plane.control.tick(LIMIT)
    assert await plane.visits(execution) == {"A/1": "pending"}


async def test_an_execution_whose_time_has_run_out_ends(plane: Plane, other: Workspace) -> None:
    execution = await both(plane, other, [step("A")], ["S -> A"], timeout_seconds=5)
    await plane.pass_time(100, tick=False)
    assert (await plane.control.tick(LIMIT)).moved["deadlines"] == LIMIT + 1
    assert await plane.status(execution) == "timed_out"


async def test_an_execution_that_reached_its_limit_goes_on(plane: Plane, other: Workspace) -> None:
    execution = await both(plane, other, [step("A")], ["S -> A"])
    await plane.execute("update interlock.executions set unsettled = true")
    await plane.control.tick(LIMIT)
    assert not await plane.value("select unsettled from interlock.executions where id = %s", execution)


async def test_an_ended_execution_with_much_left_open_does_not_hold_up_another_workspace(plane: Plane, other: Workspace) -> None:
    """One of these is enough for a transaction, so each tick takes one; whose turn it is does not depend on the age."""
    execution = await both(plane, other, [step("A")], ["S -> A"])
    await plane.execute("update interlock.executions set unsettled = true, status = 'cancelled', ended_at = now()")
    for _ in range(40):
        await plane.control.tick(LIMIT)
        if not await plane.value("select unsettled from interlock.executions where id = %s", execution):
            return
    pytest.fail("forty ticks took the oldest one of the same workspace")


async def test_a_lock_that_became_free_is_given_on(plane: Plane, other: Workspace) -> None:
    execution = await both(plane, other, [step("A", lock="{{ key }}")], ["S -> A"])
    for number in range(MANY):
        await plane.execute("select interlock.acquire_workflow_lock(%s, 'me', 100)", str(number))
    await other.control._call("select interlock.acquire_workflow_lock('one', 'me', 5)")
    worker = await plane.worker()
    _, claimed = await worker.exchange(limit=200)
    assert claimed == []
    await plane.pass_time(10, tick=False)
    await plane.control.tick(LIMIT)
    assert [held.execution_id for held in (await worker.claim()).values()] == [execution]


@pytest.mark.parametrize("lock", [None, "{{ key }}"])
async def test_the_sweeps_of_cron_mode_serve_every_workspace(plane: Plane, other: Workspace, lock: str | None) -> None:
    nodes = [flow("P", "SET_CONTEXT", {"values": {"a": 1}}), step("A")]
    more: dict[str, Any] = {"lock": lock} if lock else {}
    execution = await both(plane, other, nodes, ["S -> P", "P -> A"], virtual_users="cron", **more)
    await plane.execute("select interlock.workflow_start(%s)", LIMIT)
    assert await plane.visits(execution) == {"P/1": "pending"}
    await plane.execute("delete from interlock.sweeps")
    for _ in range(MANY // LIMIT):
        await plane.execute("select interlock.workflow_start(%s)", LIMIT)
    await plane.execute("select interlock.workflow_route(%s)", LIMIT)
    assert await plane.visits(execution) == {"P/1": "completed", "A/1": "pending"}


async def test_joins_that_hold_are_looked_at_in_every_workspace(plane: Plane, other: Workspace) -> None:
    nodes = [step("A"), step("B"), flow("J", "JOIN"), step("C")]
    execution = await both(plane, other, nodes, ["S -> A", "S -> B", "A -> J", "B -> J", "J -> C"], virtual_users="cron")
    for _ in range(MANY // LIMIT + 2):
        await plane.execute("select interlock.workflow_start(%s)", LIMIT)
    worker = await plane.worker()
    _, claimed = await worker.exchange(limit=500)
    own = [held for held in claimed if held.execution_id == execution]
    await worker.report(*(completed(held) for held in claimed if held.name == "A/1" or held in own))
    assert (await plane.visits(execution))["J/1"] == "holding"
    await plane.execute("select interlock.workflow_consensus(%s)", LIMIT)
    assert (await plane.visits(execution))["J/1"] != "holding"


async def test_a_look_reads_much_so_it_is_not_made_with_every_tick(plane: Plane, other: Workspace) -> None:
    first = await both(plane, other, [flow("W", "WAIT", {"seconds": 9}), step("A")], ["S -> W", "W -> A"])
    second = await other.start("work")
    await plane.pass_time(100, tick=False)
    await plane.control.tick(1)
    await plane.execute("update interlock.sweeps set looked_at = clock_timestamp() + interval '1 hour'")
    done = [(await plane.visits(execution))["W/1"] for execution in (first, second)]
    assert done == ["completed", "waiting"]
    await plane.execute("update interlock.sweeps set looked_at = clock_timestamp(), took = '10 s'")
    await plane.control.tick(1)
    assert (await plane.visits(second))["W/1"] == "waiting", "not yet"
    await plane.execute("update interlock.sweeps set looked_at = clock_timestamp() - interval '41 s'")
    await plane.control.tick(1)
    assert (await plane.visits(second))["W/1"] == "completed"


async def test_a_single_workspace_is_swept_as_before_oldest_first(plane: Plane) -> None:
    await plane.deploy([flow("W", "WAIT", {"seconds": 9}), step("A")], ["S -> W", "W -> A"])
    executions = [await plane.start() for _ in range(3)]
    await plane.pass_time(100, tick=False)
    await plane.control.tick(1)
    assert [(await plane.visits(execution))["W/1"] for execution in executions] == ["completed", "waiting", "waiting"]
    assert await plane.value("select count(*) from interlock.sweeps") == 0
