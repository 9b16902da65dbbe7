"""A worker process that serves some workspaces."""

import pytest

from interlock.controlplane.listener import ListenerState
from interlock.errors import WorkspaceNotFound
from tests.worker.engine import Engine, until


async def test_a_worker_serves_all_workspaces(engine: Engine) -> None:
    other = await engine.add_workspace("other")
    for one in (engine, other):
        await one.deploy("chain", {"a": "ECHO", "b": "ECHO"})
    async with engine.worker():
        ended = await engine.ended(*await engine.start("chain", *[{}] * 20), *await other.start("chain", *[{}] * 20))
    assert {execution["status"] for execution in ended} == {"completed"}


async def test_a_worker_of_named_workspaces_serves_these_alone(engine: Engine) -> None:
    other = await engine.add_workspace("other")
    for one in (engine, other):
        await one.deploy("chain", {"a": "ECHO", "b": "ECHO"})
    async with engine.worker(workspaces=("other",), poll_seconds=3600) as worker:
        await until(lambda: worker.listener_state is ListenerState.LISTENING)
        exchanges = worker.exchange_count
        [ours] = await engine.start("chain", {})
        for _ in range(3):
            await engine.ended(*await other.start("chain", {}))
        assert (await engine.execution(ours))["status"] == "running"
        assert await engine.one("select status from interlock.assignments where execution_id = %s and queue is not null", ours) == "pending"
        assert worker.exchange_count > exchanges
    async with engine.worker(workspaces=("other", "default")):
        await engine.ended(ours)


async def test_a_worker_of_another_workspace_is_not_woken(engine: Engine) -> None:
    await engine.add_workspace("other")
    await engine.deploy("chain", {"a": "ECHO"})
    async with (
        engine.worker(queues={"unused": 1, "default": 1}, poll_seconds=3600) as everywhere,
        engine.worker(workspaces=("other",), poll_seconds=3600) as elsewhere,
    ):
        for worker in (everywhere, elsewhere):
            await until(lambda worker=worker: worker.listener_state is ListenerState.LISTENING)  # type: ignore[misc]
        await until(lambda: elsewhere.exchange_count > 1)
        before = elsewhere.exchange_count
        for _ in range(5):
            await engine.ended(*await engine.start("chain", {}, {}))
        assert elsewhere.exchange_count == before


async def test_a_worker_of_a_workspace_that_there_is_not_ends_with_the_reason(engine: Engine) -> None:
    with pytest.raises(ExceptionGroup) as ended:
        async with engine.worker(workspaces=("nobody",)) as worker:
            await until(lambda: worker.exchange_count > 0)
    assert ended.value.subgroup(WorkspaceNotFound)


async def test_a_workspace_that_was_renamed_keeps_its_worker(engine: Engine) -> None:
    other = await engine.add_workspace("other")
    await other.deploy("chain", {"a": "ECHO"})
    async with engine.worker(workspaces=("other",)):
        await engine.rows("update interlock.workspaces set name = 'renamed' where name = 'other' returning 1")
        await engine.ended(*await other.start("chain", {}))
