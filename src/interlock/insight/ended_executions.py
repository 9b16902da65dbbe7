"""Waits for the ends of executions, in a program that has the database."""

import asyncio
import logging
from collections.abc import Sequence
from types import TracebackType
from typing import Final, LiteralString, Self
from uuid import UUID

from interlock.backoff import Backoff
from interlock.clock import Clock, Signal
from interlock.errors import DatabaseUnavailable, ExecutionNotFound
from interlock.insight.end_listener import EndListener
from interlock.insight.reading import Pool, Scope, read_rows
from interlock.insight.records.executions import ExecutionStatus

ASK_SECONDS: Final = 0.2
"""How often it asks while no end is announced; the first pause afterwards, too."""
LONGEST_ASK_SECONDS: Final = 2.0
"""How often it asks at least while ends are announced."""
GATHER_SECONDS: Final = 0.02
"""How long it waits for an announcement before it asks for an execution; and how long that takes for one that ended before this process listened."""
REMEMBERED: Final = 10_000
"""Maximum number of announced ends that are remembered for those who begin to wait later."""
_ENDED: LiteralString = """
    select e.id, e.status, e.ended_at is not null as has_ended from interlock.executions e where e.id = any (%(executions)s::uuid[])
"""


class EndedExecutions:
    """Waits for the ends of executions, and knows of each as soon as it is committed.

    ```python
    async with open_pool(database_url) as pool, EndedExecutions(pool) as ended:
        [started] = await ControlPlane(pool).start_executions("Refund", [{"input": {"amount": 40}}])
        status = await ended.wait(started.execution_id)
    ```

    PostgreSQL announces ends by NOTIFY, over one connection beside those of the pool. Where no notification arrives (behind a pooler in transaction
    mode, while the connection is lost, for a database user who may not register) it asks for everything that is waited for, in one statement, five
    times a second. While the database is away, it waits. Every user of the database can send such a notification: where that matters, read the
    execution.
    """

    def __init__(self, pool: Pool, *, clock: Clock | None = None, logger: logging.Logger | None = None) -> None:
        self._pool = pool
        self._clock = clock or Clock()
        self._logger = logger or logging.getLogger(__name__)
        self._listener = EndListener(pool, hear=self._hear, look=self._look_again, clock=self._clock, logger=self._logger)
        self._waiting: dict[UUID, set[asyncio.Future[ExecutionStatus]]] = {}
        self._announced: dict[UUID, ExecutionStatus] = {}  # the newest are last
        self._to_ask: set[UUID] = set()
        self._ask_at = 0.0
        self._news = Signal()
        self._pauses = Backoff(ASK_SECONDS, LONGEST_ASK_SECONDS, jitter=0)
        self._ask_all_at = 0.0
        self._is_away = False
        self._listens = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def is_listening(self) -> bool:
        """Whether the database announces ends to it."""
        return self._listener.is_listening

    async def until_listening(self, timeout_seconds: float | None = None) -> None:
        """Waits until the database announces ends. `wait` does not need it: it asks until then.

        Raises:
            TimeoutError: it does not in this time.
        """
        async with asyncio.timeout(timeout_seconds):
            await self._listens.wait()

    async def wait(self, execution_id: UUID, *, timeout_seconds: float | None = None) -> ExecutionStatus:
        """Waits until an execution has ended, in whatever way, and returns its status.

        Raises:
            TimeoutError: it has not ended in this time; it continues.
            ExecutionNotFound: there is no such execution.
            InterlockError: executions cannot be read, for a reason that does not pass.
        """
        if execution_id in self._announced:
            return self._announced[execution_id]
        end: asyncio.Future[ExecutionStatus] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(execution_id, set())
        waiting.add(end)
        self._ask_for(execution_id)  # only now: an end that this look does not see is announced to somebody who waits
        try:
            async with asyncio.timeout(timeout_seconds):
                return await end
        finally:
            waiting.discard(end)
            if not waiting and self._waiting.get(execution_id) is waiting:
                del self._waiting[execution_id]

    async def __aenter__(self) -> Self:
        self._tasks = [
            asyncio.create_task(self._listener.run(), name="listener for ends"),
            asyncio.create_task(self._run(), name="waiting for ends"),
        ]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for end in [end for waiting in self._waiting.values() for end in waiting]:
            end.cancel()

    def _hear(self, status: ExecutionStatus, ended: Sequence[UUID]) -> None:
        for execution in ended:
            self._answer(execution, status)
            self._announced[execution] = status
        while len(self._announced) > REMEMBERED:
            del self._announced[next(iter(self._announced))]

    def _ask_for(self, execution: UUID) -> None:
        if not self._to_ask:
            seconds = GATHER_SECONDS if self.is_listening else 0.0
            self._ask_at = self._clock.monotonic() + seconds
            self._clock.call_later(seconds, self._news.set)  # not now: by then, most have ended
        self._to_ask.add(execution)

    def _look_again(self) -> None:
        """Looks at all now, and again after pauses that double."""
        self._pauses.reset()
        self._ask_all_at = 0.0
        self._listens.set()
        self._news.set()

    async def _run(self) -> None:
        while True:
            if not self._waiting:
                await self._news.wait()
                self._ask_all_at = self._clock.monotonic() + ASK_SECONDS  # those who have come are asked for anyway
            due_at = min(self._ask_at, self._ask_all_at) if self._to_ask else self._ask_all_at
            self._news.clear()
            seconds = due_at - self._clock.monotonic()
            if seconds <= 0 or not await self._clock.wait(self._news, seconds):
                await self._ask(self._take())

    def _take(self) -> list[UUID]:
        """Returns the executions to ask for now."""
        asked, self._to_ask = self._to_ask & self._waiting.keys(), set()
        now = self._clock.monotonic()
        if now >= self._ask_all_at:
            self._ask_all_at = now + (self._pauses.next_seconds() if self.is_listening else ASK_SECONDS)
            return list(self._waiting)
        return list(asked)

    async def _ask(self, executions: Sequence[UUID]) -> None:
        if not executions:
            return
        try:
            rows = await read_rows(Scope(self._pool), _ENDED, executions=executions)
        except DatabaseUnavailable as error:
            if not self._is_away:
                self._logger.warning("the database is away, the ends of executions are waited for: %s", error)
            self._is_away = True
            self._ask_all_at = self._clock.monotonic() + ASK_SECONDS
            return
        except Exception as error:  # noqa: BLE001  it is raised to those who wait
            for execution in executions:
                self._answer(execution, error)
            return
        self._is_away = False
        found = {row["id"]: row for row in rows}
        for execution in executions:
            row = found.get(execution)
            if row is None:
                self._answer(execution, ExecutionNotFound(f"there is no execution {execution}"))
            elif row["has_ended"]:
                self._answer(execution, row["status"])

    def _answer(self, execution: UUID, answer: ExecutionStatus | Exception) -> None:
        for end in self._waiting.pop(execution, ()):
            if end.done():
                continue
            if isinstance(answer, Exception):
                end.set_exception(answer)
            else:
                end.set_result(answer)
