"""Many requests for the same thing at once: one succeeds, the others are refused, and nothing happens twice."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterable
from typing import Any
from uuid import uuid4

from interlock.errors import InterlockError
from tests.api.services.asking import Asking
from tests.api.services.definitions import definition
from tests.controlplane.plane import failed

TIMES = 20


async def outcomes(asked: Iterable[Awaitable[Any]]) -> tuple[list[Any], Counter[str]]:
    """What was answered, and how often each error was; anything but an error of ours is raised."""
    found = await asyncio.gather(*asked, return_exceptions=True)
    refused = [one for one in found if isinstance(one, BaseException)]
    for one in refused:
        if not isinstance(one, InterlockError):
            raise one
    return [one for one in found if not isinstance(one, BaseException)], Counter(type(one).__name__ for one in refused)


def coded(n: int, name: str = "flow") -> dict[str, Any]:
    return definition(name, code=f"result = {{'n': {n}}}")


async def test_of_many_updates_over_one_version_one_is_saved(asking: Asking) -> None:
    await asking.ask("create_workflow", definition=definition())
    saved, refused = await outcomes(asking.ask("update_workflow", workflow="flow", definition=coded(n), expected_version=1) for n in range(TIMES))
    assert ([one.version for one in saved], refused) == ([2], {"VersionConflict": TIMES - 1})
    assert [one.version for one in (await asking.ask("list_versions", workflow="flow")).items] == [2, 1]


async def test_updates_that_expect_nothing_are_all_versions(asking: Asking) -> None:
    await asking.ask("create_workflow", definition=definition())
    saved, refused = await outcomes(asking.ask("update_workflow", workflow="flow", definition=coded(n)) for n in range(TIMES))
    assert (sorted(one.version for one in saved), refused) == (list(range(2, TIMES + 2)), {})


async def test_of_many_workflows_of_one_name_one_is_created(asking: Asking) -> None:
    saved, refused = await outcomes(asking.ask("create_workflow", definition=coded(n)) for n in range(TIMES))
    assert ([one.created for one in saved], refused) == ([True], {"NameTaken": TIMES - 1})
    again, refused = await outcomes(asking.ask("create_workflow", definition=coded(0, "other")) for _ in range(TIMES))
    assert (sorted(one.created for one in again), len({one.id for one in again}), refused) == ([False] * (TIMES - 1) + [True], 1, {})


async def test_of_many_renames_to_one_name_one_is_made(asking: Asking) -> None:
    for n in range(TIMES):
        await asking.ask("create_workflow", definition=coded(n, f"flow {n}"))
    saved, refused = await outcomes(asking.ask("update_workflow", workflow=f"flow {n}", definition=coded(n, "one")) for n in range(TIMES))
    assert (len(saved), refused) == (1, {"NameTaken": TIMES - 1})


async def test_creating_and_deleting_one_name_leaves_one_or_none(asking: Asking) -> None:
    await asking.ask("create_workflow", definition=definition())
    for _ in range(5):
        asked = [asking.ask("delete_workflow", workflow="flow") for _ in range(4)]
        asked += [asking.ask("create_workflow", definition=definition()) for _ in range(8)]
        _, refused = await outcomes(asked)
        assert set(refused) <= {"WorkflowNotFound"}
    assert len((await asking.ask("list_workflows")).items) <= 1


async def test_one_key_starts_one_execution(asking: Asking) -> None:
    await asking.ask("create_workflow", definition=definition())
    started, refused = await outcomes(asking.ask("run_workflow", workflow="flow", idempotency_key="k", input={"n": 1}) for _ in range(TIMES))
    assert (len({one.execution_id for one in started}), [one.created for one in started].count(True), refused) == (1, 1, {})
    assert len((await asking.ask("list_executions")).items) == 1


async def test_of_many_requests_with_one_key_one_is_granted(asking: Asking) -> None:
    await asking.ask("create_workflow", definition=definition())
    started, refused = await outcomes(asking.ask("run_workflow", workflow="flow", idempotency_key="k", input={"n": n}) for n in range(TIMES))
    assert ([one.created for one in started], refused) == ([True], {"IdempotencyKeyReused": TIMES - 1})


async def test_one_key_retries_once(asking: Asking) -> None:
    await asking.ask("create_workflow", definition=definition())
    execution = (await asking.ask("run_workflow", workflow="flow")).execution_id
    worker = await asking.plane.worker()
    await worker.report(failed((await worker.claim())["work/1"], retryable=False))
    retried, refused = await outcomes(asking.ask("retry_execution", execution_id=execution, idempotency_key="k") for _ in range(TIMES))
    assert (len({one.execution_id for one in retried}), [one.created for one in retried].count(True), refused) == (1, 1, {})
    assert len((await asking.ask("get_execution", execution_id=execution)).retries) == 1


async def test_of_many_who_cancel_one_does(asking: Asking) -> None:
    await asking.ask("create_workflow", definition=definition())
    execution = (await asking.ask("run_workflow", workflow="flow")).execution_id
    cancelled, refused = await outcomes(asking.ask("cancel_execution", execution_id=execution) for _ in range(TIMES))
    assert ([one.changed for one in cancelled].count(True), {one.status for one in cancelled}, refused) == (1, {"cancelled"}, {})
    assert [entry.action for entry in (await asking.ask("get_execution", execution_id=execution)).audit] == ["cancel"]


async def test_executions_started_before_a_workflow_was_deleted_continue(asking: Asking) -> None:
    await asking.ask("create_workflow", definition=definition())
    asked = [asking.ask("run_workflow", workflow="flow") for _ in range(TIMES)]
    asked.insert(TIMES // 2, asking.ask("delete_workflow", workflow="flow"))
    answers, refused = await outcomes(asked)
    started = [one.execution_id for one in answers if hasattr(one, "execution_id")]
    assert len(started) + refused["WorkflowNotFound"] == TIMES
    await (await asking.plane.worker()).work(1)
    assert {(await asking.ask("get_execution", execution_id=one)).status for one in started} == {"completed"}
    assert len((await asking.ask("list_executions", limit=100)).items) == len(started)


async def test_workers_that_claim_at_once_get_each_assignment_once(asking: Asking) -> None:
    await asking.ask("create_workflow", definition=definition())
    for _ in range(TIMES):
        await asking.ask("run_workflow", workflow="flow")
    claims = (asking.ask("claim_assignments", worker_id=uuid4(), request=1, queues=["default"], limit=5, lease_seconds=60) for _ in range(TIMES // 2))
    claimed, refused = await outcomes(claims)
    taken = [item.assignment_id for one in claimed for item in one.items]
    assert (len(taken), len(set(taken)), refused) == (TIMES, TIMES, {})
