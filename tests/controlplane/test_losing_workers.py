"""Workers that fall silent: their assignments go on elsewhere, and visits that end workers are found."""

import pytest

from interlock.errors import WorkerLost
from tests.controlplane.plane import Plane, completed, failed
from tests.model.graphs import flow, step


async def lose(plane: Plane, expected: str, times: int = 1) -> None:
    for _ in range(times):
        victim = await plane.worker(lease=10)
        assert expected in await victim.claim()
        await plane.pass_time(11)


async def test_d19_any_worker_claims_what_a_lost_worker_held(plane: Plane) -> None:
    """D19: every tick gives up a worker by its lease alone; no names, no state."""
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    execution = await plane.start()
    lost = await plane.worker(lease=10)
    held = (await lost.claim())["A/1"]
    await plane.pass_time(9)
    assert await plane.visits(execution) == {"A/1": "running"}
    await plane.pass_time(2)
    other = await plane.worker()
    again = (await other.claim())["A/1"]
    assert (again.assignment_id, again.row["attempt"], again.row["loss_count"]) == (held.assignment_id, 1, 1)
    with pytest.raises(WorkerLost):
        await lost.exchange(completed(held))
    assert (await plane.control.heartbeat(lost.id)).lost
    assert [(row["outcome"], row["attempt"], row["loss_count"]) for row in await plane.attempts(execution)] == [("lost", 1, 0)]
    await other.report(completed(again))
    assert await plane.visits(execution) == {"A/1": "completed", "B/1": "pending"}


