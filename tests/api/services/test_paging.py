"""Every list in pages: whatever changes meanwhile, no item that was there is missed, and none comes twice."""

import itertools
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from interlock.errors import InvalidRequest, WorkflowNotFound
from tests.api.services.asking import Asking
from tests.api.services.definitions import definition
from tests.controlplane.plane import completed, failed


async def pages(
    asking: Asking, operation: str, between: Callable[[int], Awaitable[object]] | None = None, *, limit: int = 3, **request: Any
) -> list[Any]:
    """All items; `between` is called after each page."""
    found: list[Any] = []
    cursor = None
    for page_no in itertools.count():
        page = await asking.ask(operation, cursor=cursor, limit=limit, **request)
        assert len(page.items) <= limit
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found
        assert page_no < 100
        if between is not None:
            await between(page_no)
    return found


def once(found: list[Any], key: str) -> list[Any]:
    keys = [getattr(one, key) for one in found]
    assert [each for each, count in Counter(keys).items() if count > 1] == []
    return keys


async def test_workflows_are_made_renamed_and_deleted_between_pages(asking: Asking) -> None:
    names = [f"{letter}{n}" for letter in "bdfh" for n in range(3)]
    for name in names:
        await asking.ask("create_workflow", definition=definition(name))

    async def between(page_no: int) -> None:
        for letter in "aceg":
            await asking.ask("create_workflow", definition=definition(f"{letter} page {page_no}"))

    found = once(await pages(asking, "list_workflows", between), "name")
    assert [name for name in found if name in names] == sorted(names)
    assert found == sorted(found)


async def test_a_workflow_deleted_between_pages_hides_no_other(asking: Asking) -> None:
    names = [f"w{n:02}" for n in range(10)]
    for name in names:
        await asking.ask("create_workflow", definition=definition(name))

    async def between(page_no: int) -> None:
        if page_no == 0:
            await asking.ask("delete_workflow", workflow="w02")  # the last one seen, whose name is in the cursor
            await asking.ask("delete_workflow", workflow="w05")

    assert once(await pages(asking, "list_workflows", between), "name") == [name for name in names if name != "w05"]


async def test_versions_are_saved_between_pages(asking: Asking) -> None:
    await asking.ask("create_workflow", definition=definition())
    saved = itertools.count(1)

    async def save(_: int) -> None:
        await asking.ask("update_workflow", workflow="flow", definition=definition(code=f"result = {{'n': {next(saved)}}}"))

    for _ in range(9):
        await save(0)
    assert once(await pages(asking, "list_versions", save, workflow="flow"), "version") == list(range(10, 0, -1))


@pytest.mark.parametrize(("operation", "request_of"), [("list_executions", {}), ("list_workflow_executions", {"workflow": "flow"})])
async def test_executions_start_and_end_between_pages(asking: Asking, operation: str, request_of: dict[str, Any]) -> None:
    await asking.ask("create_workflow", definition=definition())
    made = [(await asking.ask("run_workflow", workflow="flow")).execution_id for _ in range(12)]
    worker = await asking.plane.worker()

    async def between(_: int) -> None:
        await asking.ask("run_workflow", workflow="flow")
        for held in (await worker.exchange(limit=2))[1]:
            await worker.report(completed(held))

    assert once(await pages(asking, operation, between, **request_of), "id") == made[::-1]


async def test_assignments_open_and_close_between_pages(asking: Asking) -> None:
    await asking.ask("create_workflow", definition=definition())
    made = [(await asking.ask("run_workflow", workflow="flow")).execution_id for _ in range(12)]
    worker = await asking.plane.worker()
    seen: set[UUID] = set()

    async def between(_: int) -> None:
        seen.add((await asking.ask("run_workflow", workflow="flow")).execution_id)
        [held] = (await worker.exchange(limit=1))[1]
        await worker.report(completed(held))

    found = once(await pages(asking, "list_assignments", between), "execution_id")
    assert [one for one in found if one in made] == made, "those that closed had been listed: the oldest come first and are done first"
    assert set(found) - set(made) <= seen


async def test_counts_are_those_of_the_lists(asking: Asking) -> None:
    for name in ("flow", "other"):
        await asking.ask("create_workflow", definition=definition(name))
    worker = await asking.plane.worker()
    for n in range(24):
        execution = (await asking.ask("run_workflow", workflow="other" if n % 3 else "flow", subject=f"s{n % 2}")).execution_id
        match n % 4:
            case 0:
                await asking.ask("cancel_execution", execution_id=execution)
            case 1:
                await worker.report(completed((await worker.claim())["work/1"]))
            case 2:
                await worker.report(failed((await worker.claim())["work/1"], retryable=False))
            case _:
                await worker.claim()
    chosen: list[dict[str, Any]] = [{}, {"workflow": "flow"}, {"workflow": "other"}, {"subject": "s1"}, {"workflow": "other", "subject": "s0"}]
    for request in chosen:
        counts = {one.status: one.count for one in (await asking.ask("count_executions", **request)).counts}
        for status, count in counts.items():
            assert len(await pages(asking, "list_executions", status=[status], **request)) == count, (request, status)
        everything = await pages(asking, "list_executions", **request)
        assert len(everything) == sum(counts.values())
        assert Counter(one.status for one in everything) == Counter({status: count for status, count in counts.items() if count})
    of_one = await pages(asking, "list_workflow_executions", workflow="flow", status=["failed", "completed"])
    assert {one.status for one in of_one} == {"failed", "completed"}


async def test_a_cursor_of_another_list_is_refused(asking: Asking) -> None:
    for n in range(3):
        await asking.ask("create_workflow", definition=definition(f"flow {n}"))
        await asking.ask("run_workflow", workflow=f"flow {n}")
        await asking.ask("update_workflow", workflow=f"flow {n}", definition=definition(f"flow {n}", code="result = {'n': 1}"))
    lists: dict[str, dict[str, Any]] = {
        "list_workflows": {},
        "list_versions": {"workflow": "flow 0"},
        "list_executions": {},
        "list_assignments": {},
    }
    cursors = {name: (await asking.ask(name, limit=1, **request)).next_cursor for name, request in lists.items()}
    assert all(cursors.values())
    for name, request in lists.items():
        for other, cursor in cursors.items():
            if name != other and not (name == "list_workflows" and other == "list_versions"):  # a number is a name, too
                with pytest.raises(InvalidRequest, match="cursor"):
                    await asking.ask(name, cursor=cursor, **request)
    for operation in ("list_executions", "count_executions", "list_assignments", "list_workflow_executions", "list_versions"):
        with pytest.raises(WorkflowNotFound):
            await asking.ask(operation, workflow="nothing of this name")
