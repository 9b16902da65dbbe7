"""Queues and locks of workspaces: the same name stands for another one in each, and a worker of one knows nothing of the others."""

from typing import Any
from uuid import uuid4

import pytest

from interlock.errors import InterlockError
from tests.controlplane.plane import Plane, completed
from tests.controlplane.test_offers import exchange as listening_exchange
from tests.controlplane.test_waking import Heard, heard
from tests.controlplane.workspaces import Workspace, add_workspace, first_workspace
from tests.model.graphs import step

__all__ = ["heard"]
STRANGE = "#2:test"
"""The name of a queue or a lock that is the key of one in another workspace."""


@pytest.fixture
async def other(plane: Plane) -> Workspace:
    workspace = await add_workspace(plane)
    assert workspace.id == 2
    return workspace


async def test_the_same_name_is_another_queue_in_each_workspace(plane: Plane, other: Workspace) -> None:
    first = first_workspace(plane)
    await first.deploy([step("A")], ["S -> A"])
    await other.deploy([step("A")], ["S -> A"])
    ours, theirs = await first.start(), await other.start()
    of_first, of_other = await first.worker(), await other.worker()
    assert [held.execution_id for held in (await of_other.claim()).values()] == [theirs]
    assert [held.execution_id for held in (await of_first.claim()).values()] == [ours]
    assert await plane.rows("select key, workspace_id, name from interlock.queues where name in ('test') order by key collate \"C\"") == [
        {"key": "#2:test", "workspace_id": 2, "name": "test"},
        {"key": "test", "workspace_id": 1, "name": "test"},
    ]


async def test_a_worker_serves_all_workspaces_unless_it_names_some(plane: Plane, other: Workspace) -> None:
    third = await add_workspace(plane, "third")
    started = {}
    for workspace in (first_workspace(plane), other, third):
        await workspace.deploy([step("A")], ["S -> A"])
        started[workspace.id] = await workspace.start()
    chosen = await plane.worker()
    await plane.value("select interlock.register_worker(%s, 'chosen', %s, 60, p_workspaces => '{1,3}')", of_two := uuid4(), ["test"])
    chosen.id, chosen.queues = of_two, ["test"]
    _, claimed = await chosen.exchange(limit=5)
    assert {held.execution_id for held in claimed} == {started[1], started[3]}
    _, claimed = await (await plane.worker()).exchange(limit=5)
    assert {held.execution_id for held in claimed} == {started[2]}


@pytest.mark.parametrize("lean", ["on", "off"])
async def test_a_worker_of_a_workspace_cannot_report_on_a_visit_of_another_one(plane: Plane, other: Workspace, lean: str) -> None:
    await plane.execute("select set_config('interlock.lean_path', %s, false)", lean)
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    await other.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    held = (await (await plane.worker()).claim())["A/1"]
    worker = await other.worker()
    same_id = held.row["execution_id"].upper()
    for reported in (completed(held), completed(held) | {"execution_id": same_id}, completed(held) | {"tries": 5}):
        answers, claimed = await worker.exchange(reported)
        assert (answers, claimed) == (["IL001"], []), "as for an execution that there is not"
    assert await plane.visits(execution) == {"A/1": "running"}
    unknown, _ = await worker.exchange(completed(held) | {"execution_id": str(uuid4())})
    assert unknown == ["IL001"]


async def test_a_worker_of_a_workspace_is_neither_offered_nor_woken_for_a_visit_of_another_one(plane: Plane, other: Workspace, heard: Heard) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    await other.deploy([step("A")], ["S -> A"])
    worker = await other.worker("test")
    assert await listening_exchange(plane, worker, request=2) == []
    await heard()
    execution = await plane.start()
    assert await heard() == []
    assert await plane.visits(execution) == {"A/1": "pending"}
    of_its_own = await other.start()
    assert await plane.visits(of_its_own) == {"A/1": "running"}
    assert await heard() == [f"offer {worker.id}"]


async def test_a_worker_that_serves_all_is_offered_and_woken_for_every_workspace(plane: Plane, other: Workspace, heard: Heard) -> None:
    await other.deploy([step("A")], ["S -> A"])
    worker = await plane.worker("test")
    assert await listening_exchange(plane, worker, request=2) == []
    await heard()
    assert await plane.visits(await other.start()) == {"A/1": "running"}
    assert await heard() == [f"offer {worker.id}"]
    assert await plane.visits(await other.start()) == {"A/1": "pending"}
    assert len(await heard()) == 1, "it has capacity for another one"