async def test_a_heartbeat_keeps_a_worker_alive(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    worker = await plane.worker(lease=10)
    await worker.claim()
    for _ in range(4):
        await plane.pass_time(8)
        assert await worker.beat() == []
    assert await plane.visits(execution) == {"A/1": "running"}


async def test_a_loss_does_not_count_as_an_attempt(plane: Plane) -> None:
    await plane.deploy([step("A", retry={"max_attempts": 2, "initial_seconds": 0, "jitter": 0})], ["S -> A"])
    execution = await plane.start()
    await lose(plane, "A/1")
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    assert (held.row["attempt"], held.row["loss_count"]) == (1, 1)
    await worker.report(failed(held))
    held = (await worker.claim())["A/1"]
    assert (held.row["attempt"], held.row["loss_count"]) == (2, 1)
    await worker.report(completed(held))
    assert await plane.status(execution) == "completed"


async def test_the_third_loss_is_final(plane: Plane) -> None:
    await plane.deploy([step("A", retry={"max_attempts": 9})], ["S -> A"])
    execution = await plane.start()
    await lose(plane, "A/1", times=3)
    row = await plane.execution(execution)
    assert (row["status"], row["error"]["code"]) == ("failed", "worker_lost")
    assert sum(row["outcome"] == "lost" for row in await plane.attempts(execution)) == 3


async def test_the_third_loss_follows_the_error_policy(plane: Plane) -> None:
    await plane.deploy([step("A", on_error="port"), step("B")], ["S -> A", "A.error -> B"])
    execution = await plane.start()
    await lose(plane, "A/1", times=3)
    assert await plane.visits(execution) == {"A/1": "failed", "B/1": "pending"}


async def test_an_assignment_lost_twice_is_claimed_alone(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    suspect = await plane.start()
    await lose(plane, "A/1", times=2)
    others = [await plane.start() for _ in range(3)]
    worker = await plane.worker()
    _, claimed = await worker.exchange(limit=10)
    assert [held.execution_id for held in claimed] == [suspect], "nothing beside it"
    assert (await worker.exchange(limit=10))[1] == [], "and nothing after it while it runs"
    answers, claimed = await worker.exchange(completed(claimed[0]), limit=10)
    assert answers == ["ok"]
    assert sorted(held.execution_id for held in claimed) == sorted(others)
    assert await plane.status(suspect) == "completed"


async def test_an_assignment_lost_once_is_claimed_with_others(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    await plane.start()
    await lose(plane, "A/1")
    await plane.start()
    _, claimed = await (await plane.worker()).exchange(limit=10)
    assert len(claimed) == 2


async def test_a_busy_worker_finishes_before_an_assignment_that_has_to_run_alone(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    await plane.deploy([step("X")], ["S -> X"], name="poisonous")
    suspect = await plane.start("poisonous")
    await lose(plane, "X/1", times=2)
    await plane.start()
    busy = await plane.worker()
    blocker = await plane.worker("none")
    await plane.execute(
        "update interlock.assignments set status = 'running', worker_id = %s, due_at = null where execution_id = %s and queue is not null",
        blocker.id,
        suspect,
    )
    held = (await busy.claim())["A/1"]
    await plane.control.stop_worker(blocker.id)
    await plane.pass_time(6)
    answers, claimed = await busy.exchange(completed(held), limit=10)
    assert answers == ["ok"]
    assert [one.name for one in claimed] == ["X/1"], "no successor was handed over, so that it could be alone"
    await busy.report(completed(claimed[0]))
    assert list(await busy.claim()) == ["B/1"]


async def test_a_stopped_worker_returns_its_assignments_without_a_loss(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    await plane.control.start_executions("flow", [{}] * 3)
    worker = await plane.worker()
    await worker.exchange(limit=2)
    assert await plane.control.stop_worker(worker.id) == 2
    assert await plane.control.stop_worker(worker.id) == 0
    other = await plane.worker()
    _, claimed = await other.exchange(limit=10)
    assert [(held.row["attempt"], held.row["loss_count"]) for held in claimed] == [(1, 0)] * 3


async def test_assignments_of_a_suspended_execution_stay_when_their_worker_is_lost(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    lost = await plane.worker(lease=10)
    await lost.claim()
    await plane.control.suspend(execution)
    await plane.pass_time(11)
    other = await plane.worker()
    assert await other.claim() == {}
    await plane.control.continue_(execution)
    assert list(await other.claim()) == ["A/1"]


async def test_a_broken_execution_does_not_hold_up_the_others_of_a_lost_worker(plane: Plane) -> None:
    """D16: a third loss that cannot be carried out fails its execution, and nothing else."""
    version = await plane.deploy([step("A", on_error="continue"), flow("I", "IF", {"condition": "x == 1"})], ["S -> A", "A -> I"])
    await plane.deploy([step("B")], ["S -> B"], name="innocent")
    broken = await plane.start(x=1)
    await lose(plane, "A/1", times=2)
    await plane.execute("update interlock.nodes set inline = '{\"rules\": 5}' where version_id = %s and node_id = 'I'", version)
    innocent = await plane.start("innocent")
    lost = await plane.worker(lease=10)
    await plane.execute(
        """update interlock.assignments set status = 'running', worker_id = %s, due_at = null
           where queue is not null and execution_id = any (%s)""",
        lost.id,
        [broken, innocent],
    )
    await plane.pass_time(11)
    assert await plane.visits(innocent) == {"B/1": "pending"}
    row = await plane.execution(broken)
    assert (row["status"], row["error"]["code"]) == ("failed", "IL099")


async def test_d56_revocations_are_reported_once(plane: Plane) -> None:
    """D56: the worker that runs a cancelled visit learns it, and the visit is never recorded as failed."""
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    await plane.control.cancel(execution)
    assert await worker.beat() == [held.assignment_id]
    assert await worker.beat() == []
    assert await plane.visits(execution) == {"A/1": "cancelled"}
    assert await plane.attempts(execution) == []


async def test_a_visit_that_was_lost_too_often_leaves_that_of_another_retry_alone(plane: Plane) -> None:
    """The retries of an execution share the ids of its visits: only the one that was lost three times fails, the other goes back to its queue."""
    await plane.deploy([step("A")], ["S -> A"])
    old = await plane.start()
    worker = await plane.worker()
    await worker.report(failed((await worker.claim())["A/1"], retryable=False))
    doomed, spared = await plane.control.retry(old), await plane.control.retry(old)
    victim = await plane.worker(lease=10)
    _, held = await victim.exchange(limit=5)
    assert {one.execution_id for one in held} == {doomed, spared}
    await plane.execute("update interlock.assignments set loss_count = 2 where execution_id = %s", doomed)
    await plane.pass_time(11)
    assert await plane.visits(doomed) == {"A/1": "failed"}
    assert await plane.visits(spared) == {"A/1": "pending"}
