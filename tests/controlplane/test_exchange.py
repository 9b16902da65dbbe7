"""exchange: a result is recorded once, however often a worker reports it; a claimed assignment has one worker."""

from typing import Any
from uuid import uuid4

import pytest

from interlock.errors import BadRequest, RequestOutOfOrder, WorkerLost, WorkerUnknown
from tests.controlplane.plane import Plane, completed, failed, result
from tests.model.graphs import step


async def chain(plane: Plane, **more: Any) -> None:
    await plane.deploy([step("A", **more), step("B"), step("C")], ["S -> A", "A -> B", "B -> C"])


async def test_an_execution_goes_from_start_to_end(plane: Plane) -> None:
    await chain(plane)
    execution = await plane.start(n=1)
    worker = await plane.worker()
    for name, output in (("A/1", {"n": 2}), ("B/1", {"n": 3}), ("C/1", {"n": 4})):
        assert await plane.status(execution) == "running"
        held = (await worker.claim())[name]
        await worker.report(completed(held, output))
    assert await plane.status(execution) == "completed"
    assert (await plane.execution(execution))["output"] == {"C": {"n": 4}}


async def test_the_successor_comes_with_the_answer(plane: Plane) -> None:
    await chain(plane)
    await plane.start()
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    answers, claimed = await worker.exchange(completed(held, {"x": 1}), limit=1)
    assert answers == ["ok"]
    assert [(one.name, one.input) for one in claimed] == [("B/1", {"x": 1})]


async def test_d22_a_claim_is_an_update_in_place(plane: Plane) -> None:
    """D22: an assignment is one row from its creation to its end; nothing is moved between tables."""
    await chain(plane)
    execution = await plane.start()
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    row = await plane.visit(execution, "A/1")
    assert (row["id"], row["status"]) == (held.assignment_id, "running")
    await worker.report(completed(held))
    assert (await plane.visit(execution, "A/1"))["id"] == held.assignment_id


async def test_a_repeated_claim_gets_the_lost_answer(plane: Plane) -> None:
    await chain(plane)
    await plane.control.start_executions("flow", [{}] * 3)
    worker = await plane.worker()
    _, first = await worker.exchange(limit=2)
    _, again = await worker.exchange(limit=2, request=worker.request)
    assert [one.row for one in again] == [one.row for one in first]
    assert await plane.value("select count(*) from interlock.assignments where status = 'running'") == 2


async def test_a_repeated_report_gets_the_lost_answer(plane: Plane) -> None:
    await chain(plane)
    execution = await plane.start()
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    report = completed(held, {"x": 1})
    answers, claimed = await worker.exchange(report, limit=1)
    before = await plane.rows("select * from interlock.assignments order by id")
    answers_again, again = await worker.exchange(report, limit=1, request=worker.request)
    assert answers_again == answers == ["ok"]
    assert [one.row for one in again] == [one.row for one in claimed]
    assert await plane.rows("select * from interlock.assignments order by id") == before
    assert await plane.visits(execution) == {"A/1": "completed", "B/1": "running"}


async def test_a_repeated_report_gets_the_lost_refusals(plane: Plane) -> None:
    await chain(plane)
    await plane.start()
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    reports = [completed(held), result(held, "nonsense"), completed(held)]
    answers, _ = await worker.exchange(*reports)
    assert sorted(answers) == ["IL004", "ok", "repeated"]
    assert (await worker.exchange(*reports, request=worker.request))[0] == answers


async def test_a_repeat_leaves_out_assignments_that_were_taken_away_meanwhile(plane: Plane) -> None:
    await chain(plane)
    execution = await plane.start()
    worker = await plane.worker()
    await worker.claim()
    await plane.control.cancel(execution)
    _, again = await worker.exchange(limit=100, request=worker.request)
    assert again == []


async def test_the_same_result_in_a_later_request_is_answered_as_repeated(plane: Plane) -> None:
    await chain(plane)
    execution = await plane.start()
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    await worker.report(completed(held, {"x": 1}))
    assert (await worker.exchange(completed(held, {"x": 2})))[0] == ["repeated"]
    assert (await plane.visit(execution, "A/1"))["output"] == {"x": 1}
    assert await plane.visits(execution) == {"A/1": "completed", "B/1": "pending"}


