"""A workspace may have a limit on its running assignments, which nothing passes."""

import asyncio
from collections.abc import Sequence

import pytest

from interlock.controlplane.workspaces import Workspaces
from interlock.errors import BadRequest
from tests.controlplane.plane import Held, Plane, TestWorker, completed, failed
from tests.controlplane.test_offers import exchange as listening_exchange
from tests.controlplane.test_waking import Heard, heard
from tests.controlplane.workspaces import Workspace, add_workspace, first_workspace
from tests.model.graphs import step

__all__ = ["heard"]


@pytest.fixture
async def other(plane: Plane) -> Workspace:
    """A workspace with a limit of three, and a chain of two nodes."""
    workspace = await add_workspace(plane)
    await limit(plane, workspace, 3)
    await workspace.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    return workspace


async def limit(plane: Plane, workspace: Workspace, most: int | None) -> None:
    await Workspaces(plane.pool).update_workspace(workspace.id, {"max_running": most}, by="admin")


async def running(plane: Plane) -> int:
    count: int = await plane.value("select count(*) from interlock.assignments where status = 'running' and queue like '#%%'")
    return count


async def take(worker: TestWorker, done: Sequence[Held] = (), limit: int = 10) -> list[Held]:
    answers, claimed = await worker.exchange(*(completed(one) for one in done), limit=limit)
    assert answers == ["ok"] * len(done)
    return claimed


async def test_no_more_are_claimed_than_the_limit_and_the_rest_stays_pending(plane: Plane, other: Workspace) -> None:
    await other.start_many([{}] * 10)
    first, second = await plane.worker("test"), await plane.worker("test")
    held = await take(first, limit=2)
    assert len(held) == 2
    assert len(await take(second)) == 1
    assert await take(first) == await take(second) == []
    assert len(await take(first, held[:1])) == 1, "one ended, so another one begins"
    assert await running(plane) == 3
    await limit(plane, other, None)
    assert len(await take(second)) == 7, "the rest, and what followed the one that ended"


async def test_what_follows_a_result_counts_too(plane: Plane, other: Workspace) -> None:
    await other.deploy([step("A"), *[step(f"F{number}") for number in range(5)]], ["S -> A", *[f"A -> F{number}" for number in range(5)]], "fork")
    await other.start_many([{}] * 3, "fork")
    worker = await plane.worker("test")
    held = await take(worker)
    assert [one.name for one in held] == ["A/1"] * 3
    held = await take(worker, held)
    assert [one.name[0] for one in held] == ["F"] * 3
    assert await running(plane) == 3, "fifteen could have been handed over"
    done = 0
    while held:
        done += len(held)
        held = await take(worker, held)
        assert await running(plane) <= 3
    assert done == 15
    assert await plane.value("select count(*) from interlock.executions where ended_at is null") == 0


async def test_workers_that_race_never_pass_the_limit(plane: Plane, other: Workspace) -> None:
    await limit(plane, other, 7)
    await other.start_many([{}] * 60)
    workers = [await plane.worker("test") for _ in range(6)]
    most = 0

    async def work(worker: TestWorker) -> None:
        nonlocal most
        held: list[Held] = []
        for _ in range(400):
            held = await take(worker, held)
            most = max(most, await running(plane))
            if not held and await plane.value("select not exists (select from interlock.executions where ended_at is null)"):
                return

    await asyncio.gather(*(work(worker) for worker in workers))
    assert await plane.value("select count(*) from interlock.executions where status = 'completed'") == 60
    assert 1 <= most <= 7


async def test_two_that_claim_at_once_do_not_wait_for_each_other(plane: Plane, other: Workspace) -> None:
    """The one that is later leaves what is due to the one that counts."""
    await other.start_many([{}] * 5)
    worker, second = await plane.worker("test"), await plane.worker("test")
    async with plane.pool.connection() as connection, connection.transaction():
        await connection.execute("select interlock.exchange(%s, 1, '[]', '{test}', '{2}')", (worker.id,))
        async with asyncio.timeout(5):
            assert await take(second) == []
    assert len(await take(second)) == 1


async def test_other_workspaces_get_what_a_limited_one_may_not_take(plane: Plane, other: Workspace) -> None:
    first = first_workspace(plane)
    await first.deploy([step("A")], ["S -> A"])
    await first.start_many([{}] * 20)
    await other.start_many([{}] * 20)
    worker = await plane.worker("test")
    assert len(await take(worker, limit=10)) == 10
    assert await running(plane) == 3
    assert len(await take(worker, limit=10)) == 10
    assert await running(plane) == 3


async def test_a_start_offers_nothing_of_a_limited_workspace(plane: Plane, other: Workspace) -> None:
    worker = await plane.worker("test")
    assert await listening_exchange(plane, worker, request=2) == []
    assert await plane.visits(await other.start()) == {"A/1": "pending"}
    await limit(plane, other, None)
    assert await plane.visits(await other.start()) == {"A/1": "running"}


async def test_what_must_run_alone_waits_for_the_limit_too(plane: Plane, other: Workspace) -> None:
    await limit(plane, other, 1)
    await other.start()
    busy = await plane.worker("test")
    [held] = await take(busy)
    await other.start()
    await plane.execute("update interlock.assignments set loss_count = 2 where status = 'pending'")
    idle = await plane.worker("test")
    assert await take(idle) == []
    await busy.report(failed(held, retryable=False))
    assert len(await take(idle)) == 1


async def test_a_lower_limit_takes_effect_as_assignments_end(plane: Plane, other: Workspace) -> None:
    await other.start_many([{}] * 10)
    worker = await plane.worker("test")
    held = await take(worker)
    await limit(plane, other, 1)
    assert await take(worker, held[:1]) == []
    assert await take(worker, held[1:2]) == []
    assert len(await take(worker, held[2:])) == 1


async def test_a_worker_does_not_ask_again_at_once_while_the_limit_is_reached(plane: Plane, other: Workspace) -> None:
    await other.start_many([{}] * 5)
    worker = await plane.worker("test")
    await take(worker)
    answer = await plane.value("select interlock.exchange(%s, %s, '[]', '{test}', '{9}', true)", worker.id, worker.request + 2)
    assert (answer["assignments"], answer["next_due_seconds"]) == ([], None)


async def test_a_worker_without_capacity_wakes_others_for_what_its_results_made_free(plane: Plane, other: Workspace, heard: Heard) -> None:
    await other.start_many([{}] * 5)
    worker, idle = await plane.worker("test"), await plane.worker("test")
    held = await take(worker)
    assert await take(idle) == []
    await heard()
    await take(worker, held[:1], limit=0)
    assert await heard() == ["#2:test"]
    assert len(await take(idle)) == 1


async def test_explain_says_that_the_workspace_is_full(plane: Plane, other: Workspace) -> None:
    executions = await other.start_many([{}] * 4)
    await take(await plane.worker("test"))
    reason = await plane.reason(executions[3], "A")
    assert (reason.reason, reason.message) == ("workspace_full", "The workspace has 3 of 3 assignments running.")
    assert (reason.details["running"], reason.details["max_running"]) == (3, 3)
    assert reason.hint is not None
    await limit(plane, other, 4)
    assert (await plane.reason(executions[3], "A")).reason == "queued"


async def test_the_first_workspace_has_no_such_limit(plane: Plane) -> None:
    with pytest.raises(BadRequest, match="The workspace default has no limit on its running assignments") as refused:
        await limit(plane, first_workspace(plane), 3)
    assert "--queue" in refused.value.hint
    await limit(plane, first_workspace(plane), None)
