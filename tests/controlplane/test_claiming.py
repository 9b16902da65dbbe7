"""Which worker gets which assignment: oldest first, within capacity and queues; successors at once, without starving older assignments."""

import pytest

from tests.controlplane.plane import Plane, completed
from tests.model.graphs import step


async def test_the_oldest_due_is_claimed_first(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    executions = []
    for _ in range(4):
        executions.append(await plane.start())
        await plane.pass_time(1, tick=False)
    worker = await plane.worker()
    for expected in executions:
        _, [held] = await worker.exchange(limit=1)
        assert held.execution_id == expected


async def test_a_worker_without_capacity_claims_nothing(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    execution = await plane.start()
    worker = await plane.worker()
    assert await worker.claim(0) == {}
    held = (await worker.claim())["A/1"]
    answers, claimed = await worker.exchange(completed(held), limit=0)
    assert (answers, claimed) == (["ok"], [])
    assert (await plane.visit(execution, "B/1"))["status"] == "pending"


async def test_each_queue_has_its_own_capacity(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B", queue="heavy")], ["S -> A", "S -> B"])
    await plane.control.start_executions("flow", [{}] * 5)
    worker = await plane.worker("test", "heavy", "unused")
    answer = await plane.control.exchange(worker.id, 1, [], queues=["test", "heavy", "unused"], limits=[3, 1, 9])
    names = sorted([(await plane.held(row)).name for row in answer.assignments])
    assert names == ["A/1", "A/1", "A/1", "B/1"]
    answer = await plane.control.exchange(worker.id, 2, [], queues=["test", "heavy"], limits=[0, 2])
    assert [(await plane.held(row)).name for row in answer.assignments] == ["B/1", "B/1"]


async def test_a_queue_that_the_worker_does_not_serve_is_neither_claimed_nor_handed_over(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B", queue="heavy")], ["S -> A", "A -> B"])
    execution = await plane.start()
    worker = await plane.worker("test")
    held = (await worker.claim())["A/1"]
    assert (await worker.exchange(completed(held), limit=10))[1] == []
    heavy = await plane.worker("heavy")
    assert list(await heavy.claim()) == ["B/1"]
    assert (await plane.visit(execution, "B/1"))["queue"] == "heavy"


async def test_a_worker_is_handed_no_more_than_its_capacity(plane: Plane) -> None:
    await plane.deploy([step("A"), *(step(name) for name in "BCDE")], ["S -> A", *(f"A -> {name}" for name in "BCDE")])
    execution = await plane.start()
    worker = await plane.worker("test")
    held = (await worker.claim())["A/1"]
    _, claimed = await worker.exchange(completed(held), limit=2)
    assert [one.name for one in claimed] == ["B/1", "C/1"]
    assert sorted(await plane.visits(execution)) == ["A/1", "B/1", "C/1", "D/1", "E/1"]
    assert list((await plane.visits(execution)).values()).count("pending") == 2


async def test_the_oldest_is_claimed_after_a_number_of_handed_over_assignments(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    await plane.deploy([step("O")], ["S -> O"], name="other")
    await plane.start()
    worker = await plane.worker("test")
    held = (await worker.claim())["A/1"]
    await plane.start("other")
    await plane.pass_time(1, tick=False)
    await plane.execute("update interlock.exchanges set handed_count = 5000")
    _, claimed = await worker.exchange(completed(held), limit=1)
    assert [one.name for one in claimed] == ["O/1"], "it had taken enough of its own"
    lane = worker.request % 2
    assert await plane.value("select handed_count from interlock.exchanges where lane = %s", lane) == 0


@pytest.mark.parametrize("requires", [None, "TEST_NODE/STEP"])
async def test_a_worker_that_had_enough_of_its_own_gets_its_successor_where_nothing_else_is_due(plane: Plane, requires: str | None) -> None:
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    await plane.execute("update interlock.plain_nodes set requires = %s where node_no = 1", requires)
    await plane.start()
    worker = await plane.worker("test")
    await plane.execute("update interlock.workers set node_types = '{TEST_NODE/STEP}'")
    held = (await worker.claim())["A/1"]
    await plane.execute("update interlock.exchanges set handed_count = 5000")
    _, claimed = await worker.exchange(completed(held), limit=1)
    assert [one.name for one in claimed] == ["B/1"]


async def test_handed_over_assignments_are_counted_until_one_is_claimed(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B"), step("C")], ["S -> A", "A -> B", "B -> C"])
    await plane.start()
    worker = await plane.worker("test")
    _, claimed = await worker.exchange(limit=1)
    for handed_count in (1, 2):
        _, claimed = await worker.exchange(completed(claimed[0]), limit=1)
        assert len(claimed) == 1
        assert await plane.value("select sum(handed_count) from interlock.exchanges") == handed_count


async def test_the_reply_says_when_the_next_assignment_is_due(plane: Plane) -> None:
    await plane.deploy([step("A", retry={"max_attempts": 2, "initial_seconds": 40, "jitter": 0})], ["S -> A"])
    worker = await plane.worker()
    assert (await plane.control.exchange(worker.id, 1, [], queues=["test"], limits=[1])).next_due_seconds is None
    await plane.start()
    answer = await plane.control.exchange(worker.id, 2, [], queues=["test"], limits=[1])
    held = await plane.held(answer.assignments[0])
    from tests.controlplane.plane import failed

    answer = await plane.control.exchange(worker.id, 3, [failed(held)], queues=["test"], limits=[1])
    assert answer.next_due_seconds is not None
    assert 39 < answer.next_due_seconds <= 40
