"""The first visit of an execution begins in the hands of an idle worker that listens."""

import asyncio
import json
from typing import Any
from uuid import UUID

import pytest

from tests.controlplane.plane import Held, Plane, Row, TestWorker, completed
from tests.model.graphs import flow, step


async def exchange(plane: Plane, worker: TestWorker, *results: Row, request: int, limit: int = 5, offers: bool = True) -> list[Held]:
    """Returns what the worker is given by an exchange in the lane of the request; it listens, and takes offers unless told not to."""
    reply = await plane.value(
        "select interlock.exchange(%s, %s, %s::jsonb, %s, %s, p_offers => %s)",
        worker.id,
        request,
        json.dumps(results),
        worker.queues,
        [limit] * len(worker.queues),
        offers,
    )
    assert reply["answers"] == ["ok"] * len(results)
    return [await plane.held(row) for row in reply["assignments"]]


async def idle_worker(plane: Plane, **more: Any) -> TestWorker:
    worker = await plane.worker("test")
    assert await exchange(plane, worker, request=2, **more) == []
    return worker


async def chain(plane: Plane, **more: Any) -> None:
    await plane.deploy([step("A", **more), step("B")], ["S -> A", "A -> B"])


async def first_visit(plane: Plane, execution: UUID) -> tuple[str, UUID | None]:
    [visit] = await plane.rows("select status, worker_id from interlock.assignments where execution_id = %s and node_no = 1", execution)
    return visit["status"], visit["worker_id"]


async def test_a_start_begins_the_first_visit_for_an_idle_worker_and_tells_it(plane: Plane) -> None:
    await chain(plane)
    worker = await idle_worker(plane)
    async with plane.pool.connection() as connection:
        await connection.set_autocommit(True)
        await connection.execute("listen workflow_changes")
        execution = await plane.start(n=1)
        [notified] = [found async for found in connection.notifies(timeout=5, stop_after=1)]
        await connection.execute("unlisten *")
        await connection.set_autocommit(False)
    assert notified.payload == f"offer {worker.id}", "every role may listen, so there is no more in it"
    told = await plane.control.get_offer(worker.id)
    assert told is not None
    visit = await plane.visit(execution, "A/1")
    assert await first_visit(plane, execution) == ("running", worker.id)
    assert visit["attempt"] == 1
    assert (told["execution_id"], told["assignment_id"], told["input"], told["node_no"]) == (str(execution), str(visit["id"]), {"n": 1}, 1)
    assert str(execution)[-1] in "02468ace", "its results go through the first lane"
    assert await plane.status(execution) == "running"


@pytest.mark.parametrize("subject", [None, "somebody"])
async def test_an_offer_that_is_read_is_what_the_next_exchange_returns(plane: Plane, subject: str | None) -> None:
    await chain(plane, timeout_seconds=90)
    worker = await idle_worker(plane)
    [started] = await plane.control.start_executions("flow", [{"input": {"n": 1.50, "a": [None]}, "subject": subject}])
    read = await plane.control.get_offer(worker.id)
    reply = await plane.value("select interlock.exchange(%s, 4, '[]', '{}', '{}')", worker.id)
    assert [read] == reply["assignments"]
    assert read is not None
    assert read["execution_id"] == str(started.execution_id)


async def test_an_offered_visit_is_reported_like_any_other(plane: Plane) -> None:
    await chain(plane)
    worker = await idle_worker(plane)
    execution = await plane.start()
    visit = await plane.visit(execution, "A/1")
    result = {"execution_id": str(execution), "assignment_id": str(visit["id"]), "attempt": 1, "outcome": "completed", "output": {"a": 1}}
    handed = await exchange(plane, worker, result, request=4)
    assert [(held.name, held.input) for held in handed] == [("B/1", {"a": 1})]
    another = await plane.start()
    assert await first_visit(plane, another) == ("running", worker.id), "it is offered the next one"


async def test_a_worker_has_one_offer_at_a_time(plane: Plane) -> None:
    await chain(plane)
    worker = await idle_worker(plane)
    assert await first_visit(plane, await plane.start()) == ("running", worker.id)
    assert await first_visit(plane, await plane.start()) == ("pending", None)


async def test_a_visit_whose_notification_was_lost_comes_with_the_next_exchange(plane: Plane) -> None:
    await chain(plane)
    worker = await idle_worker(plane)
    execution = await plane.start(n=7)
    [held] = await exchange(plane, worker, request=4, limit=0)
    assert (held.name, held.execution_id, held.input) == ("A/1", execution, {"n": 7})
    assert await exchange(plane, worker, request=4, limit=0) == [held], "the repeat of the request returns it again"
    assert await exchange(plane, worker, request=6, limit=0) == []
    assert await exchange(plane, worker, completed(held), request=8, limit=0) == []
    assert await plane.visits(execution) == {"A/1": "completed", "B/1": "pending"}


async def test_what_an_exchange_has_returned_is_no_offer_any_more(plane: Plane) -> None:
    await chain(plane)
    worker = await idle_worker(plane)
    assert await plane.control.get_offer(worker.id) is None
    await plane.start()
    assert await plane.control.get_offer(worker.id) is not None
    [held] = await exchange(plane, worker, request=4)
    assert await plane.control.get_offer(worker.id) is None
    assert await exchange(plane, worker, completed(held), request=6, limit=0) == []


