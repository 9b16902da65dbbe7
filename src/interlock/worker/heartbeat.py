"""The proof of life, from a thread and connection of its own: a blocked event loop does not lose the worker."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg

from interlock.worker.answers import AssignmentKey, key_of
from interlock.worker.backoff import Backoff


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """What the database said; `clock_offset` is how many seconds its clock is ahead of this process's."""

    worker_id: UUID
    lost: bool
    revoked: Sequence[AssignmentKey]
    clock_offset: float


class Heartbeat:
    """Beats for one worker id until it is stopped; each answer goes to `heard`, called in this thread."""

    def __init__(
        self,
        connect: Callable[[], psycopg.Connection[Any]],
        worker_id: UUID,
        *,
        seconds: float,
        backoff: Backoff,
        heard: Callable[[Beat], None],
        logger: logging.Logger,
    ) -> None:
        self._connect = connect
        self._worker_id = worker_id
        self._seconds = seconds
        self._backoff = backoff
        self._heard = heard
        self._logger = logger
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="interlock-heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def beat_now(self) -> None:
        """Something may have been revoked: ask at once."""
        self._wake.set()

    def stop(self) -> None:
        """A heartbeat that fails from now on is no error."""
        self._stopping = True
        self._wake.set()

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def _is_stopping(self) -> bool:
        return self._stopping

    def _run(self) -> None:
        while not self._is_stopping():
            try:
                with self._connect() as connection:
                    self._beat_on(connection)
            except psycopg.Error as error:
                if self._is_stopping():
                    return
                seconds = self._backoff.next_seconds()
                self._logger.warning("heartbeat failed, trying again in %.1f s: %s", seconds, error, extra={"event": "heartbeat_failed"})
                self._wake.wait(seconds)
                self._wake.clear()

    def _beat_on(self, connection: psycopg.Connection[Any]) -> None:
        while not self._is_stopping():
            self._heard(self._beat(connection))
            self._backoff.reset()
            self._wake.wait(self._seconds)
            self._wake.clear()

    def _beat(self, connection: psycopg.Connection[Any]) -> Beat:
        row = connection.execute("select interlock.heartbeat(%s), interlock.now()", [self._worker_id]).fetchone()
        assert row is not None
        answer, now = row
        return Beat(
            worker_id=self._worker_id,
            lost=bool(answer["lost"]),
            revoked=[key_of(row) for row in answer["revoked"]],
            clock_offset=(now - datetime.now(UTC)).total_seconds(),
        )