async def test_a_worker_hears_of_a_queue_that_is_new_in_a_workspace(plane: Plane, other: Workspace, heard: Heard) -> None:
    everywhere, elsewhere = await plane.worker("test"), await plane.worker("another")
    await everywhere.claim()
    await elsewhere.claim()
    await heard()
    await other.deploy([step("A")], ["S -> A"])
    assert await heard() == ["#2:default,#2:test"], "so that it says again for which queues it has capacity"
    await everywhere.claim()
    await heard()
    execution = await other.start()
    assert await heard() == ["#2:test"]
    assert [held.execution_id for held in (await everywhere.claim()).values()] == [execution]
    await other.deploy([step("B")], ["S -> B"], name="second")
    assert await heard() == [], "the queue is known"


async def test_a_worker_that_registers_while_a_queue_is_new_does_not_miss_it(plane: Plane, other: Workspace) -> None:
    """Whoever is second waits for the first one, and sees what it did."""
    async with plane.pool.connection() as connection, connection.transaction():
        await connection.execute("select pg_advisory_xact_lock_shared(interlock.queue_lock())")
        await connection.execute("set local lock_timeout = '100ms'")
        async with plane.pool.connection() as second, second.transaction(force_rollback=True):
            await second.execute("set local lock_timeout = '100ms'")
            with pytest.raises(Exception, match="lock timeout"):
                await second.execute("select pg_advisory_xact_lock(interlock.queue_lock())")
    await other.deploy([step("A")], ["S -> A"])
    async with plane.pool.connection() as connection, connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(interlock.queue_lock())")
        async with plane.pool.connection() as second, second.transaction(force_rollback=True):
            await second.execute("set local lock_timeout = '100ms'")
            with pytest.raises(Exception, match="lock timeout"):
                await second.execute("select interlock.register_worker(%s, 'w', '{test}', 60)", (uuid4(),))


async def test_nobody_in_another_workspace_may_use_the_id_of_a_worker(plane: Plane, other: Workspace) -> None:
    user = uuid4()
    worker = uuid4()
    await first_workspace(plane).control.register_worker(worker, "ours", ["test"], 60, registered_by=user)
    with pytest.raises(InterlockError) as unknown:
        await other.control.touch_worker(uuid4(), user)
    with pytest.raises(InterlockError) as touched:
        await other.control.touch_worker(worker, user)
    assert (touched.value.code, touched.value.hint) == (unknown.value.code, unknown.value.hint) == ("IL010", unknown.value.hint)
    with pytest.raises(InterlockError) as registered:
        await other.control.register_worker(worker, "theirs", ["test"], 60, registered_by=user)
    assert registered.value.code == "IL011", "an id that was used: nothing says by whom"
    await plane.execute("update interlock.workers set status = 'stopped', ended_at = now() where id = %s", worker)
    with pytest.raises(InterlockError) as stopped:
        await first_workspace(plane).control.register_worker(worker, "ours", ["test"], 60, registered_by=user)
    assert str(stopped.value) == str(registered.value)


async def test_a_worker_that_a_user_registers_serves_the_workspace_of_the_user_whatever_it_asks_for(plane: Plane, other: Workspace) -> None:
    async with plane.pool.connection() as connection, connection.transaction():
        await connection.execute("select set_config('interlock.workspace', '2', true)")
        await connection.execute("select interlock.register_worker(%s, 'w', '{test}', 60, p_workspaces => '{1,2}')", (uuid4(),))
    assert await plane.value("select workspaces from interlock.workers") == [2]


async def test_a_queue_whose_name_is_the_key_of_another_one_reaches_no_other_workspace(plane: Plane, other: Workspace) -> None:
    first = first_workspace(plane)
    await first.deploy([step("A", queue="strange")], ["S -> A"], queues={"strange": STRANGE})
    await other.deploy([step("A")], ["S -> A"])
    strange, theirs = await first.start(), await other.start()
    of_that_name = await plane.worker(STRANGE)
    assert [held.execution_id for held in (await of_that_name.claim()).values()] == [strange]
    assert [held.execution_id for held in (await (await plane.worker("test")).claim()).values()] == [theirs]
    before = await plane.worker("#3:test")
    third = await add_workspace(plane, "third")
    await third.deploy([step("A")], ["S -> A"])
    await third.start()
    assert await before.claim() == {}, "nor one that was served before there was a queue of that name"
    row = await plane.visit(strange, "A/1")
    assert row["queue"] == STRANGE