async def test_requests_come_in_order_in_each_lane(plane: Plane) -> None:
    await chain(plane)
    await plane.start()
    worker = await plane.worker()
    await worker.exchange(limit=1, request=5)
    await worker.exchange(limit=1, request=4)
    for late in (3, 2):
        with pytest.raises(RequestOutOfOrder):
            await worker.exchange(limit=1, request=late)


async def test_a_request_is_repeated_in_its_lane_while_the_other_lane_goes_on(plane: Plane) -> None:
    await chain(plane)
    await plane.start()
    await plane.start()
    worker = await plane.worker()
    _, first = await worker.exchange(limit=1, request=1)
    _, second = await worker.exchange(limit=1, request=2)
    assert len({held.execution_id for held in (*first, *second)}) == 2
    answers, handed = await worker.exchange(completed(first[0]), limit=1, request=3)
    assert await worker.exchange(completed(second[0]), limit=1, request=4) != (answers, handed)
    assert await worker.exchange(completed(first[0]), limit=1, request=3) == (answers, handed)
    assert await worker.exchange(limit=0, request=6) == ([], [])
    assert await worker.exchange(completed(first[0]), limit=1, request=3) == (answers, handed)


async def test_only_registered_workers_that_were_not_given_up_are_served(plane: Plane) -> None:
    with pytest.raises(WorkerUnknown):
        await plane.control.exchange(uuid4(), 1, [], queues=["test"], limits=[1])
    worker = await plane.worker()
    await plane.control.stop_worker(worker.id)
    with pytest.raises(WorkerLost):
        await worker.exchange()
    with pytest.raises(WorkerLost):
        await plane.control.register_worker(worker.id, "again", ["test"], 30)


async def test_a_malformed_exchange_is_refused(plane: Plane) -> None:
    worker = await plane.worker()
    for limits in ([1], [1, -1], [1, None], [1, 2, 3]):
        with pytest.raises(BadRequest):
            await plane.control.exchange(worker.id, 1, [], queues=["a", "b"], limits=limits)  # type: ignore[arg-type]
    with pytest.raises(BadRequest, match="1000"):
        await worker.exchange(*[{}] * 1001)
    async with plane.pool.connection() as connection:
        for results in ("{}", "5", "null"):
            with pytest.raises(Exception, match="array"):
                await connection.execute("select interlock.exchange(%s, 1, %s::jsonb, '{a}', '{1}')", (worker.id, results))
        with pytest.raises(Exception, match="request"):
            await connection.execute("select interlock.exchange(%s, null, '[]', '{a}', '{1}')", (worker.id,))


async def test_of_two_results_for_one_attempt_one_is_taken(plane: Plane) -> None:
    await chain(plane, retry={"max_attempts": 3})
    execution = await plane.start()
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    answers, _ = await worker.exchange(failed(held), completed(held), failed(held))
    assert sorted(answers) == ["ok", "repeated", "repeated"]
    assert await plane.visits(execution) == {"A/1": "completed", "B/1": "pending"}
    assert await plane.attempts(execution) == []


async def test_a_failure_reported_twice_in_one_exchange_is_one_attempt(plane: Plane) -> None:
    await chain(plane, retry={"max_attempts": 3})
    execution = await plane.start()
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    assert (await worker.exchange(failed(held), failed(held)))[0] == ["ok", "repeated"]
    assert (await plane.visit(execution, "A/1"))["attempt"] == 2
    assert len(await plane.attempts(execution)) == 1


async def test_d37_a_result_for_an_assignment_that_another_worker_holds_is_refused(plane: Plane) -> None:
    """D37: the assignment, the attempt and the worker decide whether a result counts, not the client."""
    await chain(plane)
    execution = await plane.start()
    holder, liar = await plane.worker(), await plane.worker()
    held = (await holder.claim())["A/1"]
    assert (await liar.exchange(completed(held), failed(held), result(held, "released")))[0] == ["IL002"] * 3
    assert (await holder.exchange({**completed(held), "attempt": 2}))[0] == ["IL002"]
    assert (await plane.visit(execution, "A/1"))["status"] == "running"
    await holder.report(completed(held))


