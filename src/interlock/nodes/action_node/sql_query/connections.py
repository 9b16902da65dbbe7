"""Keeps a few connections to the databases that definitions name, and resets each between two uses. None of them is the control plane's."""

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from interlock.json_text import UnreadableValue, read_json
from interlock.nodes.errors import FinalError, NodeError, RetryableError

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    Connection = AsyncConnection[dict[str, Any]]

_IDLE_SECONDS = 60.0
_READ_ONLY = "25006"
_CONNECT_SECONDS = 10
_ALIVE: dict[str, Any] = {"keepalives_idle": 5, "keepalives_interval": 3, "keepalives_count": 3, "tcp_user_timeout": 15_000}
# A user that may act as the owner of the control plane's schema, such as a superuser, could change executions without the control plane.
_OWNS_CONTROL_PLANE = "select exists (select from pg_namespace where nspname = 'interlock' and pg_has_role(session_user, nspowner, 'member')) as owns"


def setting_of(database: str) -> str:
    return f"INTERLOCK_SQL_{database.upper()}_URL"


@dataclass(frozen=True, slots=True)
class Address:
    """Where to connect to.

    Attributes:
        name: what errors call it.
        url: with its password; never shown.
        hint: what to fix where the URL cannot be used.
    """

    name: str
    url: str = field(repr=False)
    hint: str = ""

    @property
    def key(self) -> str:
        """Connections with the same key are alike. The key reveals nothing of the URL."""
        return hashlib.sha256(self.url.encode()).hexdigest()


class SqlConnections:
    """Opens at most `limit` connections to each address; other callers wait.

    Args:
        environment: where the URLs are; the process's own by default.
        limit: connections for each address.
        frozen_seconds: how long a server waits for this process in the middle of a transaction; then it ends the transaction, with its locks.
    """

    def __init__(self, *, environment: Mapping[str, str] | None = None, limit: int = 4, frozen_seconds: float = 10.0) -> None:
        self.frozen_seconds = frozen_seconds
        self._environment = os.environ if environment is None else environment
        self._limit = limit
        self._slots: dict[str, asyncio.Semaphore] = {}
        self._idle: dict[str, list[tuple[float, Connection]]] = {}
        self._took_writes: WeakSet[Connection] = WeakSet()
        self._needs_writes: set[str] = set()  # addresses at which a statement found a server that takes no writes

    def address_of(self, database: str) -> Address:
        """Returns the address that the operator of the worker has given this name.

        Raises:
            FinalError: there is no such database.
        """
        url = self._environment.get(setting_of(database))
        if not url:
            raise FinalError(
                "database_unknown",
                f"no database is named {database!r}",
                hint=f"the operator of the worker adds it by setting {setting_of(database)}",
            )
        return Address(database, url, hint=f"see {setting_of(database)}")

    @asynccontextmanager
    async def connection(self, address: Address) -> AsyncIterator["Connection"]:
        """Lends a connection in autocommit mode. If the block raises, it is closed instead of kept.

        Once a server took no writes, as after a failover, no connection to it is kept, and of several hosts the one that takes writes is chosen.

        Raises:
            FinalError: a database that is the control plane's, or a URL that cannot be used.
            RetryableError: it cannot be reached now.
        """
        key = address.key
        async with self._slots.setdefault(key, asyncio.Semaphore(self._limit)):
            connection = await self._idle_connection(key) or await self._connect(address)
            try:
                yield connection
                await connection.execute("discard all")
            except BaseException as error:
                await connection.close()
                if getattr(error, "sqlstate", None) == _READ_ONLY:
                    self._needs_writes.add(key)
                    await self._close_idle(key)
                raise
            self._idle.setdefault(key, []).append((time.monotonic(), connection))

    async def close(self) -> None:
        for key in list(self._idle):
            await self._close_idle(key)

    async def _close_idle(self, key: str) -> None:
        for _, connection in self._idle.pop(key, []):
            await connection.close()

    async def _connect(self, address: Address) -> "Connection":
        from interlock.controlplane.one_server import is_read_only, writable_host

        chosen = writable_host(address.url) if address.key in self._needs_writes else {}
        try:
            connection = await _connect(address, chosen)
        except RetryableError:
            if not chosen:
                raise
            connection = await _connect(address, {})  # no host takes writes: others may still be read
        if not is_read_only(connection):
            self._took_writes.add(connection)
        return connection

    async def _idle_connection(self, key: str) -> "Connection | None":
        """Returns the connection that was used last, if it still answers. Closes those that were idle for too long."""
        too_old = time.monotonic() - _IDLE_SECONDS
        for waiting in list(self._idle.values()):
            while waiting and waiting[0][0] < too_old:
                await waiting.pop(0)[1].close()
        idle = self._idle.get(key, [])
        while idle:
            _, connection = idle.pop()
            if await _answers(connection) and not self._has_lost_writing(connection):
                return connection
            await connection.close()
        return None

    def _has_lost_writing(self, connection: "Connection") -> bool:
        from interlock.controlplane.one_server import is_read_only

        return connection in self._took_writes and is_read_only(connection)


async def _answers(connection: "Connection") -> bool:
    import psycopg

    try:
        await connection.execute("")
    except psycopg.Error:
        return False
    return True


async def _connect(address: Address, more: Mapping[str, Any]) -> "Connection":
    import psycopg
    from psycopg.rows import dict_row
    from psycopg.types.json import set_json_loads

    database = address.name
    try:
        connection: Connection = await psycopg.AsyncConnection.connect(
            address.url,
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            **_ALIVE,
            prepare_threshold=None,
            application_name="interlock SQL_QUERY",
            row_factory=dict_row,
            **more,
        )
    except psycopg.OperationalError as error:
        raise _connect_error(database, error) from None
    except (psycopg.Error, UnicodeError, ValueError):
        raise FinalError("database_unusable", f"the URL of the database {database!r} is not valid", hint=address.hint) from None
    set_json_loads(_read_column, connection)
    try:
        row = await (await connection.execute(_OWNS_CONTROL_PLANE)).fetchone()
        if row is not None and row["owns"]:
            raise FinalError(
                "database_refused",
                f"the user of the database {database!r} owns the control plane there",
                hint="give it a user of its own, without the rights of the owner of the schema interlock",
            )
    except BaseException:
        await connection.close()
        raise
    return connection


def _read_column(text: str | bytes) -> Any:
    """A column of the type json or jsonb. The first may hold what we refuse, such as 1e400 or a key twice; it is given as the text that it is."""
    try:
        return read_json(text)
    except UnreadableValue:
        return text.decode() if isinstance(text, bytes) else text


def _connect_error(database: str, error: "Exception") -> NodeError:
    """Returns the error without the text of the driver, which may name hosts and users."""
    state = getattr(error, "sqlstate", None)
    text = str(error).lower()
    if "password authentication failed" in text or "no password supplied" in text or ("role " in text and "does not exist" in text):
        return FinalError("database_login", f"the database {database!r} does not accept the worker's login", details={"sqlstate": state})
    if "database " in text and "does not exist" in text:
        return FinalError("database_unusable", f"the server of {database!r} has no such database", details={"sqlstate": state})
    return RetryableError("database_unavailable", f"the database {database!r} cannot be reached", details={"sqlstate": state})
