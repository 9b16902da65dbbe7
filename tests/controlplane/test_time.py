"""WAIT and tick: time moves executions in bounded steps, one tick at a time; a row that raises fails alone."""

from typing import Any

import psycopg
import pytest

from interlock.errors import BadRequest
from tests.conftest import Connect
from tests.controlplane.plane import Plane, completed
from tests.model.graphs import flow, step

DAMAGED = "update interlock.nodes set inline = '{\"rules\": 5}' where version_id = %s and node_id = 'I'"


@pytest.mark.parametrize(("seconds", "due"), [(60, 60), ("{{ delay }}", 30), (0.5, 0.5)])
async def test_wait_for_seconds(plane: Plane, seconds: Any, due: float) -> None:
    await plane.deploy([flow("W", "WAIT", {"seconds": seconds}), step("A")], ["S -> W", "W -> A"])
    execution = await plane.start(delay=30)
    row = await plane.visit(execution, "W/1")
    assert (row["status"], row["wait_for"]) == ("waiting", "time")
    assert (row["due_at"] - row["created_at"]).total_seconds() == due
    assert await plane.status(execution) == "waiting"
    await plane.pass_time(due + 1)
    worker = await plane.worker()
    assert (await worker.claim())["A/1"].input == {"delay": 30}, "a wait passes its input on"


@pytest.mark.parametrize("parameters", [{"seconds": 0}, {"until": "2020-01-01T00:00:00Z"}, {"seconds": "{{ delay }}"}])
async def test_a_wait_that_is_over_does_not_wait(plane: Plane, parameters: dict[str, Any]) -> None:
    await plane.deploy([flow("W", "WAIT", parameters), step("A")], ["S -> W", "W -> A"])
    execution = await plane.start(delay=0)
    assert await plane.visits(execution) == {"W/1": "completed", "A/1": "pending"}


async def test_wait_until_a_time(plane: Plane) -> None:
    await plane.deploy([flow("W", "WAIT", {"until": "{{ at }}"}), step("A")], ["S -> W", "W -> A"])
    execution = await plane.start(at="2090-01-01T12:00:00+02:00")
    row = await plane.visit(execution, "W/1")
    assert row["due_at"].isoformat().replace("+00:00", "Z") in ("2090-01-01T10:00:00Z", row["due_at"].isoformat())
    assert await plane.value("select %s = '2090-01-01T10:00:00Z'::timestamptz", row["due_at"])


@pytest.mark.parametrize("at", ["tomorrow", "2090-01-01T12:00:00", "2090-01-01", 5, None, "2090-13-45T00:00:00Z", {"x": 1}])
async def test_a_time_that_the_database_cannot_read_goes_to_a_worker(plane: Plane, at: Any) -> None:
    await plane.deploy([flow("W", "WAIT", {"until": "{{ at }}"}), step("A")], ["S -> W", "W -> A"])
    execution = await plane.start(at=at)
    assert await plane.visits(execution) == {"W/1": "pending"}
    assert list(await (await plane.worker()).claim()) == ["W/1"]


async def test_a_join_waits_for_a_timer(plane: Plane) -> None:
    await plane.deploy([step("A"), flow("W", "WAIT", {"seconds": 60}), step("J")], ["S -> A", "S -> W", "A -> J", "W -> J"])
    execution = await plane.start(n=1)
    worker = await plane.worker()
    await worker.report(completed((await worker.claim())["A/1"], {"a": 1}))
    assert await plane.visits(execution) == {"A/1": "completed", "W/1": "waiting", "J/1": "holding"}
    await plane.pass_time(61)
    assert (await worker.claim())["J/1"].input == {"a": 1, "n": 1}


