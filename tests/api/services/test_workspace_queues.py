"""Workers and queues over the API, in two workspaces with the same names."""

from typing import Any
from uuid import uuid4

import pytest

from interlock.api.models.users import Role
from interlock.errors import InterlockError, WorkerUnknown
from interlock.insight.diagnosis import diagnose_within
from interlock.insight.reading import Scope
from tests.api.services.asking import Asking, person
from tests.api.services.definitions import definition
from tests.api.services.test_assignments import Outside, result


@pytest.fixture
async def other(asking: Asking) -> Asking:
    """A caller in another workspace, which has a workflow of the same name and queue."""
    number = await asking.plane.value("insert into interlock.workspaces (name, created_at) values ('other', now()) returning id")
    caller = Asking(asking.services, person("eve@example.org", Role.ADMIN, workspace_id=number, workspace="other"))
    for one in (asking, caller):
        await one.ask("create_workflow", definition=definition())
    return caller


async def test_a_users_worker_gets_what_is_due_in_the_workspace_of_the_user_alone(asking: Asking, other: Asking) -> None:
    started = [(await one.ask("run_workflow", workflow="flow")).execution_id for one in (asking, other)]
    ours, theirs = Outside(asking), Outside(other)
    [item] = await theirs.claim()
    assert item.execution_id == started[1]
    assert await theirs.claim() == []
    [mine] = await ours.claim(queues=("default", "slow"))
    assert mine.execution_id == started[0]
    assert await theirs.complete(result(mine), result(item)) == ["IL001", "ok"]
    assert await ours.complete(result(mine)) == ["ok"]


@pytest.mark.parametrize("operation", ["complete_assignments", "heartbeat_worker", "stop_worker"])
async def test_the_worker_of_another_workspace_is_as_unknown_as_one_that_nobody_registered(asking: Asking, other: Asking, operation: str) -> None:
    ours = Outside(asking)
    await ours.claim()
    intruder = Asking(asking.services, other.call.caller)
    more: dict[str, Any] = (
        {"request": 5, "results": [{"execution_id": uuid4(), "assignment_id": uuid4(), "attempt": 1, "outcome": "completed"}]}
        if operation == "complete_assignments"
        else {}
    )
    said = []
    for worker_id in (ours.id, uuid4()):
        with pytest.raises(WorkerUnknown) as refused:
            await intruder.ask(operation, worker_id=worker_id, **more)
        said.append((refused.value.message.replace(str(worker_id), "ID"), refused.value.hint))
    assert said[0] == said[1]
    with pytest.raises(InterlockError) as taken:
        await intruder.ask("claim_assignments", worker_id=ours.id, request=1, queues=["default"])
    assert taken.value.code == "IL011"
    assert await ours.beat() == []


async def test_each_workspace_sees_its_own_queues_by_name(asking: Asking, other: Asking) -> None:
    for _ in range(3):
        await other.ask("run_workflow", workflow="flow")
    theirs, ours = Outside(other), Outside(asking)
    [item] = await theirs.claim(limit=1)
    await ours.claim(queues=("default", "mine"))
    [queue] = (await other.ask("list_queues")).items
    assert (queue.queue, queue.due, queue.running, queue.workers) == ("default", 2, 1, 1)
    assert [(one.queue, one.due, one.workers) for one in (await asking.ask("list_queues")).items] == [("default", 0, 1), ("mine", 0, 1)]
    listed = (await other.ask("list_assignments", queue="default")).items
    assert [one.queue for one in listed] == ["default"] * 3
    [visit] = [one for one in listed if one.id == item.assignment_id]
    assert (await other.ask("get_assignment", execution_id=visit.execution_id, assignment_id=visit.id)).queue == "default"


async def test_findings_name_queues_as_their_workspace_knows_them(asking: Asking, other: Asking) -> None:
    await other.ask("run_workflow", workflow="flow")
    pool = asking.services.pool
    unserved = "queue default{} has 1 due assignment and no worker"
    assert unserved.format("") in [one.message for one in await diagnose_within(other.call.scope)]
    assert unserved.format(" of workspace other") in [one.message for one in await diagnose_within(Scope(pool))]
    assert not [one for one in await diagnose_within(asking.call.scope) if "due assignment and" in one.message]
    await Outside(asking).claim()
    assert unserved.format("") in [one.message for one in await diagnose_within(other.call.scope)], "a worker of another workspace does not count"
    await asking.plane.worker("default")
    assert not [one for one in await diagnose_within(Scope(pool)) if "and no worker" in one.message]
    await asking.plane.execute("update interlock.assignments set requires = 'TEST_NODE/RARE' where status = 'pending'")
    missing = [one.message for one in await diagnose_within(Scope(pool)) if "TEST_NODE/RARE" in one.message]
    assert missing == ["queue default of workspace other has 1 due assignment of TEST_NODE/RARE, which none of its workers has"]


async def test_a_limit_is_divided_by_what_is_due_in_the_workspace(asking: Asking, other: Asking) -> None:
    raw = definition()
    raw["name"] = "slow"
    raw["nodes"][1]["queue"] = "slow"
    await other.ask("create_workflow", definition=raw)
    for _ in range(5):
        await asking.ask("run_workflow", workflow="flow")
    await other.ask("run_workflow", workflow="slow")
    assert len(await Outside(other).claim(limit=3, queues=("default", "slow"))) == 1
    await other.ask("run_workflow", workflow="slow")
    [item] = await Outside(other).claim(limit=1, queues=("default", "slow"))
    assert item.workflow == "slow"
