"""Keeps the connections of a process on one server. After a failover older connections may live on, and lead to a server that takes no writes."""

import asyncio
import logging
import os
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from weakref import WeakKeyDictionary

import psycopg
from psycopg.conninfo import conninfo_to_dict

ANSWER_SECONDS: Final = 2.0
"""A server that takes longer to say who it is does not answer."""
_WHO: Final = "select pg_postmaster_start_time(), current_setting('transaction_read_only') = 'off'"
_READ_ONLY: Final = (b"in_hot_standby", b"default_transaction_read_only")
"""The server reports changes of these settings with its next answer; a pooler does not."""
_logger = logging.getLogger("interlock.database")

Connection = psycopg.AsyncConnection[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The server that a connection reached, by the time it was started, and whether it took writes then."""

    started_at: datetime
    took_writes: bool


class OneServer:
    """The open connections of a process. A new one that reached another server drops those to the old one, even in the middle of a call.

    It may be used from several threads.

    Attributes:
        problem: why the last attempt to connect failed; None if it succeeded.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._origins: WeakKeyDictionary[Connection, Origin] = WeakKeyDictionary()
        self.problem: psycopg.Error | None = None

    async def add(self, connection: Connection) -> None:
        """Asks a new connection for its server.

        Raises:
            psycopg.Error: there is no answer within `ANSWER_SECONDS`; the connection is lost.
        """
        origin = await ask_origin(connection)
        with self._lock:
            older = [other for other, known in self._origins.items() if known.started_at != origin.started_at]
            self._origins[connection] = origin
        if origin.took_writes and drop_all(older):
            _logger.warning("the database is another server now: %d older connections are dropped", len(older), extra={"event": "server_changed"})

    def took_writes(self, connection: Connection) -> bool:
        """Returns whether the connection took writes when it was made."""
        with self._lock:
            origin = self._origins.get(connection)
        return origin is not None and origin.took_writes

    def has_lost_writing(self, connection: Connection) -> bool:
        """Returns whether the connection took writes when it was made, and the server has reported since that it takes none."""
        return is_read_only(connection) and self.took_writes(connection)


async def ask_origin(connection: Connection) -> Origin:
    """Returns the server of a connection.

    Raises:
        psycopg.Error: there is no answer within `ANSWER_SECONDS`; the connection is lost.
    """
    with answering_within(connection, ANSWER_SECONDS):
        row = await (await connection.execute(_WHO)).fetchone()
    assert row is not None
    return Origin(started_at=row[0], took_writes=row[1])


def is_read_only(connection: Connection) -> bool:
    """Returns whether the server has reported that the connection takes no writes. Sends nothing."""
    return not connection.closed and any(connection.pgconn.parameter_status(name) == b"on" for name in _READ_ONLY)


def drop_all(connections: list[Connection]) -> int:
    """Ends connections from any thread: a call that waits for an answer gets an error at once, and this does not wait. Returns how many were open."""
    count = 0
    for connection in connections:
        if connection.closed:
            continue
        with suppress(psycopg.Error, OSError):  # it was closed at this moment
            ending = socket.socket(fileno=os.dup(connection.pgconn.socket))
            with ending:
                ending.shutdown(socket.SHUT_RDWR)
            count += 1
    return count


@contextmanager
def answering_within(connection: Connection, seconds: float) -> Iterator[None]:
    """Drops the connection when the block takes longer. A cancelled call would wait for the server first, which may never answer."""
    timer = asyncio.get_running_loop().call_later(seconds, drop_all, [connection])
    try:
        yield
    finally:
        timer.cancel()


def writable_host(conninfo: str) -> Mapping[str, Any]:
    """Returns the setting that chooses the host that takes writes, where an address has several hosts and does not say which to choose."""
    chooses = "target_session_attrs" in conninfo_to_dict(conninfo)
    return {"target_session_attrs": "read-write"} if has_several_hosts(conninfo) and not chooses else {}


def has_several_hosts(conninfo: str) -> bool:
    parts = conninfo_to_dict(conninfo)
    return any("," in str(parts.get(name) or "") for name in ("host", "hostaddr"))
