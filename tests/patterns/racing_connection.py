"""Connections of workers that race: the exchange of one can be held open while that of the other runs, be rolled back, or lose its reply."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import psycopg
from psycopg_pool import AsyncConnectionPool

Fate = Literal["kept", "undone", "unheard"]
"""The exchange is committed and answered; or rolled back and sent again; or committed, its reply lost, and sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What happens to the next exchange of a worker."""

    fate: Fate
    executed: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)


class RacingConnection(psycopg.AsyncConnection[Any]):
    """The connection of one worker, and its pool too."""

    hold: Hold | None = None

    @property
    def pool(self) -> AsyncConnectionPool[Any]:
        return cast("AsyncConnectionPool[Any]", OneConnection(self))

    async def execute(self, query: Any, params: Any = None, **more: Any) -> Any:
        hold = self.hold
        if hold is None or not str(query).startswith("select interlock.exchange("):
            return await super().execute(query, params, **more)
        self.hold = None
        await super().execute("begin")
        cursor = await super().execute(query, params, **more)
        hold.executed.set()
        await hold.released.wait()
        await super().execute("rollback" if hold.fate == "undone" else "commit")
        return cursor if hold.fate == "kept" else await super().execute(query, params, **more)


class OneConnection:
    """Stands in for a pool, for one caller at a time."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        yield self._connection
