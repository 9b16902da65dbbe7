"""The event loop of the executors tells when it has begun everything."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from interlock.worker.executor_loop import ExecutorLoop

LIMIT = 3


@dataclass(eq=False)
class PlayedAssignment:
    """What an executor loop reads of an assignment. Its executor waits for `let_go`, if there is one."""

    let_go: asyncio.Event | None = None
    node: Any = field(default_factory=lambda: SimpleNamespace(executor=SimpleNamespace(isolation="loop", execute=None)))
    queue_index: int = 0
    loop: ExecutorLoop | None = None
    task: asyncio.Task[None] | None = None
    is_unwanted: bool = False


async def execute(held: Any, _: Any) -> Any:
    if held.let_go is not None:
        await held.let_go.wait()
    return {}


@pytest.fixture
async def executors() -> AsyncIterator[ExecutorLoop]:
    loop = ExecutorLoop((LIMIT,), execute, lambda: None, process_limit=1, is_first=True)
    yield loop
    assert await loop.close()


async def until_begun(executors: ExecutorLoop) -> None:
    begun = asyncio.Event()
    executors.call_when_begun(begun.set)
    async with asyncio.timeout(10):
        await begun.wait()


async def test_what_never_waits_has_ended_when_everything_is_begun(executors: ExecutorLoop) -> None:
    held: list[Any] = [PlayedAssignment() for _ in range(500)]
    executors.submit(held)
    await until_begun(executors)
    assert [ended for ended, _ in executors.take_ended()] == held


async def test_an_executor_that_waits_is_not_waited_for(executors: ExecutorLoop) -> None:
    slow: Any = PlayedAssignment(asyncio.Event())
    quick: Any = PlayedAssignment()
    executors.submit([slow, quick])
    await until_begun(executors)
    assert [ended for ended, _ in executors.take_ended()] == [quick]


async def test_what_has_no_slot_is_not_waited_for(executors: ExecutorLoop) -> None:
    held: list[Any] = [*(PlayedAssignment(asyncio.Event()) for _ in range(LIMIT)), PlayedAssignment()]
    executors.submit(held)
    await until_begun(executors)
    assert executors.take_ended() == []
