from typing import Any
from uuid import UUID, uuid4

import pytest

from interlock.api.models.assignments import ClaimedAssignment
from interlock.api.models.users import Role
from interlock.errors import InvalidRequest, NotAllowed, RequestOutOfOrder, WorkerLost, WorkerUnknown
from interlock.insight.metrics import metrics_text
from tests.api.services.asking import Asking, person
from tests.api.services.definitions import definition


class Outside:
    """A worker that has only the API."""

    def __init__(self, asking: Asking) -> None:
        self.id = uuid4()
        self.number = 0
        self.asking = asking

    async def claim(
        self, *, number: int | None = None, limit: int = 10, queues: tuple[str, ...] = ("default",), lease: int = 60
    ) -> list[ClaimedAssignment]:
        self.number = self.number + 1 if number is None else number
        answer = await self.asking.ask(
            "claim_assignments", worker_id=self.id, request=self.number, queues=list(queues), limit=limit, lease_seconds=lease
        )
        items: list[ClaimedAssignment] = answer.items
        return items

    async def complete(self, *results: dict[str, Any], number: int | None = None) -> list[str]:
        self.number = self.number + 1 if number is None else number
        answer = await self.asking.ask("complete_assignments", worker_id=self.id, request=self.number, results=list(results))
        return [one.answer for one in answer.answers]

    async def beat(self) -> list[UUID]:
        return [one.assignment_id for one in (await self.asking.ask("heartbeat_worker", worker_id=self.id)).revoked]


def result(item: ClaimedAssignment, outcome: str = "completed", **more: Any) -> dict[str, Any]:
    return {"execution_id": item.execution_id, "assignment_id": item.assignment_id, "attempt": item.attempt, "outcome": outcome, **more}


@pytest.fixture
async def outside(asking: Asking) -> Outside:
    await asking.ask("create_workflow", definition=definition())
    return Outside(asking)


async def test_a_worker_outside_claims_and_completes(asking: Asking, outside: Outside) -> None:
    started = await asking.ask("run_workflow", workflow="flow", input={"n": 1}, subject="image 7")
    [item] = await outside.claim()
    assert (item.execution_id, item.workflow, item.version, item.node_id, item.name) == (started.execution_id, "flow", 1, "work", "Work")
    assert (item.input, item.subject, item.attempt, item.parameters) == ({"n": 1}, "image 7", 1, {"code": "result = {}"})
    [worker] = (await asking.ask("list_workers")).items
    assert (worker.id, worker.status, worker.running, worker.queues) == (outside.id, "alive", 1, ["default"])
    assert await outside.complete(result(item, output={"done": True})) == ["ok"]
    execution = await asking.ask("get_execution", execution_id=started.execution_id)
    assert (execution.status, execution.output) == ("completed", {"work": {"done": True}})
    assert [step.actor for step in execution.run_data.execution_path] == ["START", "worker of ann@example.org"]


async def test_repeats_return_the_same_and_change_nothing(asking: Asking, outside: Outside) -> None:
    for _ in range(3):
        await asking.ask("run_workflow", workflow="flow")
    first = await outside.claim(limit=2)
    assert await outside.claim(limit=2, number=1) == first
    assert len(first) == 2
    assert await outside.complete(result(first[0])) == ["ok"]
    assert await outside.complete(result(first[0]), number=2) == ["ok"]
    assert await outside.complete(result(first[0])) == ["repeated"]
    with pytest.raises(RequestOutOfOrder):
        await outside.claim(number=1)


async def test_a_number_that_another_request_has_used_is_refused_for_results(asking: Asking, outside: Outside) -> None:
    await asking.ask("run_workflow", workflow="flow")
    [item] = await outside.claim()
    with pytest.raises(RequestOutOfOrder, match="used for another request"):
        await outside.complete(result(item), number=1)
    assert await outside.complete(result(item), number=2) == ["ok"]


