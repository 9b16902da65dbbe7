"""Two transactions at once, in a forced order: one is held open until the other waits for it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast

import psycopg
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import ControlPlane

T = TypeVar("T")


class Session:
    """One connection with a control plane of its own, which can hold its transaction open."""

    def __init__(self, connection: psycopg.AsyncConnection[Any], observer: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection
        self._observer = observer
        self.pool = cast("AsyncConnectionPool[Any]", self)  # the typed interfaces use of a pool only what is here
        self.control = ControlPlane(self.pool)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        yield self._connection

    @asynccontextmanager
    async def held_open(self, *, rolled_back: bool = False) -> AsyncIterator[None]:
        """Everything done in the block is one transaction, which ends with the block."""
        async with self._connection.transaction(force_rollback=rolled_back):
            yield

    async def blocked(self, call: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Starts a call on this session and waits until another session blocks it."""
        task = asyncio.create_task(call)
        if not await self.until_blocked(task):
            raise AssertionError(f"it was not blocked: {task.result()!r}")
        return task

    async def until_blocked(self, task: "asyncio.Task[Any]") -> bool:
        """Waits until another session blocks what this session does. Returns False when the task is done instead."""
        async with asyncio.timeout(60):
            while not await self._is_blocked():
                if task.done():
                    return False
                await asyncio.sleep(0.002)
        return True

    async def _is_blocked(self) -> bool:
        cursor = await self._observer.execute("select cardinality(pg_blocking_pids(%s)) > 0", (self._connection.info.backend_pid,))
        row = await cursor.fetchone()
        return bool(row and row[0])
