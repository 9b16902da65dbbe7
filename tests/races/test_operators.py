"""Operators, starts and saves meet each other."""

from uuid import UUID

import pytest

from tests.controlplane.plane import Plane, failed
from tests.model.graphs import step, workflow
from tests.model.versions import compiled
from tests.races.conftest import OpenSession
from tests.races.transaction import Session


async def test_two_starts_with_one_idempotency_key_make_one_execution(plane: Plane, session: OpenSession) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    left, right = await session(), await session()
    item = [{"input": {}, "idempotency_key": "k"}]
    async with left.held_open():
        [first] = await left.control.start_executions("flow", item)
        starting = await right.blocked(right.control.start_executions("flow", item))
    [second] = await starting
    assert (first.created, second.created) == (True, False)
    assert second.execution_id == first.execution_id
    assert await plane.value("select count(*) from interlock.executions") == 1


async def test_a_start_behind_one_that_is_rolled_back_makes_the_execution(plane: Plane, session: OpenSession) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    left, right = await session(), await session()
    item = [{"input": {}, "idempotency_key": "k"}]
    async with left.held_open(rolled_back=True):
        await left.control.start_executions("flow", item)
        starting = await right.blocked(right.control.start_executions("flow", item))
    [second] = await starting
    assert second.created
    assert await plane.value("select count(*) from interlock.executions") == 1


async def test_two_retries_of_one_execution_make_two(plane: Plane, session: OpenSession) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    old = await plane.start()
    worker = await plane.worker()
    await worker.report(failed((await worker.claim())["A/1"], retryable=False))
    left, right = await session(), await session()
    async with left.held_open():
        first = await left.control.retry(old)
        retrying = await right.blocked(right.control.retry(old))
    second = await retrying
    assert len({old, first, second}) == 3
    assert await plane.visits(first) == await plane.visits(second) == {"A/1": "pending"}


async def test_a_retry_waits_for_a_cancel_and_then_retries(plane: Plane, session: OpenSession) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    old = await plane.start()
    left, right = await session(), await session()
    async with left.held_open():
        await left.control.cancel(old)
        retrying = await right.blocked(right.control.retry(old))
    assert await plane.visits(await retrying) == {"A/1": "pending"}


async def test_of_two_cancels_the_first_counts(plane: Plane, session: OpenSession) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    left, right = await session(), await session()
    async with left.held_open():
        assert await left.control.cancel(execution, "first")
        cancelling = await right.blocked(right.control.cancel(execution, "second"))
    assert not await cancelling
    assert (await plane.execution(execution))["error"]["message"] == "first"


async def test_a_continue_behind_a_suspend_undoes_it(plane: Plane, session: OpenSession) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    left, right = await session(), await session()
    async with left.held_open():
        await left.control.suspend(execution)
        continuing = await right.blocked(right.control.continue_(execution))
    assert await continuing
    assert list(await (await plane.worker()).claim()) == ["A/1"]


async def save(session: Session, *names: str) -> tuple[int, bool]:
    definition = workflow([step(name) for name in names], [f"S -> {name}" for name in names], "flow")
    rows, checksum = compiled(definition)
    saved = await session.control.save_workflow("flow", definition, rows, checksum)
    return saved.version, saved.created


async def test_two_saves_of_a_new_workflow_make_versions_1_and_2(plane: Plane, session: OpenSession) -> None:
    left, right = await session(), await session()
    async with left.held_open():
        assert await save(left, "A") == (1, True)
        saving = await right.blocked(save(right, "B"))
    assert await saving == (2, True)
    assert await plane.value("select current_version from interlock.workflows") == 2


async def test_two_saves_of_the_same_content_make_one_version(plane: Plane, session: OpenSession) -> None:
    left, right = await session(), await session()
    async with left.held_open():
        assert await save(left, "A") == (1, True)
        saving = await right.blocked(save(right, "A"))
    assert await saving == (1, False)
    assert await plane.value("select count(*) from interlock.nodes") == 2


async def test_a_start_during_a_save_takes_the_version_before_it(plane: Plane, session: OpenSession) -> None:
    left, right = await session(), await session()
    await save(left, "A")
    async with left.held_open():
        await save(left, "B")
        [started] = await right.control.start_executions("flow", [{}])
    assert isinstance(started.execution_id, UUID)
    assert await plane.visits(started.execution_id) == {"A/1": "pending"}


@pytest.mark.parametrize("is_deleted_already", [True, False])
async def test_a_save_behind_a_deletion_makes_a_new_workflow(plane: Plane, session: OpenSession, is_deleted_already: bool) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    definition = workflow([step("B")], ["S -> B"], "flow")
    before = await plane.value("select id from interlock.workflows")
    left, right = await session(), await session()
    async with left.held_open():
        async with left.connection() as connection:
            await connection.execute("select from interlock.workflows where id = %s for no key update", (before,))
        if is_deleted_already:
            await left.control.delete_workflow(before)
        saving = await right.blocked(right.control.save_workflow("flow", definition, *compiled(definition), (), only_new=True))
        if not is_deleted_already:
            await left.control.delete_workflow(before)
    saved = await saving
    assert (saved.version, saved.created, saved.workflow_id == before) == (1, True, False)