async def test_another_users_worker_is_refused(asking: Asking, outside: Outside) -> None:
    await asking.ask("run_workflow", workflow="flow")
    [item] = await outside.claim()
    thief = Outside(asking.as_another("bob@example.org"))
    thief.id, thief.number = outside.id, outside.number
    with pytest.raises(NotAllowed):
        await thief.claim()
    with pytest.raises(NotAllowed):
        await thief.complete(result(item))
    with pytest.raises(NotAllowed):
        await thief.beat()
    inside = await asking.plane.worker()
    thief.id = inside.id
    with pytest.raises(NotAllowed):
        await thief.claim()
    assert await outside.complete(result(item)) == ["ok"]


async def test_a_silent_worker_is_lost_and_every_call_keeps_a_worker_alive(asking: Asking, outside: Outside) -> None:
    with pytest.raises(WorkerUnknown):
        await outside.beat()
    await asking.ask("run_workflow", workflow="flow")
    [item] = await outside.claim(lease=10)
    for _ in range(3):
        await asking.plane.pass_time(8)
        await outside.complete(result(item, "failed", error={"code": "later", "message": "m"}) | {"attempt": 9})
    assert await outside.beat() == []
    await asking.plane.pass_time(11)
    for call in (outside.claim(), outside.complete(result(item)), outside.beat()):
        with pytest.raises(WorkerLost):
            await call


async def test_a_heartbeat_returns_revoked_assignments_even_after_other_calls(asking: Asking, outside: Outside) -> None:
    started = await asking.ask("run_workflow", workflow="flow")
    [item] = await outside.claim()
    await asking.ask("cancel_execution", execution_id=started.execution_id)
    assert await outside.claim() == []
    assert await outside.complete(result(item)) == ["IL002"]
    assert await outside.beat() == [item.assignment_id]
    assert await outside.beat() == []


async def test_a_worker_that_stops_hands_back_what_it_holds_and_nothing_counts_as_lost(asking: Asking, outside: Outside) -> None:
    for _ in range(2):
        await asking.ask("run_workflow", workflow="flow")
    held = await outside.claim(limit=2)
    with pytest.raises(NotAllowed):
        await asking.as_another("bob@example.org").ask("stop_worker", worker_id=outside.id)
    assert (await asking.ask("stop_worker", worker_id=outside.id)).released == 2
    assert (await asking.ask("stop_worker", worker_id=outside.id)).released == 0
    [worker] = (await asking.ask("list_workers")).items
    assert (worker.status, worker.running) == ("stopped", 0)
    again = await Outside(asking).claim(limit=2)
    assert {(item.assignment_id, item.attempt) for item in again} == {(item.assignment_id, item.attempt) for item in held}
    read = await asking.ask("get_assignment", execution_id=again[0].execution_id, assignment_id=again[0].assignment_id)
    assert (read.loss_count, read.attempts) == (0, [])
    with pytest.raises(WorkerLost):
        await outside.claim()


async def test_failures_and_releases(asking: Asking, outside: Outside) -> None:
    started = await asking.ask("run_workflow", workflow="flow")
    [item] = await outside.claim()
    assert await outside.complete(result(item, "released")) == ["ok"]
    [again] = await outside.claim()
    assert again.attempt == item.attempt
    error = {"code": "broken", "message": "it broke", "hint": "glue it", "details": {"at": 3}, "retryable": False}
    assert await outside.complete(result(again, "failed", error=error)) == ["ok"]
    execution = await asking.ask("get_execution", execution_id=started.execution_id)
    failure = execution.error
    assert (execution.status, failure.code, failure.message, failure.hint, failure.attempt) == ("failed", "broken", "it broke", "glue it", 1)
    read = await asking.ask("get_assignment", execution_id=started.execution_id, assignment_id=item.assignment_id)
    assert [(attempt.outcome, attempt.error.details) for attempt in read.attempts] == [("failed", {"at": 3})]


async def test_invalid_results_are_refused_and_stay_with_the_worker(asking: Asking, outside: Outside) -> None:
    await asking.ask("run_workflow", workflow="flow")
    [item] = await outside.claim()
    bad = [
        result(item, "failed"),
        result(item, error={"code": "c", "message": "m"}),
        result(item, "failed", error={"code": "join_unfilled", "message": "only the database knows"}),
        result(item, output={"text": "\0"}),
        result(item, output={"text": "\ud800"}),
        result(item, output={"n": float("inf")}),
    ]
    for one in bad:
        assert await outside.complete(one) == ["IL054"]
    assert await outside.complete(result(item), result(item)) == ["IL054", "IL054"]
    assert await outside.complete(result(item)) == ["ok"]


