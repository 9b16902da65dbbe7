from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from interlock.errors import (
    BadRequest,
    ExecutionEnded,
    ExecutionNotEnded,
    ExecutionNotFound,
    IdempotencyKeyReused,
    InvalidRequest,
    TriggerNotFound,
    WorkflowNotFound,
)
from tests.api.services.asking import Asking
from tests.api.services.definitions import definition
from tests.controlplane.plane import completed, failed


@pytest.fixture(autouse=True)
async def workflows(asking: Asking) -> None:
    for name in ("flow", "other"):
        await asking.ask("create_workflow", definition=definition(name))


async def pages(asking: Asking, operation: str = "list_executions", **request: Any) -> list[Any]:
    found: list[Any] = []
    cursor = None
    while True:
        page = await asking.ask(operation, cursor=cursor, **request)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found
        assert len(page.items) == request["limit"]


async def make(asking: Asking) -> list[UUID]:
    """Nine executions, one each second. Of every three the first completed, the second failed and the third is open; odd ones belong to `other`."""
    made = []
    worker = await asking.plane.worker()
    for n in range(9):
        await asking.plane.pass_time(1, tick=False)
        started = await asking.ask("run_workflow", workflow="other" if n % 2 else "flow", subject=f"s{n % 2}", input={"n": n})
        made.append(started.execution_id)
        if n % 3 < 2:
            held = (await worker.claim())["work/1"]
            await worker.report(completed(held, {"n": n}) if n % 3 == 0 else failed(held, retryable=False))
    return made


async def test_pages_are_newest_first_and_filtered(asking: Asking) -> None:
    made = await make(asking)
    newest = made[::-1]
    for limit in (1, 2, 4, 9):
        assert [one.id for one in await pages(asking, limit=limit)] == newest
    assert [one.id for one in await pages(asking, limit=2, status=["failed"])] == [made[7], made[4], made[1]]
    assert [one.id for one in await pages(asking, limit=2, status=["failed", "completed", "failed"])] == [n for n in newest if made.index(n) % 3 < 2]
    assert [one.id for one in await pages(asking, limit=2, workflow="other")] == [made[7], made[5], made[3], made[1]]
    assert [one.id for one in await pages(asking, limit=2, workflow="flow", status=["running"])] == [made[8], made[2]]
    assert [one.id for one in await pages(asking, limit=2, subject="s1", status=["completed"])] == [made[3]]
    assert await pages(asking, limit=2, subject="s1", workflow="flow") == []
    assert [one.id for one in await pages(asking, "list_workflow_executions", limit=1, workflow="flow", status=["failed"])] == [made[4]]
    with pytest.raises(WorkflowNotFound):
        await asking.ask("list_executions", workflow="nothing")


async def test_times_bound_a_page_the_first_included(asking: Asking) -> None:
    made = await make(asking)
    at = {one.id: one.created_at for one in await pages(asking, limit=100)}
    found = await pages(asking, limit=2, created_after=at[made[3]], created_before=at[made[6]])
    assert [one.id for one in found] == [made[5], made[4], made[3]]
    assert [one.id for one in await pages(asking, limit=2, created_after=at[made[8]])] == [made[8]]
    with pytest.raises(ValidationError, match="the time has no zone"):
        await pages(asking, limit=2, created_after=at[made[8]].replace(tzinfo=None))
    assert await pages(asking, limit=2, created_after=at[made[8]] + timedelta(days=1)) == []


async def test_pages_are_stable_while_executions_start(asking: Asking) -> None:
    made = await make(asking)
    first = await asking.ask("list_executions", limit=4)
    await asking.ask("run_workflow", workflow="flow")
    second = await asking.ask("list_executions", limit=4, cursor=first.next_cursor)
    assert [one.id for one in [*first.items, *second.items]] == made[::-1][:8]


async def test_executions_of_one_transaction_are_paged_without_a_gap(asking: Asking) -> None:
    await asking.plane.control.start_executions("flow", [{}] * 25)
    found = [one.id for one in await pages(asking, limit=4)]
    assert len(found) == len(set(found)) == 25


@pytest.mark.parametrize(
    "cursor", ["a", "bm90IGpzb24", "W10", "WyIyMDI2IiwieCJd", "WyIyMDI2LTAxLTAxIiwiMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAwIl0", "_" * 500]
)
async def test_a_made_up_cursor_is_refused(asking: Asking, cursor: str) -> None:
    with pytest.raises(InvalidRequest, match="cursor"):
        await asking.ask("list_executions", cursor=cursor)


async def test_counts_are_of_each_status(asking: Asking) -> None:
    await make(asking)
    counts = {one.status: (one.count, one.at_least) for one in (await asking.ask("count_executions")).counts}
    assert {status: count for status, (count, _) in counts.items() if count} == {"completed": 3, "failed": 3, "running": 3}
    assert len(counts) == 8
    assert not any(at_least for _, at_least in counts.values())
    of_one = {one.status: one.count for one in (await asking.ask("count_executions", workflow="other", subject="s1")).counts}
    assert {status: count for status, count in of_one.items() if count} == {"completed": 1, "failed": 2, "running": 1}