async def test_an_offered_visit_that_was_cancelled_is_not_given_to_the_worker(plane: Plane) -> None:
    await chain(plane)
    worker = await idle_worker(plane)
    execution = await plane.start()
    await plane.control.cancel(execution)
    assert await exchange(plane, worker, request=4) == []


@pytest.mark.parametrize("lost", [True, False])
async def test_what_was_offered_to_a_worker_that_is_gone_returns_to_the_queue(plane: Plane, lost: bool) -> None:
    await chain(plane)
    worker = await idle_worker(plane)
    execution = await plane.start()
    if lost:
        await plane.execute("update interlock.workers set lease_seconds = 1")
        await plane.pass_time(100)
    else:
        await plane.control.stop_worker(worker.id)
    assert await first_visit(plane, execution) == ("pending", None)


async def test_nothing_is_offered_to_a_worker_that_does_not_listen_or_has_no_capacity(plane: Plane) -> None:
    await chain(plane)
    await idle_worker(plane, offers=False)
    await idle_worker(plane, limit=0)
    other = await plane.worker("another")
    await exchange(plane, other, request=2)
    odd = await plane.worker("test")
    await exchange(plane, odd, request=1)
    await exchange(plane, odd, request=2, offers=False)
    assert await first_visit(plane, await plane.start()) == ("pending", None)


async def test_nothing_is_offered_to_a_worker_whose_connection_is_gone(plane: Plane) -> None:
    """Its process has died, and its lease has not run out."""
    await chain(plane)
    await idle_worker(plane)
    await plane.execute("update interlock.exchanges set backend_pid = (select max(pid) from pg_stat_activity) + 1000000")
    assert await first_visit(plane, await plane.start()) == ("pending", None)


async def test_nothing_is_offered_that_the_worker_has_no_executor_for(plane: Plane) -> None:
    await chain(plane)
    await plane.execute("update interlock.plain_nodes set requires = 'TEST_NODE/OTHER'")
    worker = await idle_worker(plane)
    assert await first_visit(plane, await plane.start()) == ("pending", None)
    await plane.execute("update interlock.workers set node_types = '{TEST_NODE/OTHER}'")
    assert await first_visit(plane, await plane.start()) == ("running", worker.id)


async def test_only_a_single_start_of_one_plain_visit_is_offered(plane: Plane) -> None:
    await chain(plane)
    await idle_worker(plane)
    await plane.control.start_executions("flow", [{"input": {}}, {"input": {}}])
    await plane.deploy([step("A"), step("B")], ["S -> A", "S -> B"], name="fork")
    await plane.start("fork")
    await plane.deploy([flow("A", "WAIT", {"seconds": 0}), step("B")], ["S -> A", "A -> B"], name="wait")
    await plane.start("wait")
    assert await plane.rows("select id from interlock.assignments where status = 'running'") == []


async def test_a_start_with_a_used_key_offers_nothing(plane: Plane) -> None:
    await chain(plane)
    [first] = await plane.control.start_executions("flow", [{"input": {}, "idempotency_key": "k"}])
    worker = await plane.worker("test")
    assert [held.execution_id for held in await exchange(plane, worker, request=2)] == [first.execution_id]
    [again] = await plane.control.start_executions("flow", [{"input": {}, "idempotency_key": "k"}])
    assert (again.execution_id, again.created) == (first.execution_id, False)
    assert await plane.value("select count(*) from interlock.exchanges where offered_assignment_id is not null") == 0
    assert await first_visit(plane, await plane.start()) == ("running", worker.id)


async def test_a_start_in_a_transaction_of_the_caller_offers_nothing_and_no_worker_waits_for_it(plane: Plane) -> None:
    await chain(plane, timeout_seconds=5)
    worker = await idle_worker(plane)
    async with plane.pool.connection() as connection:
        async with connection.transaction():
            await connection.execute("""select interlock.start_executions('flow', '[{"input": {}}]')""")
            async with asyncio.timeout(20):
                assert await exchange(plane, worker, request=4, limit=0) == []
            await plane.pass_time(10)
        [held] = await exchange(plane, worker, request=6)
        await plane.control.tick()
        assert await exchange(plane, worker, completed(held), request=8, limit=0) == [], "its time begins when it is claimed"


@pytest.mark.parametrize("is_cancelled", [True, False])
async def test_no_exchange_waits_for_a_transaction_that_cancels_what_was_offered(plane: Plane, is_cancelled: bool) -> None:
    await chain(plane)
    worker = await idle_worker(plane)
    execution = await plane.start()
    async with plane.pool.connection() as connection, connection.transaction(force_rollback=not is_cancelled):
        await connection.execute("select interlock.cancel(%s)", [execution])
        async with asyncio.timeout(20):
            assert await exchange(plane, worker, request=4, limit=0) == []
    given = await exchange(plane, worker, request=6, limit=0)
    assert [held.execution_id for held in given] == ([] if is_cancelled else [execution])
    assert await exchange(plane, worker, *(completed(held) for held in given), request=8, limit=0) == []


@pytest.mark.parametrize(("seconds", "status"), [(59, "pending"), (60, "running")])
async def test_a_visit_with_little_time_is_not_offered(plane: Plane, seconds: int, status: str) -> None:
    """Its notification may get lost, and its time runs from the start."""
    await chain(plane, timeout_seconds=seconds)
    await idle_worker(plane)
    assert (await first_visit(plane, await plane.start()))[0] == status
