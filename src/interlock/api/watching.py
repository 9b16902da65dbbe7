"""Reports the changes of executions as they happen, with one loop for all watchers of this process.

While anybody watches, the loop asks for all watched executions of a workspace in one statement, five times a second; and at once for those whose end
the database announces. What is buffered is bounded: a slow watcher is skipped until it has taken everything that was buffered, and is then read for
again from its cursor. No event is lost or comes twice, and no watcher waits for another. While the database is away, all watchers wait, except new
ones, of which nobody knows yet whether there is anything to watch: they are refused, to come again.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self
from uuid import UUID
from weakref import WeakSet

from psycopg_pool import AsyncConnectionPool

from interlock.api.limits import Watcher
from interlock.api.models.executions import AssignmentSummary, ExecutionEvent, ExecutionSummary
from interlock.backoff import Backoff
from interlock.clock import Clock
from interlock.controlplane.database_errors import copy_of
from interlock.controlplane.workspaces import FIRST_WORKSPACE
from interlock.errors import DatabaseUnavailable, ExecutionNotFound, InterlockError, InternalError, TooBusy
from interlock.insight.changes import Changes, Cursor, read_changes_of
from interlock.insight.end_listener import EndListener
from interlock.insight.reading import Scope

POLL_SECONDS: Final = 0.2
GATHER_SECONDS: Final = 0.02
"""How long new watchers wait after a poll, to be read for together."""
LISTEN_SECONDS: Final = 60.0
"""For how long the process has ends announced after the last watcher has left."""
AWAY_FIRST_SECONDS: Final = 0.25
AWAY_SECONDS: Final = 1.0
"""The first and the longest pause between two tries while the database is away."""
LOAD: Final = 4
"""The loop pauses this many times as long as a poll took. Announced ends, each of which is read once, wait only as long as the poll took."""
BUFFERED: Final = 500
"""Maximum number of events buffered for one watcher, and of visits of one execution read at once."""
READ_AT_ONCE: Final = 20_000
"""Maximum number of visits read in one poll; if many executions are watched, they share it."""


class ExecutionEvents(AsyncIterator[ExecutionEvent]):
    """The events of one watcher. Call `aclose` when you no longer need it; the loop also forgets one that is garbage collected."""

    def __init__(self, by: Watcher, execution_id: UUID, since: int, drained: Callable[[], None]) -> None:
        self.by = by
        self.execution_id = execution_id
        self.cursor = since
        self.refusal: InterlockError | None = None
        self.is_over = False
        self.is_known = False
        """Whether the execution exists."""
        self.hurries = False
        """Whether there is more for it than fits into its buffer."""
        self._drained = drained
        self._buffer: deque[ExecutionEvent] = deque()
        self._filled = asyncio.Event()

    @property
    def wants_more(self) -> bool:
        """Whether its buffer is empty, so that the loop reads for it."""
        return not self.is_over and not self._buffer

    @property
    def kept(self) -> int:
        """Number of buffered events."""
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
            self._drained()
        return event

    async def aclose(self) -> None:
        self.is_over = True
        self._buffer.clear()
        self._filled.set()


class ExecutionWatcher:
    """Watches executions; `async with` runs its loop.

    Args:
        limit: maximum number of watchers at once.
        listens: whether ends are announced to it, over a connection of its own, while somebody watches. Otherwise it only polls.
    """

    def __init__(self, pool: AsyncConnectionPool[Any], limit: int, *, listens: bool = False, logger: logging.Logger | None = None) -> None:
        self._pool = pool
        self._limit = limit
        self._logger = logger or logging.getLogger(__name__)
        self._watching: WeakSet[ExecutionEvents] = WeakSet()
        self._watched: set[UUID] = set()  # the executions of all watchers, and perhaps of some that have left
        self._clock = Clock()
        self._news = asyncio.Event()
        self._is_behind = False  # there is a new watcher, or one that has emptied its buffer and knows of more
        self._ended: set[UUID] = set()  # watched executions whose end was announced
        self._poll_at = self._gathered_at = self._rested_at = 0.0  # no poll before: of all; for those that are behind; of ended ones
        self._loop: asyncio.Task[None] | None = None
        self._listener = EndListener(pool, hear=self._hear, look=self._note_behind, clock=self._clock, logger=self._logger) if listens else None
        self._listening: asyncio.Task[None] | None = None
        self.is_away = False
        """Whether the database did not answer the last time."""
        self.polls = 0
        """Number of statements so far."""
        self.turns = 0
        """Number of looks at what is watched so far; a look that finds nobody to read for is no poll."""

    @property
    def watching(self) -> int:
        """Number of watchers."""
        return sum(not events.is_over for events in self._watching)

    def watchers(self) -> Iterator[Watcher]:
        """Yields whose each open stream is."""
        return (events.by for events in self._watching if not events.is_over)

    @property
    def is_listening(self) -> bool:
        """Whether the database announces ends to this process."""
        return self._listener is not None and self._listener.is_listening

    @property
    def is_behind(self) -> bool:
        """Whether everybody is about to be looked at, because somebody may have missed something."""
        return self._is_behind

    def watch(self, execution_id: UUID, since: int = 0, *, workspace_id: int = FIRST_WORKSPACE, user_id: UUID | None = None) -> ExecutionEvents:
        """Returns every change after a change number, in order, and last the event `end`.

        Args:
            workspace_id: the workspace of who watches; an execution of another one does not exist.
            user_id: who watches, for the limit of their streams.

        Raises:
            TooBusy: this process has as many watchers as it serves.
            ExecutionNotFound: there is no such execution; raised with the first event.
        """
        if self.watching >= self._limit:
            raise TooBusy(f"{self._limit} event streams are open in this process", hint="try again, or another process")
        events = ExecutionEvents(Watcher(user_id, workspace_id), execution_id, since, self._note_behind)
        self._watching.add(events)
        self._watched.add(execution_id)
        self._note_behind()
        return events

    async def __aenter__(self) -> Self:
        self._loop = asyncio.create_task(self._run(), name="execution watcher")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._loop is not None
        self._loop.cancel()
        await asyncio.gather(self._loop, return_exceptions=True)
        await self._stop_listening()
        for events in list(self._watching):
            await events.aclose()

    def _note_behind(self) -> None:
        self._is_behind = True
        self._news.set()

    def _hear(self, _status: str, ended: Sequence[UUID]) -> None:
        watched = self._watched.intersection(ended)
        if watched:
            self._ended |= watched
            self._news.set()

    async def _run(self) -> None:
        pauses = Backoff(AWAY_FIRST_SECONDS, AWAY_SECONDS)
        while True:
            if not self.watching:
                await self._until_watched()
            self._start_listening()
            await self._until_due()
            began = self._clock.monotonic()
            is_for_all = began >= (self._gathered_at if self._is_behind else self._poll_at)
            ended, self._ended = self._ended, set()
            self._is_behind = self._is_behind and not is_for_all
            try:
                is_behind = await self._poll(None if is_for_all else ended)
            except Exception as error:  # noqa: BLE001  it is logged, and tried again
                self._log_away(error)
                self._refuse_unknown(error)
                self._note_behind()
                await asyncio.sleep(pauses.next_seconds())
                continue
            pauses.reset()
            self._log_back()
            if is_behind:
                self._note_behind()
            now = self._clock.monotonic()
            if is_for_all:
                self._gathered_at = now + GATHER_SECONDS
                self._poll_at = now + max(POLL_SECONDS, LOAD * (now - began))
            else:
                self._rested_at = now + (now - began)

    async def _until_watched(self) -> None:
        """Waits for a watcher. Ends are announced to this process while it has one, and for some time afterwards."""
        self._news.clear()
        if self._listening is not None and not await self._clock.wait(self._news, LISTEN_SECONDS):
            await self._stop_listening()
        if not self.watching:
            await self._news.wait()

    async def _until_due(self) -> None:
        """Waits until somebody is to be read for."""
        while True:
            due_at = self._gathered_at if self._is_behind else self._poll_at
            if self._ended:
                due_at = min(due_at, self._rested_at)
            self._news.clear()
            seconds = due_at - self._clock.monotonic()
            if seconds <= 0:
                return
            await self._clock.wait(self._news, seconds)

    def _start_listening(self) -> None:
        if self._listener is not None and self._listening is None:
            self._listening = asyncio.create_task(self._listener.run(), name="listener of the execution watcher")

    async def _stop_listening(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
            self._listening = None

    def _refuse_unknown(self, error: Exception) -> None:
        """Refuses the watchers that were never read for, if the database is away or what they need is locked."""
        if isinstance(error, DatabaseUnavailable):
            for events in self._watching:
                if not events.is_known and not events.is_over:
                    events.refuse(copy_of(error))

    def _log_away(self, error: Exception) -> None:
        """Logs once that the database is away."""
        if isinstance(error, DatabaseUnavailable):
            if not self.is_away:
                self._logger.warning("the database is away, watchers wait: %s", error)
        else:
            self._logger.error("watched executions could not be read", exc_info=error)
        self.is_away = True

    def _log_back(self) -> None:
        if self.is_away:
            self._logger.info("watched executions are read again")
        self.is_away = False

    async def _poll(self, only: Collection[UUID] | None) -> bool:
        """Reads for every watcher (of these executions, if they are given) with an empty buffer.

        Returns:
            Whether to read again at once: somebody has emptied the buffer, and there is more.
        """
        self.turns += 1
        wanting = []
        for events in self._watching:
            if only is not None and events.execution_id not in only:
                continue
            if events.wants_more:
                wanting.append(events)
            else:
                events.hurries = True
        if only is None:
            self._watched = {events.execution_id for events in self._watching if not events.is_over}
        if not wanting:
            return False
        by_workspace: dict[int, list[ExecutionEvents]] = {}
        for events in wanting:
            by_workspace.setdefault(events.by.workspace_id, []).append(events)
        cursors_of = {workspace_id: _cursors(together) for workspace_id, together in by_workspace.items()}
        limit = max(1, min(BUFFERED, READ_AT_ONCE // sum(map(len, cursors_of.values()))))
        are_behind = [await self._read(Scope(self._pool, key), cursors, by_workspace[key], limit) for key, cursors in cursors_of.items()]
        return any(are_behind)

    async def _read(self, scope: Scope, cursors: Mapping[UUID, Cursor], wanting: Sequence[ExecutionEvents], limit: int) -> bool:
        """Reads for watchers of one workspace. Returns as `_poll`."""
        self.polls += 1
        found = await read_changes_of(scope, cursors, limit=limit)
        events_of = {key: self._events_of(key, changes) for key, changes in found.items()}
        is_behind = False
        for events in wanting:
            found_now = events_of.get(events.execution_id)
            if events.is_over:
                continue
            if found_now is None:
                if not events.is_known:
                    events.refuse(ExecutionNotFound(f"there is no execution {events.execution_id}"))
            elif found_now.refusal is not None:
                events.refuse(found_now.refusal)
            else:
                events.is_known = True
                events.put(found_now.after(events.cursor))
                events.hurries = found_now.more
                is_behind = is_behind or (found_now.more and events.wants_more)
        return is_behind

    def _events_of(self, execution_id: UUID, changes: Changes) -> "_Events":
        """Makes events of the rows of one execution. A row that cannot be read ends the streams of this execution only."""
        try:
            return _Events.of(changes)
        except Exception:
            self._logger.exception("the execution %s cannot be read", execution_id)
            return _Events(events=(), end=None, more=False, refusal=InternalError(f"the execution {execution_id} cannot be read"))


def _cursors(wanting: Sequence[ExecutionEvents]) -> dict[UUID, Cursor]:
    """Returns for each execution the cursor of the watcher that is furthest behind."""
    cursors: dict[UUID, Cursor] = {}
    for events in wanting:
        known = cursors.get(events.execution_id, Cursor(since=events.cursor, first=False))
        cursors[events.execution_id] = Cursor(since=min(events.cursor, known.since), first=known.first or not events.is_known)
    return cursors


@dataclass(frozen=True, slots=True, kw_only=True)
class _Events:
    """The changes of one execution as events, in order. `end` is set if nothing can follow, `more` if these are not all."""

    events: Sequence[ExecutionEvent]
    end: ExecutionSummary | None
    more: bool
    refusal: InterlockError | None = None

    @classmethod
    def of(cls, changes: Changes) -> Self:
        """Includes the execution itself only if all visits that changed before it were read."""
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
        """Returns what is new to one watcher."""
        new = [event for event in self.events if event.change_number > cursor]
        if self.end is None:
            return new
        last = max(cursor, self.end.change_number, *(event.change_number for event in new[-1:]))
        return [*new, ExecutionEvent(change_number=last, kind="end", execution=self.end)]