async def test_names_are_shown_as_their_workspace_knows_them(plane: Plane, other: Workspace) -> None:
    version_id = await other.deploy([step("A", lock="{{ key }}", queue="slow")], ["S -> A"])
    execution, waiting = await other.start(key="k"), await other.start(key="k")
    reason = await plane.reason(execution, "A")
    assert (reason.reason, reason.message) == ("no_worker", "No worker is alive for the queue slow.")
    worker = await plane.worker("slow")
    held = (await worker.claim())["A/1"]
    assert (await plane.visit(execution, "A/1"))["queue"] == "slow"
    assert (await plane.visit(execution, "A/1"))["lock_key"] == "k"
    assert await plane.rows("select lock_key, locked_by from interlock.workflow_locks") == [
        {"lock_key": "k", "locked_by": f"{execution}/{held.assignment_id}"}
    ]
    reason = await plane.reason(waiting, "A")
    assert (reason.reason, reason.message) == ("lock_held", f"The lock k is held by node A of execution {execution}.")
    assert reason.details["lock"] == "k"
    version = await plane.control.get_version(version_id)
    assert {node["queue"] for node in version.nodes} == {"default", "slow"}
    assert await plane.value("select queue from interlock.nodes where node_id = 'A' and version_id = %s", version_id) == "#2:slow"


async def test_the_same_key_is_another_lock_in_each_workspace(plane: Plane, other: Workspace) -> None:
    for workspace, key in ((first_workspace(plane), STRANGE.replace("test", "k")), (other, "k")):
        await workspace.deploy([step("A", lock="{{ key }}")], ["S -> A"])
        await workspace.start(key=key)
    worker = await plane.worker()
    _, claimed = await worker.exchange(limit=5)
    assert len(claimed) == 2, "neither waits for the other"
    assert await plane.rows("select lock_key from interlock.locks order by 1") == [{"lock_key": "#1:#2:k"}, {"lock_key": "#2:k"}]


async def test_a_lock_of_a_whole_execution_is_of_its_workspace(plane: Plane, other: Workspace) -> None:
    for workspace in (first_workspace(plane), other):
        await workspace.deploy([step("A")], ["S -> A"], lock="{{ key }}")
    executions = [await first_workspace_start(plane), await other.start(key="k")]
    await plane.control.tick()
    assert [await plane.status(execution) for execution in executions] == ["running", "running"]
    assert [(await plane.execution(execution))["lock_key"] for execution in executions] == ["k", "k"]


async def first_workspace_start(plane: Plane) -> Any:
    return await plane.start(key="k")


async def lock_calls(control: Any, key: str) -> tuple[bool, bool]:
    """Returns whether the caller gets the lock, and whether it is held before."""
    return (
        await control._call("select interlock.has_workflow_lock(%s)", key),
        await control._call("select interlock.acquire_workflow_lock(%s, 'somebody')", key),
    )


async def test_a_lock_taken_by_hand_is_of_the_workspace_of_the_call(plane: Plane, other: Workspace) -> None:
    await plane.execute("select interlock.acquire_workflow_lock('k', 'me')")
    assert await lock_calls(other.control, "k") == (False, True)
    assert await lock_calls(first_workspace(plane).control, "k") == (True, False), "a call without a limit means the first workspace"
    assert not await other.control._call("select interlock.release_workflow_lock('k', 'me')")
    assert await other.control._call("select interlock.release_workflow_lock('k', 'somebody')")
    assert await plane.value("select interlock.has_workflow_lock('k')")


@pytest.mark.parametrize("workspace_id", [None, 2])
async def test_the_part_of_a_key_that_the_user_knows_has_at_most_500_characters(plane: Plane, other: Workspace, workspace_id: int | None) -> None:
    control = plane.control if workspace_id is None else other.control
    assert await control._call("select interlock.acquire_workflow_lock(%s, 'me')", "#" * 500)
    for key in ("k" * 501, "", None):
        with pytest.raises(InterlockError) as refused:
            await control._call("select interlock.acquire_workflow_lock(%s, 'me')", key)
        assert refused.value.code == "IL013"


async def test_a_subject_is_active_in_its_workspace(plane: Plane, other: Workspace) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    await plane.control.start_executions("flow", [{"input": {}, "subject": "account 5"}])
    assert await plane.value("select interlock.has_active_workflow('account 5')")
    assert not await other.control._call("select interlock.has_active_workflow('account 5')")
