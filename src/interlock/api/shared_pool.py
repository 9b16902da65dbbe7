"""The connections of an API process, shared so that no operation can take all of them.

A table that is locked, or a query that takes long, holds the connections of those who ask for it. Here one operation holds at most half of them; and
while its calls get no lock in time, only one of them tries. So a lock stops what needs it, and nothing else.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any, Final

import psycopg
from psycopg_pool import PoolTimeout

from interlock.controlplane import open_pool
from interlock.controlplane.connecting import SESSION
from interlock.controlplane.pool import DatabasePool

LOCK_SECONDS: Final = 0.8
"""How long a statement waits for a lock."""
TURN_SECONDS: Final = 1.6
"""How long a call waits for its turn while no other call of its operation gets done."""
POOL_SECONDS: Final = 0.9
"""How long a call that has its turn waits for a connection. With the time for a lock, the caller gets an answer within two seconds."""

_purpose: ContextVar[str] = ContextVar("purpose", default="other")


@contextmanager
def connections_for(purpose: str) -> Iterator[None]:
    """Counts the connections that the block takes for one purpose: the name of an operation, or of what comes before all of them."""
    token = _purpose.set(purpose)
    try:
        yield
    finally:
        _purpose.reset(token)


def open_shared_pool(conninfo: str, *, limit: int) -> AbstractAsyncContextManager[DatabasePool]:
    """Opens a pool of at most `limit` (1 or more) connections, as `open_pool` does."""
    session = SESSION | {"lock_timeout": f"{LOCK_SECONDS * 1000:.0f}ms"}
    return open_pool(conninfo, limit=limit, seconds=POOL_SECONDS, session=session, kind=SharedPool)


class SharedPool(DatabasePool):
    """A pool in which every purpose has its turns."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._turns: dict[str, Turns] = {}

    @asynccontextmanager
    async def connection(self, timeout: float | None = None) -> AsyncIterator[Any]:  # noqa: ASYNC109 - as its parent has it
        purpose = _purpose.get()
        turns = self._turns.get(purpose) or self._turns.setdefault(purpose, Turns(purpose, max(1, self.max_size // 2)))
        async with turns.take(), super().connection(timeout) as connection:
            yield connection


class Turns:
    """The calls of one purpose: at most `limit` at once, and one while they fail."""

    def __init__(self, purpose: str, limit: int) -> None:
        self._purpose = purpose
        self._limit = limit
        self._is_failing = False
        self._in_use = 0
        self._done = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        """Takes a turn for the duration of the block, in the order of arrival.

        Raises:
            PoolTimeout: those who have a turn get no answer, or none of them gets done in time.
        """
        if self._waiting or self._free == 0:
            await self._wait()
        else:
            self._in_use += 1
        try:
            yield
        except psycopg.OperationalError:
            self._is_failing = True
            self._refuse_all()
            raise
        except Exception:
            self._is_failing = False
            raise
        else:
            self._is_failing = False
        finally:
            self._done += 1
            self._give_back()

    @property
    def _free(self) -> int:
        return max(0, (1 if self._is_failing else self._limit) - self._in_use)

    async def _wait(self) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            while not turn.done():
                done = self._done
                await asyncio.wait([turn], timeout=TURN_SECONDS)
                if self._done == done and not turn.done():
                    raise self._refusal()
        except BaseException:
            if turn in self._waiting:
                self._waiting.remove(turn)
            elif turn.exception() is None:
                self._give_back()
            raise
        turn.result()

    def _give_back(self) -> None:
        self._in_use -= 1
        while self._waiting and self._free > 0:
            self._in_use += 1
            self._waiting.popleft().set_result(None)

    def _refuse_all(self) -> None:
        while self._waiting:
            self._waiting.popleft().set_exception(self._refusal())

    def _refusal(self) -> PoolTimeout:
        return PoolTimeout(f"what {self._purpose} needs is locked, or takes long")
