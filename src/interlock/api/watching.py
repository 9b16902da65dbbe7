"""The changes of executions as they happen: one loop for all that this process's clients watch.

The loop asks for all watched executions in one statement, five times a second while anybody watches. What is buffered is bounded: who is slow
is left out until it has taken all that was buffered, and is then read for again from where it stands. Nothing is lost, nothing comes twice, and
nobody waits for anybody else. While the database is away, everybody waits.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self
from uuid import UUID
from weakref import WeakSet

from psycopg_pool import AsyncConnectionPool

from interlock.api.models.executions import AssignmentSummary, ExecutionEvent, ExecutionSummary
from interlock.backoff import Backoff
from interlock.errors import DatabaseUnavailable, ExecutionNotFound, InterlockError, InternalError, TooBusy
from interlock.insight.changes import Changes, Cursor, read_changes_of

POLL_SECONDS: Final = 0.2
GATHER_SECONDS: Final = 0.02
"""How long new watchers are gathered before they are read for together."""
AWAY_FIRST_SECONDS: Final = 0.25
AWAY_SECONDS: Final = 1.0
"""The first and the longest pause between two tries while the database is away."""
LOAD: Final = 4
"""The loop rests so many times as long as a poll took."""
BUFFERED: Final = 500
"""How many events a watcher may leave untaken; so many visits of an execution are read at once."""
READ_AT_ONCE: Final = 20_000
"""So many visits are read in one poll; of each execution fewer, where many are watched."""


class ExecutionEvents(AsyncIterator[ExecutionEvent]):
    """The events of one watcher. `aclose` when it is no longer needed; one that is dropped is forgotten too."""

    def __init__(self, execution_id: UUID, since: int, drained: asyncio.Event) -> None:
        self.execution_id = execution_id
        self.cursor = since
        self.refusal: InterlockError | None = None
        self.is_over = False
        self.is_known = False
        """The execution exists."""
        self.hurries = False
        """There is more for it than it could be given."""
        self._drained = drained
        self._buffer: deque[ExecutionEvent] = deque()
        self._filled = asyncio.Event()

    @property
    def wants_more(self) -> bool:
        """Whether it is read for: nothing of what it was given is left."""
        return not self.is_over and not self._buffer

    @property
    def kept(self) -> int:
        """How many events it was given and has not taken."""
        return len(self._buffer)

    def put(self, events: Sequence[ExecutionEvent]) -> None:
        self._buffer.extend(events)
        if events:
            self.cursor = events[-1].change_number
            self.is_over = events[-1].kind == "end"
            self._filled.set()

    def refuse(self, refusal: InterlockError) -> None:
        self.refusal, self.is_over = refusal, True
        self._filled.set()

    async def __anext__(self) -> ExecutionEvent:
        while not self._buffer:
            if self.refusal is not None:
                raise self.refusal
            if self.is_over:
                raise StopAsyncIteration
            self._filled.clear()
            await self._filled.wait()
        event = self._buffer.popleft()
        if not self._buffer and self.hurries:
            self.hurries = False
            self._drained.set()
        return event

    async def aclose(self) -> None:
        self.is_over = True
        self._buffer.clear()
        self._filled.set()


class ExecutionWatcher:
    """Watches executions for any number of clients; `async with` runs its loop.

    Args:
        limit: how many may watch at once.
    """

    def __init__(self, pool: AsyncConnectionPool[Any], limit: int, *, logger: logging.Logger | None = None) -> None:
        self._pool = pool
        self._limit = limit
        self._logger = logger or logging.getLogger(__name__)
        self._watching: WeakSet[ExecutionEvents] = WeakSet()
        self._behind = asyncio.Event()  # somebody is new, or has taken all it had and knows of more
        self._loop: asyncio.Task[None] | None = None
        self.is_away = False
        """Whether the database did not answer the last time."""
        self.polls = 0
        """Number of statements so far."""
        self.turns = 0
        """Number of looks at what is watched so far; a look that finds nobody to read for is no poll."""

    @property
    def watching(self) -> int:
        """How many watch now."""
        return sum(not events.is_over for events in self._watching)

    def watch(self, execution_id: UUID, since: int = 0) -> ExecutionEvents:
        """Every change after a change number, in order, and last the event `end`.

        Raises:
            TooBusy: as many watch as this process serves.
            ExecutionNotFound: with the first event that is asked for.
        """
        if self.watching >= self._limit:
            raise TooBusy(f"{self._limit} event streams are open in this process", hint="try again, or another process")
        events = ExecutionEvents(execution_id, since, self._behind)
        self._watching.add(events)
        self._behind.set()
        return events

    async def __aenter__(self) -> Self:
        self._loop = asyncio.create_task(self._run(), name="execution watcher")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._loop is not None
        self._loop.cancel()
        await asyncio.gather(self._loop, return_exceptions=True)
        for events in list(self._watching):
            await events.aclose()

    async def _run(self) -> None:
        clock = asyncio.get_running_loop().time
        pauses = Backoff(AWAY_FIRST_SECONDS, AWAY_SECONDS)
        while True:
            if not self.watching:
                self._behind.clear()
                await self._behind.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._behind.clear()
            began = clock()
            try:
                is_behind = await self._poll()
            except Exception as error:  # noqa: BLE001  it is told, and asked again
                self._tell_away(error)
                await asyncio.sleep(pauses.next_seconds())
                continue
            pauses.reset()
            self._tell_back()
            if not is_behind:
                await self._rest(max(POLL_SECONDS, LOAD * (clock() - began)))

    def _tell_away(self, error: Exception) -> None:
        """Once, until it is back."""
        if isinstance(error, DatabaseUnavailable):
            if not self.is_away:
                self._logger.warning("the database is away, watchers wait: %s", error)
        else:
            self._logger.error("watched executions could not be read", exc_info=error)
        self.is_away = True

    def _tell_back(self) -> None:
        if self.is_away:
            self._logger.info("watched executions are read again")
        self.is_away = False

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._behind.wait()
        except TimeoutError:
            pass

    async def _poll(self) -> bool:
        """One look at everything that is watched. Returns whether somebody who has taken everything is to be read for again at once."""
        self.turns += 1
        wanting = []
        for events in self._watching:
            if events.wants_more:
                wanting.append(events)
            else:
                events.hurries = True
        if not wanting:
            return False
        self.polls += 1
        cursors = _cursors(wanting)
        found = await read_changes_of(self._pool, cursors, limit=max(1, min(BUFFERED, READ_AT_ONCE // len(cursors))))
        told = {key: self._told(key, changes) for key, changes in found.items()}
        is_behind = False
        for events in wanting:
            told_now = told.get(events.execution_id)
            if events.is_over:
                continue
            if told_now is None:
                if not events.is_known:
                    events.refuse(ExecutionNotFound(f"there is no execution {events.execution_id}"))
            elif told_now.refusal is not None:
                events.refuse(told_now.refusal)
            else:
                events.is_known = True
                events.put(told_now.after(events.cursor))
                events.hurries = told_now.more
                is_behind = is_behind or (told_now.more and events.wants_more)
        return is_behind

    def _told(self, execution_id: UUID, changes: Changes) -> "_Told":
        """A row that cannot be told ends the streams of its execution, and no other."""
        try:
            return _Told.of(changes)
        except Exception:
            self._logger.exception("the execution %s cannot be told", execution_id)
            return _Told(events=(), end=None, more=False, refusal=InternalError(f"the execution {execution_id} cannot be told"))


def _cursors(wanting: Sequence[ExecutionEvents]) -> dict[UUID, Cursor]:
    """For each execution that of the watcher who is furthest behind."""
    cursors: dict[UUID, Cursor] = {}
    for events in wanting:
        known = cursors.get(events.execution_id, Cursor(since=events.cursor, first=False))
        cursors[events.execution_id] = Cursor(since=min(events.cursor, known.since), first=known.first or not events.is_known)
    return cursors


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """The changes of one execution as events, in order; `end` where nothing can follow, `more` where they are not all."""

    events: Sequence[ExecutionEvent]
    end: ExecutionSummary | None
    more: bool
    refusal: InterlockError | None = None

    @classmethod
    def of(cls, changes: Changes) -> Self:
        """The execution itself is told only where all visits that changed before it were read."""
        events = [
            ExecutionEvent(change_number=row["change_number"], kind="assignment", assignment=AssignmentSummary.model_validate(row))
            for row in changes.assignments
        ]
        summary = None if changes.execution is None else ExecutionSummary.model_validate(changes.execution)
        if summary is not None and not (changes.more and summary.change_number > events[-1].change_number):
            events.append(ExecutionEvent(change_number=summary.change_number, kind="execution", execution=summary))
            events.sort(key=lambda event: event.change_number)
        has_ended = summary is not None and summary.ended_at is not None and not changes.more
        return cls(events=events, end=summary if has_ended else None, more=changes.more)

    def after(self, cursor: int) -> list[ExecutionEvent]:
        """What is new to one watcher."""
        new = [event for event in self.events if event.change_number > cursor]
        if self.end is None:
            return new
        last = max(cursor, self.end.change_number, *(event.change_number for event in new[-1:]))
        return [*new, ExecutionEvent(change_number=last, kind="end", execution=self.end)]