async def test_a_join_may_itself_wait(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B"), flow("W", "WAIT", {"seconds": 60}), step("C")], ["S -> A", "S -> B", "A -> W", "B -> W", "W -> C"])
    execution = await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    await worker.report(completed(held["A/1"], {"a": 1}), completed(held["B/1"], {"b": 2}))
    assert (await plane.visits(execution))["W/1"] == "waiting"
    await plane.pass_time(61)
    assert (await worker.claim())["C/1"].input == {"a": 1, "b": 2}


async def test_a_tick_is_bounded_and_the_next_does_the_rest(plane: Plane) -> None:
    await plane.deploy([flow("W", "WAIT", {"seconds": 10}), step("A")], ["S -> W", "W -> A"])
    await plane.control.start_executions("flow", [{}] * 7)
    await plane.pass_time(11, tick=False)
    assert [(await plane.control.tick(3)).moved["timers"] for _ in range(4)] == [3, 3, 1, 0]
    assert await plane.value("select count(*) from interlock.assignments where status = 'pending'") == 7


async def test_a_tick_returns_when_the_next_one_is_needed(plane: Plane) -> None:
    assert (await plane.control.tick()).next_due_seconds is None
    await plane.deploy([flow("W", "WAIT", {"seconds": 100})], ["S -> W"])
    await plane.start()
    due = (await plane.control.tick()).next_due_seconds
    assert due is not None
    assert 99 < due <= 100


async def test_of_two_ticks_one_is_skipped(plane: Plane, connect: Connect) -> None:
    other = await connect()
    async with other.transaction():
        await other.execute("select interlock.tick()")
        assert (await plane.control.tick()).skipped
    assert not (await plane.control.tick()).skipped


@pytest.mark.parametrize("limit", [0, -1, 10_001])
async def test_a_tick_has_a_sensible_limit(plane: Plane, limit: int) -> None:
    with pytest.raises(BadRequest):
        await plane.control.tick(limit)


async def test_a_poison_row_in_a_tick_fails_alone(plane: Plane) -> None:
    version = await plane.deploy([flow("W", "WAIT", {"seconds": 10}), flow("I", "IF", {"condition": "x == 1"})], ["S -> W", "W -> I"], name="poison")
    await plane.deploy([flow("W", "WAIT", {"seconds": 10}), step("A")], ["S -> W", "W -> A"])
    poison = await plane.start("poison", x=1)
    good = [await plane.start(), await plane.start()]
    await plane.execute(DAMAGED, version)
    await plane.pass_time(11)
    for execution in good:
        assert await plane.visits(execution) == {"W/1": "completed", "A/1": "pending"}
    row = await plane.execution(poison)
    assert (row["status"], row["error"]["code"]) == ("failed", "IL099")
    assert await plane.visits(poison) == {"W/1": "cancelled"}


async def test_a_poison_row_among_virtual_users_work_fails_alone(plane: Plane) -> None:
    version = await plane.deploy([flow("I", "IF", {"condition": "x == 1"}), step("A")], ["S -> I", "I.true -> A"], name="poison")
    await plane.deploy([flow("I", "IF", {"condition": "x == 1"}), step("A")], ["S -> I", "I.true -> A"])
    await plane.deploy([step("S0"), flow("I", "IF", {"condition": "x == 1"}), step("A")], ["S -> S0", "S0 -> I", "I.true -> A"], name="two")
    executions = []
    for name in ("poison", "flow"):
        await plane.deploy([step("S0"), flow("I", "IF", {"condition": "x == 1"}), step("A")], ["S -> S0", "S0 -> I", "I.true -> A"], name=name)
        executions.append(await plane.start(name, x=1))
    version = await plane.value("select max(version_id) from interlock.executions where id = %s", executions[0])
    worker = await plane.worker()
    _, claimed = await worker.exchange(limit=10)
    for execution in executions:
        await plane.control.suspend(execution)
    await worker.report(*(completed(held, {"x": 1}) for held in claimed))
    await plane.execute(DAMAGED, version)
    for execution in executions:
        await plane.control.continue_(execution)
    await plane.control.tick()
    poison, good = executions
    assert (await plane.execution(poison))["error"]["code"] == "IL099"
    assert await plane.visits(good) == {"S0/1": "completed", "I/1": "completed", "A/1": "pending"}


async def test_a_poison_execution_in_an_exchange_fails_alone(plane: Plane) -> None:
    edges = ["S -> A", "A -> I", "I.true -> B"]
    nodes = [step("A"), flow("I", "IF", {"condition": "x == 1"}), step("B")]
    version = await plane.deploy(nodes, edges, name="poison")
    await plane.deploy(nodes, edges)
    poison = await plane.start("poison")
    good = [await plane.start(), await plane.start()]
    worker = await plane.worker()
    _, claimed = await worker.exchange(limit=10)
    await plane.execute(DAMAGED, version)
    reports = [completed(held, {"x": 1}) for held in claimed]
    answers, handed = await worker.exchange(*reports, limit=10)
    assert answers == ["IL099" if held.execution_id == poison else "ok" for held in claimed]
    assert sorted(held.execution_id for held in handed) == sorted(good)
    assert (await plane.execution(poison))["error"]["code"] == "IL099"
    assert (await worker.exchange(*reports, limit=10, request=worker.request))[0] == answers, "a repeat answers the same"
    assert (await worker.exchange(reports[0]))[0] in (["IL002"], ["repeated"])


async def test_the_clock_of_tests_moves_everything(plane: Plane, connection: psycopg.AsyncConnection) -> None:
    before = await plane.value("select interlock.now()")
    await plane.execute("insert into interlock.test_clock (shift) values ('10 days')")
    after = await plane.value("select interlock.now()")
    assert 863_990 < (after - before).total_seconds() < 864_060
    with pytest.raises(psycopg.errors.UniqueViolation):
        await connection.execute("insert into interlock.test_clock (shift) values ('1 day')")
    with pytest.raises(psycopg.errors.CheckViolation):
        await connection.execute("insert into interlock.test_clock (only_row, shift) values (false, '1 day')")
