"""Without a server: in cron mode the sweeps of the virtual users, called from plain SQL, move everything that needs no worker."""

import psycopg
import pytest

from tests.controlplane.plane import Plane, completed
from tests.model.graphs import flow, step

NODES = [
    flow("I", "IF", {"condition": "n == 1"}),
    flow("A", "SET_CONTEXT", {"values": {"a": 1}}),
    flow("B", "WAIT", {"seconds": 60}),
    flow("J", "JOIN"),
    flow("E", "END"),
]
EDGES = ["S -> I", "I.true -> A", "I.true -> B", "A -> J", "B -> J", "J -> E"]


async def call(connection: psycopg.AsyncConnection, function: str) -> int:
    row = await (await connection.execute(f"select interlock.{function}()".encode())).fetchone()
    assert row
    count: int = row[0]
    return count


async def test_each_sweep_does_its_virtual_users_work_only(plane: Plane, connection: psycopg.AsyncConnection) -> None:
    await plane.deploy(NODES, EDGES, virtual_users="cron")
    execution = await plane.start(n=1)
    assert await plane.status(execution) == "pending"
    assert await plane.value("select status from interlock.workflow_executions where id = %s", execution) == "NEW"
    assert (await plane.reason(execution, "S")).reason == "virtual_user"
    for function in ("tick", "workflow_route", "workflow_consensus", "workflow_consensus_holding"):
        await connection.execute(f"select interlock.{function}()".encode())
        assert await plane.status(execution) == "pending"
    assert await call(connection, "workflow_start") == 1
    assert await plane.visits(execution) == {"I/1": "pending"}
    assert await call(connection, "workflow_start") == 0
    assert await call(connection, "workflow_route") == 1
    assert await plane.visits(execution) == {"I/1": "completed", "A/1": "pending", "B/1": "pending"}
    assert await call(connection, "workflow_route") == 2
    assert await plane.visits(execution) == {"I/1": "completed", "A/1": "completed", "B/1": "waiting", "J/1": "holding"}
    await call(connection, "workflow_consensus_holding")
    assert (await plane.visits(execution))["J/1"] == "holding"
    await plane.pass_time(61, tick=False)
    await call(connection, "workflow_consensus")
    assert (await plane.visits(execution))["J/1"] == "completed", "the sweep ticks first"
    assert (await plane.visits(execution))["E/1"] == "pending"
    await call(connection, "workflow_route")
    row = await plane.execution(execution)
    assert (row["status"], row["output"], row["context"]) == ("completed", {"n": 1}, {"a": 1})


async def test_workers_do_their_part_in_cron_mode_too(plane: Plane, connection: psycopg.AsyncConnection) -> None:
    await plane.deploy([step("A"), flow("E", "END")], ["S -> A", "A -> E"], virtual_users="cron")
    execution = await plane.start()
    worker = await plane.worker()
    assert await worker.claim() == {}
    await call(connection, "workflow_start")
    answer = await plane.control.exchange(worker.id, 10, [], queues=["test"], limits=[1])
    worker.request = 10
    held = await plane.held(answer.assignments[0])
    await worker.report(completed(held, {"x": 1}))
    assert await plane.visits(execution) == {"A/1": "completed", "E/1": "pending"}
    await call(connection, "workflow_route")
    assert (await plane.execution(execution))["output"] == {"x": 1}


async def test_idle_workers_do_not_poll_for_the_work_of_a_cron(plane: Plane) -> None:
    await plane.deploy(NODES, EDGES, virtual_users="cron")
    await plane.start(n=1)
    worker = await plane.worker()
    answer = await plane.control.exchange(worker.id, 1, [], queues=["test"], limits=[1])
    assert answer.next_due_seconds is None
    assert (await plane.control.tick()).next_due_seconds is None


@pytest.mark.parametrize("function", ["workflow_start", "workflow_route", "workflow_consensus", "workflow_consensus_holding"])
async def test_sweeps_with_nothing_to_do(plane: Plane, connection: psycopg.AsyncConnection, function: str) -> None:
    assert await call(connection, function) == 0


async def test_a_sweep_is_bounded(plane: Plane, connection: psycopg.AsyncConnection) -> None:
    await plane.deploy(NODES, EDGES, virtual_users="cron")
    await plane.control.start_executions("flow", [{"input": {"n": 0}}] * 5)
    counts = [(await (await connection.execute("select interlock.workflow_start(2)")).fetchone() or (0,))[0] for _ in range(4)]
    assert counts == [2, 2, 1, 0]


async def test_inline_workflows_are_left_to_the_tick(plane: Plane, connection: psycopg.AsyncConnection) -> None:
    await plane.deploy(NODES, EDGES)
    execution = await plane.start(n=1)
    await plane.pass_time(61, tick=False)
    await call(connection, "workflow_start")
    assert await plane.status(execution) == "completed", "each sweep ticks first"