async def test_an_execution_is_returned_with_its_path(asking: Asking) -> None:
    [first, second, third, *_] = await make(asking)
    whole = await asking.ask("get_execution", execution_id=first)
    assert (whole.status, whole.input, whole.output, whole.retries, whole.root_id) == ("completed", {"n": 0}, {"work": {"n": 0}}, [], first)
    assert [(step.node_id, step.status, step.port) for step in whole.run_data.execution_path] == [
        ("start", "completed", ["main"]),
        ("work", "completed", ["main"]),
    ]
    assert whole.run_data.node_results["work"].output_data == {"n": 0}
    broken = await asking.ask("get_execution", execution_id=second, run_data=False)
    assert (broken.run_data, broken.error.code) == (None, "broken")
    items = (await asking.ask("list_execution_assignments", execution_id=third)).items
    assert [item.node_id for item in items] == ["start", "work"]
    later = (await asking.ask("list_execution_assignments", execution_id=third, since=items[0].change_number)).items
    assert [item.node_id for item in later] == ["work"]
    one = await asking.ask("get_assignment", execution_id=first, assignment_id=whole.run_data.execution_path[1].assignment_id)
    assert (one.input, one.output, one.idempotency_key) == ({"n": 0}, {"n": 0}, f"{first}:work:1")
    for operation in ("get_execution", "list_execution_assignments", "explain_execution", "cancel_execution", "suspend_execution"):
        with pytest.raises(ExecutionNotFound):
            await asking.ask(operation, execution_id=uuid4())
    with pytest.raises(ExecutionNotFound):
        await asking.ask("get_assignment", execution_id=first, assignment_id=uuid4())


async def test_operators_change_executions_under_their_names(asking: Asking) -> None:
    execution = (await asking.ask("run_workflow", workflow="flow")).execution_id
    bob = asking.as_another("bob@example.org")
    assert (await bob.ask("suspend_execution", execution_id=execution)).changed
    assert not (await bob.ask("suspend_execution", execution_id=execution)).changed
    assert (await asking.ask("get_execution", execution_id=execution)).suspended_by == "bob@example.org"
    [reason, *_] = (await asking.ask("explain_execution", execution_id=execution)).reasons
    assert reason.message
    assert (await asking.ask("continue_execution", execution_id=execution)).changed
    with pytest.raises(ExecutionNotEnded):
        await asking.ask("retry_execution", execution_id=execution)
    cancelled = await asking.ask("cancel_execution", execution_id=execution, reason="no longer wanted")
    assert (cancelled.changed, cancelled.status) == (True, "cancelled")
    with pytest.raises(ExecutionEnded):
        await asking.ask("suspend_execution", execution_id=execution)
    audit = (await asking.ask("get_execution", execution_id=execution)).audit
    assert [(entry.actor, entry.action) for entry in audit] == [
        ("bob@example.org", "suspend"),
        ("ann@example.org", "continue"),
        ("ann@example.org", "cancel"),
    ]


async def test_a_retry_with_a_key_is_made_once(asking: Asking) -> None:
    [_, broken, *_] = await make(asking)
    first = await asking.ask("retry_execution", execution_id=broken, idempotency_key="k")
    again = await asking.ask("retry_execution", execution_id=broken, idempotency_key="k")
    assert (first.created, again.created, again.execution_id) == (True, False, first.execution_id)
    another = await asking.ask("retry_execution", execution_id=broken)
    assert another.created
    assert (await asking.ask("get_execution", execution_id=broken)).retries == [first.execution_id, another.execution_id]
    assert (await asking.ask("get_execution", execution_id=first.execution_id)).retried_from == broken
    await asking.ask("run_workflow", workflow="other", idempotency_key="started")
    with pytest.raises(BadRequest, match="no retry of this one"):
        await asking.ask("retry_execution", execution_id=broken, idempotency_key="started")


async def test_a_run_with_a_key_is_started_once_and_what_cannot_start_says_why(asking: Asking) -> None:
    first = await asking.ask("run_workflow", workflow="flow", idempotency_key="k", input={"a": 1})
    again = await asking.ask("run_workflow", workflow="flow", idempotency_key="k", input={"a": 1.0}, version=1)
    assert (first.created, again.created, again.execution_id) == (True, False, first.execution_id)
    for other in ({}, {"input": {"a": 2}}, {"input": {"a": 1}, "subject": "s"}):
        with pytest.raises(IdempotencyKeyReused, match=str(first.execution_id)):
            await asking.ask("run_workflow", workflow="flow", idempotency_key="k", **other)
    await asking.ask("update_workflow", workflow="flow", definition=definition("flow", code="result = {'a': 1}"))
    assert (await asking.ask("run_workflow", workflow="flow", idempotency_key="k", input={"a": 1})).execution_id == first.execution_id
    with pytest.raises(IdempotencyKeyReused):
        await asking.ask("run_workflow", workflow="flow", idempotency_key="k", input={"a": 1}, version=2)
    with pytest.raises(TriggerNotFound):
        await asking.ask("run_workflow", workflow="flow", trigger="work")
    deep: Any = {}
    for _ in range(2_000):
        deep = {"a": deep}
    for bad in ({"a": "\0"}, {"\ud800": 1}, {"a": float("nan")}, {"a": 10**4300}, deep):
        with pytest.raises(InvalidRequest, match="input"):
            await asking.ask("run_workflow", workflow="flow", input=bad)
    large = await asking.ask("run_workflow", workflow="flow", input={"a": 2**70})
    assert (await asking.ask("get_execution", execution_id=large.execution_id)).input == {"a": 2**70}
    with pytest.raises(InvalidRequest, match="subject"):
        await asking.ask("run_workflow", workflow="flow", subject="a\0b")


async def test_the_trace_of_the_caller_reaches_the_worker(asking: Asking) -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await asking.ask("run_workflow", workflow="flow", trace_parent=parent)
    worker = await asking.plane.worker()
    held = (await worker.claim())["work/1"]
    assert held.row["execution"]["trace_parent"] == parent
    await worker.report(failed(held, retryable=False))
    retried = await asking.ask("retry_execution", execution_id=held.execution_id)
    again = (await worker.claim())["work/1"]
    assert (again.execution_id, again.row["execution"]["trace_parent"]) == (retried.execution_id, None)