async def test_an_assignment_that_nobody_claimed_cannot_be_completed(plane: Plane) -> None:
    await chain(plane)
    execution = await plane.start()
    visit = await plane.visit(execution, "A/1")
    worker = await plane.worker()
    lie = {"execution_id": str(execution), "assignment_id": str(visit["id"]), "attempt": 1, "outcome": "completed", "output": {}}
    assert (await worker.exchange(lie))[0] == ["IL002"]
    assert (await worker.exchange({**lie, "assignment_id": str(uuid4())}))[0] == ["IL001"]
    assert (await worker.exchange({**lie, "execution_id": str(uuid4())}))[0] == ["IL001"]


async def test_released_work_goes_to_another_worker(plane: Plane) -> None:
    await chain(plane)
    execution = await plane.start()
    first, second = await plane.worker(), await plane.worker()
    held = (await first.claim())["A/1"]
    await first.report(result(held, "released"))
    again = (await second.claim())["A/1"]
    assert (again.assignment_id, again.row["attempt"], again.row["loss_count"]) == (held.assignment_id, 1, 0)
    assert (await first.exchange(completed(held)))[0] == ["IL002"]
    assert await plane.attempts(execution) == []


async def test_the_port_decides_where_it_leaves(plane: Plane) -> None:
    await plane.deploy([step(name) for name in "ABCD"], ["S -> A", "A.a -> B", "A.b -> C", "A -> D"])
    execution = await plane.start()
    worker = await plane.worker()
    await worker.report(completed((await worker.claim())["A/1"], port=["a", "b"]))
    assert await plane.visits(execution) == {"A/1": "completed", "B/1": "pending", "C/1": "pending"}


async def test_a_port_that_leads_nowhere_ends_the_branch(plane: Plane) -> None:
    await chain(plane)
    execution = await plane.start()
    worker = await plane.worker()
    await worker.report(completed((await worker.claim())["A/1"], {"x": 1}, port="no such port"))
    assert await plane.visits(execution) == {"A/1": "completed"}
    assert await plane.status(execution) == "completed"


async def test_a_context_is_merged_and_its_revision_counts(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B")], ["S -> A", "S -> B"])
    execution = await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    await worker.report(completed(held["A/1"], context={"a": 1, "b": 1}), completed(held["B/1"], context={"b": 2}))
    row = await plane.execution(execution)
    assert (row["context"], row["context_revision"]) == ({"a": 1, "b": 2}, 2)


async def test_waiting_for_time_goes_on_when_it_is_due(plane: Plane) -> None:
    await chain(plane)
    execution = await plane.start(x=1)
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    await worker.report(result(held, "waiting", wait={"for": "time", "seconds": 60}, output={"y": 2}))
    assert await plane.status(execution) == "waiting"
    await plane.pass_time(30)
    assert await plane.visits(execution) == {"A/1": "waiting"}
    await plane.pass_time(31)
    assert (await worker.claim())["B/1"].input == {"y": 2}


@pytest.mark.parametrize(
    ("waits_for", "status"), [("person", "paused"), ("signal", "waiting"), ("callback", "waiting")], ids=["person", "signal", "callback"]
)
async def test_the_status_of_an_execution_shows_what_its_assignment_waits_for(plane: Plane, waits_for: str, status: str) -> None:
    await chain(plane)
    execution = await plane.start()
    worker = await plane.worker()
    await plane.admit_waits()
    await worker.report(result((await worker.claim())["A/1"], "waiting", wait={"for": waits_for, "seconds": 60}))
    assert await plane.status(execution) == status
    await plane.pass_time(61)
    row = await plane.execution(execution)
    assert (row["status"], row["error"]["code"]) == ("failed", "timed_out")


async def test_many_executions_move_in_one_exchange(plane: Plane) -> None:
    await chain(plane)
    await plane.control.start_executions("flow", [{}] * 50)
    worker = await plane.worker()
    _, claimed = await worker.exchange(limit=100)
    assert len(claimed) == 50
    answers, claimed = await worker.exchange(*map(completed, claimed), limit=100)
    assert answers == ["ok"] * 50
    assert {one.name for one in claimed} == {"B/1"}
    assert len(claimed) == 50
