"""A listener that registers while an execution ends: whoever commits first, its end is found."""

from contextlib import AsyncExitStack
from typing import Any

import pytest
from psycopg_pool import AsyncConnectionPool

from interlock.insight import ended_executions
from interlock.insight.ended_executions import EndedExecutions
from tests.controlplane.plane import Plane
from tests.controlplane.test_ended_executions import waits
from tests.model.graphs import step
from tests.races.conftest import OpenSession
from tests.worker.engine import until

SECONDS = 60


async def test_an_end_that_began_before_the_registration_and_commits_after_the_look_is_found_by_a_later_look(
    pool: AsyncConnectionPool[Any], plane: Plane, session: OpenSession
) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    ending = await session()
    async with AsyncExitStack() as stack:
        async with ending.held_open():
            await ending.control.cancel(execution)  # it has looked for listeners, and found none
            ended = await stack.enter_async_context(EndedExecutions(pool))
            await ended.until_listening(SECONDS)
            waiting = await waits(ended, execution)
        assert await waiting == "cancelled"
        assert execution not in ended._announced, "nothing was announced"
    assert await plane.value("select count(*) from interlock.listeners") == 0


async def test_an_end_after_the_registration_is_announced_though_its_transaction_began_before(
    pool: AsyncConnectionPool[Any], plane: Plane, session: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ended_executions, "ASK_SECONDS", 3600.0)
    monkeypatch.setattr(ended_executions, "LONGEST_ASK_SECONDS", 3600.0)
    await plane.deploy([step("A")], ["S -> A"])
    other, execution = await plane.start(), await plane.start()
    ending = await session()
    async with EndedExecutions(pool) as ended:
        async with ending.held_open():
            await ending.control.suspend(other)
            await ended.until_listening(SECONDS)
            await ending.control.cancel(execution)
            waiting = await waits(ended, execution)
        assert await waiting == "cancelled"
        await until(lambda: execution in ended._announced)  # the look that is under way may have found it before


async def test_looks_double_their_pauses_after_a_registration(pool: AsyncConnectionPool[Any], plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """So an end that committed late is found at most as long after it as the registration was before it."""
    monkeypatch.setattr(ended_executions, "ASK_SECONDS", 0.01)
    monkeypatch.setattr(ended_executions, "LONGEST_ASK_SECONDS", 0.08)
    await plane.deploy([step("A")], ["S -> A"])
    async with EndedExecutions(pool) as ended:
        await ended.until_listening(SECONDS)
        pauses: list[float] = []
        drawn = ended._pauses.next_seconds

        def draw() -> float:
            pauses.append(drawn())
            return pauses[-1]

        ended._pauses.reset()
        monkeypatch.setattr(ended._pauses, "next_seconds", draw)
        execution = await plane.start()
        waiting = await waits(ended, execution)
        await until(lambda: len(pauses) >= 6)
        await plane.control.cancel(execution)
        assert await waiting == "cancelled"
    assert pauses[:6] == [0.01, 0.02, 0.04, 0.08, 0.08, 0.08]
