"""A workspace may have a limit on its running assignments, which nothing passes."""

import asyncio
from collections.abc import Sequence

import pytest

from interlock.controlplane.workspaces import Workspaces
from tests.controlplane.plane import Held, Plane, TestWorker, completed, failed
from tests.controlplane.test_offers import exchange as listening_exchange
from tests.controlplane.test_waking import Heard, heard
from tests.controlplane.workspaces import Workspace, add_workspace, first_workspace
from tests.model.graphs import step
from tests.worker.engine import until

__all__ = ["heard"]


@pytest.fixture(params=["first", "second"])
async def other(plane: Plane, request: pytest.FixtureRequest) -> Workspace:
    """A workspace with a limit of three, and a chain of two nodes: the first one, or another."""
    workspace = first_workspace(plane) if request.param == "first" else await add_workspace(plane)
    await limit(plane, workspace, 3)
    await workspace.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    return workspace


async def limit(plane: Plane, workspace: Workspace, most: int | None) -> None:
    await Workspaces(plane.pool).update_workspace(workspace.id, {"max_running": most}, by="admin")


async def running(plane: Plane, workspace: Workspace) -> int:
    count: int = await plane.value(
        """select count(*) from interlock.assignments a join interlock.executions e on e.id = a.execution_id
           where a.status = 'running' and e.workspace_id = %s""",
        workspace.id,
    )
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
    assert await running(plane, other) == 3
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
    assert await running(plane, other) == 3, "fifteen could have been handed over"
    done = 0
    while held:
        done += len(held)
        held = await take(worker, held)
        assert await running(plane, other) <= 3
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
            most = max(most, await running(plane, other))
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
    neighbour = await add_workspace(plane, "neighbour") if other.id == 1 else first_workspace(plane)
    await neighbour.deploy([step("A")], ["S -> A"], "plain")
    await neighbour.start_many([{}] * 20, "plain")
    await other.start_many([{}] * 20)
    worker = await plane.worker("test")
    for _ in range(2):
        assert len(await take(worker, limit=10)) == 10
        assert await running(plane, other) == 3


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
    assert await heard() == [f"#{other.id}:test"]
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


async def test_a_limit_of_the_first_workspace_counts_what_was_there_before(plane: Plane) -> None:
    """What runs, is due, waits for a time or for others, and the workers that are alive."""
    first = first_workspace(plane)
    join = step("J", join="all")
    await first.deploy([step("A"), step("B"), join], ["S -> A", "S -> B", "A -> J", "B -> J"])
    await first.start_many([{}] * 5)
    worker = await plane.worker("test")
    held = await take(worker, limit=4)
    assert await plane.value("select count(*) from interlock.assignments where queue like '#%%'") == 0, "without a limit a queue is its name"
    await limit(plane, first, 2)
    assert await plane.value("select interlock.running_count(1)") == 4
    assert await take(worker) == []
    done = 0
    while held or await plane.value("select exists (select from interlock.executions where ended_at is null)"):
        done += len(held)
        held = await take(worker, held)
        assert await running(plane, first) <= 4 if done < 4 else 2
    assert done == 15
    await first.start_many([{}] * 3)
    assert len(await take(await plane.worker("test"))) == 2


async def test_a_limit_of_the_first_workspace_is_taken_away_and_set_again(plane: Plane) -> None:
    first, other = first_workspace(plane), await add_workspace(plane)
    await limit(plane, first, 2)
    await first.deploy([step("A")], ["S -> A"])
    await other.deploy([step("A")], ["S -> A"])
    await limit(plane, first, None)
    await first.deploy([step("N", queue="new")], ["S -> N"], "newer")
    await first.start_many([{}] * 5)
    await first.start_many([{}] * 5, "newer")
    await other.start_many([{}] * 5)
    worker = await plane.worker("test", "new")
    assert len(await take(worker, limit=30)) == 15
    await first.start_many([{}] * 5)
    await first.start_many([{}] * 5, "newer")
    await limit(plane, first, 11)
    assert await plane.value("select interlock.running_count(1)") == 10
    assert len(await take(worker, limit=30)) == 1
    queues = await plane.value("select array_agg(distinct queue) from interlock.assignments where queue <> ''")
    assert sorted(queues) == ["#1:new", "#1:test", f"#{other.id}:test"]


async def test_a_version_that_is_saved_while_the_first_workspace_is_limited_has_the_keys_of_after(plane: Plane) -> None:
    first = first_workspace(plane)
    await first.deploy([step("A")], ["S -> A"])
    async with plane.pool.connection() as connection, connection.transaction():
        await connection.execute("select interlock.hold_queue_keys(1)")
        limiting = asyncio.create_task(limit(plane, first, 1))
        blocked = "select exists (select from pg_locks where locktype = 'advisory' and not granted)"
        await until(lambda: plane.value(blocked), seconds=5)
    await limiting
    await first.deploy([step("B")], ["S -> B"], "later")
    assert await plane.value("select array_agg(distinct queue) from interlock.nodes where node_id in ('A', 'B')") == ["#1:test"]