async def test_one_limit_over_several_queues_takes_the_oldest_first(asking: Asking) -> None:
    outside = Outside(asking)
    for queue in ("a", "b"):
        raw = definition(queue)
        raw["nodes"][1]["queue"] = queue
        await asking.ask("create_workflow", definition=raw)
    for name in ("b", "a", "b"):
        await asking.ask("run_workflow", workflow=name)
    taken = [[item.workflow for item in await outside.claim(limit=1, queues=("a", "b"))] for _ in range(4)]
    assert taken == [["b"], ["a"], ["b"], []]


async def test_open_assignments_are_listed_oldest_first(asking: Asking, outside: Outside) -> None:
    started = [(await asking.ask("run_workflow", workflow="flow", subject=str(n))).execution_id for n in range(5)]
    await outside.claim(limit=1)
    seen: list[UUID] = []
    cursor = None
    while True:
        page = await asking.ask("list_assignments", limit=2, cursor=cursor)
        seen += [item.execution_id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(seen) == sorted(started)
    assert len((await asking.ask("list_assignments", status=["pending"])).items) == 4
    assert len((await asking.ask("list_assignments", queue="default", workflow="flow")).items) == 5
    assert (await asking.ask("list_assignments", mine=True)).items == []
    with pytest.raises(InvalidRequest, match="not open"):
        await asking.ask("list_assignments", status=["completed"])


async def test_an_annotator_sees_only_what_is_theirs(asking: Asking, outside: Outside) -> None:
    started = [(await asking.ask("run_workflow", workflow="flow", subject=str(n))).execution_id for n in range(3)]
    annotator = Asking(asking.services, person("ben@example.org", Role.ANNOTATOR))
    assert (await annotator.ask("list_assignments")).items == []
    async with asking.services.pool.connection() as connection:
        await connection.execute(
            "update interlock.assignments set assigned_to = %s where execution_id = %s and ended_at is null",
            (annotator.call.caller.user_id, started[1]),
        )
    assert [item.execution_id for item in (await annotator.ask("list_assignments")).items] == [started[1]]
    assert len((await Asking(asking.services, person("eva@example.org", Role.APPROVER)).ask("list_assignments")).items) == 3


async def test_queues_count_what_is_due_delayed_and_running(asking: Asking, outside: Outside) -> None:
    for _ in range(4):
        await asking.ask("run_workflow", workflow="flow")
    await asking.plane.pass_time(30, tick=False)
    await outside.claim(limit=1, lease=600)
    [queue] = (await asking.ask("list_queues")).items
    assert (queue.queue, queue.due, queue.delayed, queue.running, queue.workers) == ("default", 3, 0, 1, 1)
    assert queue.oldest_due_seconds is not None
    assert 29 < queue.oldest_due_seconds < 60


async def test_an_assignment_that_waits_for_a_lock_is_listed_and_counted(asking: Asking) -> None:
    raw = definition()
    raw["nodes"][1]["lock"] = "'one'"
    await asking.ask("create_workflow", definition=raw)
    for _ in range(2):
        await asking.ask("run_workflow", workflow="flow")
    outside = Outside(asking)
    [item] = await outside.claim(lease=600)
    listed = (await asking.ask("list_assignments")).items
    assert sorted((one.status, one.due_at) for one in listed) == [("pending", None), ("running", None)]
    [queue] = (await asking.ask("list_queues")).items
    assert (queue.due, queue.delayed, queue.running, queue.oldest_due_seconds) == (0, 1, 1, None)
    for one in listed:
        assert (await asking.ask("list_execution_assignments", execution_id=one.execution_id)).items
        assert (await asking.ask("get_assignment", execution_id=one.execution_id, assignment_id=one.id)).due_at is None
        assert (await asking.ask("explain_execution", execution_id=one.execution_id)).reasons[0].reason in {"running", "lock_held"}
    assert b'interlock_queue_depth{queue="default",state="delayed",workspace="default"} 1.0' in await metrics_text(asking.services.pool)
    await outside.complete(result(item))
    assert len(await outside.claim()) == 1
