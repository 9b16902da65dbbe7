"""An answer about an execution is bounded, however long the execution is, and everything about it can be read."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from interlock.api.operations import OPERATIONS
from interlock.api.settings import MEBIBYTE
from interlock.errors import InvalidRequest
from interlock.insight import metrics, open_assignments
from tests.api.services.asking import Asking
from tests.api.services.wide import BRANCHES, run_wide, wide
from tests.controlplane.plane import completed


async def parts(asking: Asking, execution: UUID, **request: Any) -> list[Any]:
    """Every part of the path, as bytes over the wire are made of it."""
    found: list[Any] = []
    cursor = None
    while True:
        answer = await asking.ask("get_execution", execution_id=execution, run_data_cursor=cursor, **request)
        assert len(answer.model_dump_json()) < 4 * MEBIBYTE
        found.append(answer.run_data)
        assert found[-1].truncated == (found[-1].next_cursor is not None)
        cursor = found[-1].next_cursor
        if cursor is None:
            return found


async def test_tens_of_mebibytes_are_returned_in_bounded_parts(asking: Asking) -> None:
    execution = await run_wide(asking, MEBIBYTE - 100)
    found = await parts(asking, execution)
    steps = [step for part in found for step in part.execution_path]
    names = [step.node_id for step in steps]
    assert len(found) == BRANCHES + 1
    assert sorted(names) == sorted({"start", "all", *(f"b{n}" for n in range(BRANCHES))})
    assert (names[0], names[-1]) == ("start", "all")
    assert sum(len(step.output_data[f"{step.node_id}/1"]) for step in steps[1:-1]) == BRANCHES * (MEBIBYTE - 100)
    assert {name for part in found for name in part.node_results} == set(names)
    assert [step.left_out for step in steps] == [[]] * (len(steps) - 1) + [["input_data"]]
    assert steps[-1].input_data is None
    assert len(found[-1].execution_path) == 1, "what was put together to be left out is the last of its part"
    whole = await asking.ask("get_assignment", execution_id=execution, assignment_id=steps[-1].assignment_id)
    assert len(whole.input) == BRANCHES


async def test_a_long_path_is_returned_in_parts_of_the_requested_size(asking: Asking) -> None:
    execution = await run_wide(asking, 10)
    (whole,) = await parts(asking, execution)
    in_parts = await parts(asking, execution, run_data_limit=4)
    assert [len(part.execution_path) for part in in_parts] == [4] * 6 + [2]
    assert [step for part in in_parts for step in part.execution_path] == whole.execution_path
    assert {name: result for part in in_parts for name, result in part.node_results.items()} == whole.node_results
    assert (await asking.ask("get_execution", execution_id=execution, run_data=False)).run_data is None


async def test_new_steps_are_returned_in_a_later_part_and_none_twice(asking: Asking) -> None:
    await asking.ask("create_workflow", definition=wide())
    execution = (await asking.ask("run_workflow", workflow="wide")).execution_id
    worker = await asking.plane.worker()
    claimed = await worker.claim()
    first = (await asking.ask("get_execution", execution_id=execution, run_data_limit=20)).run_data
    await worker.report(*(completed(held, {held.name: 1}) for held in claimed.values()))
    rest = (await asking.ask("get_execution", execution_id=execution, run_data_cursor=first.next_cursor)).run_data
    ids = [step.assignment_id for step in [*first.execution_path, *rest.execution_path]]
    assert len(ids) == len(set(ids)) == BRANCHES + 2


async def test_a_cursor_of_another_execution_is_refused(asking: Asking) -> None:
    execution = await run_wide(asking, 10)
    another = (await asking.ask("run_workflow", workflow="wide")).execution_id
    cursor = (await asking.ask("get_execution", execution_id=execution, run_data_limit=1)).run_data.next_cursor
    of_a_list = (await asking.ask("list_executions", limit=1)).next_cursor
    for wrong in (cursor, of_a_list):
        with pytest.raises(InvalidRequest, match="cursor"):
            await asking.ask("get_execution", execution_id=another, run_data_cursor=wrong)


async def test_visits_are_returned_in_pages_in_the_order_of_their_changes(asking: Asking) -> None:
    await asking.ask("create_workflow", definition=wide())
    execution = (await asking.ask("run_workflow", workflow="wide")).execution_id
    worker = await asking.plane.worker()
    claimed = await worker.claim()
    first = await asking.ask("list_execution_assignments", execution_id=execution, limit=10)
    held = next(held for held in claimed.values() if held.assignment_id == first.items[1].id)
    await worker.report(completed(held, {}))
    seen = {item.id: item for item in first.items}
    since = first.next_since
    while since is not None:
        page = await asking.ask("list_execution_assignments", execution_id=execution, since=since, limit=10)
        assert len(page.items) <= 10
        seen |= {item.id: item for item in page.items}
        since = page.next_since
    assert len(seen) == BRANCHES + 2  # the join holds
    assert seen[held.assignment_id].status == "completed"


async def test_the_oldest_open_assignments_are_explained(asking: Asking) -> None:
    await asking.ask("create_workflow", definition=wide())
    execution = (await asking.ask("run_workflow", workflow="wide")).execution_id
    await asking.ask("suspend_execution", execution_id=execution)
    some = await asking.ask("explain_execution", execution_id=execution, limit=3)
    assert ([reason.reason for reason in some.reasons][:1], len(some.reasons), some.truncated) == (["suspended"], 4, True)
    every = await asking.ask("explain_execution", execution_id=execution)
    assert (every.reasons[:4], every.truncated) == (some.reasons, False)
    assert len(every.reasons) == BRANCHES + 1


async def test_the_other_lists_of_an_execution_are_bounded_too(asking: Asking) -> None:
    execution = await run_wide(asking, 10)
    for number in range(60):
        await asking.plane.control.retry(execution, "all", by=f"person {number}")
    await asking.plane.execute(
        "insert into interlock.audit_log (at, actor, action, execution_id, details) "
        "select interlock.now(), 'loop ' || n, 'suspend', %s, '{}' from generate_series(1, 150) n",
        execution,
    )
    await asking.plane.execute("update interlock.executions set context = jsonb_build_object('a', repeat('x', 5000000)) where id = %s", execution)
    found = await asking.ask("get_execution", execution_id=execution)
    assert (len(found.retries), len(found.audit), found.audit[-1].actor) == (60, 100, "loop 150")
    assert (found.context, found.left_out, found.input) == ({}, ["context"], {})


@pytest.mark.parametrize("wrong", [{"run_data_limit": 0}, {"run_data_limit": 1_001}, {"run_data_cursor": "_" * 501}])
def test_limits_have_limits(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        OPERATIONS["get_execution"].request.model_validate({"execution_id": uuid4(), **wrong})


async def test_made_up_workers_and_queues_do_not_fill_an_answer(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_assignments, "QUEUE_LIMIT", 60)
    monkeypatch.setattr(metrics, "SERIES_LIMIT", 3)
    await asking.ask("create_workflow", definition=wide())
    await asking.ask("run_workflow", workflow="wide")
    for number in range(4):
        queues = [f"a{number}.{n}" for n in range(50)]
        await asking.ask("claim_assignments", worker_id=uuid4(), worker_name=f"made up {number}", request=1, queues=queues)
    listed = (await asking.ask("list_queues")).items
    assert len(listed) == 60
    assert "default" in {queue.queue for queue in listed}, "what has work is not pushed out"
    text = (await metrics.metrics_text(asking.services.pool)).decode()
    assert text.count("interlock_worker_alive{") == 3


async def test_only_the_newest_of_many_attempts_are_returned(asking: Asking) -> None:
    await asking.ask("create_workflow", definition=wide())
    execution = (await asking.ask("run_workflow", workflow="wide")).execution_id
    assignment = (await asking.ask("list_execution_assignments", execution_id=execution, limit=2)).items[1].id
    await asking.plane.execute(
        "insert into interlock.assignment_attempts (execution_id, assignment_id, attempt, loss_count, outcome, ended_at) "
        "select %s, %s, n, 0, 'failed', interlock.now() + make_interval(secs => n) from generate_series(1, 150) n",
        execution,
        assignment,
    )
    found = await asking.ask("get_assignment", execution_id=execution, assignment_id=assignment)
    assert [attempt.attempt for attempt in found.attempts] == list(range(51, 151))
