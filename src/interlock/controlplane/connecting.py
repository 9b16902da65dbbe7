"""A bounded pool of connections with the settings that the control plane needs."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from inspect import isawaitable
from typing import Any, Final, Self

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane.one_server import ANSWER_SECONDS, OneServer, answering_within, has_several_hosts, writable_host
from interlock.controlplane.pool import DatabasePool
from interlock.errors import BadRequest
from interlock.json_text import read_stored_json, write_json

CONNECT_SECONDS: Final = 10.0
HOST_SECONDS: Final = 4
"""How long a server may take to accept a connection, unless the conninfo sets something else."""
NEXT_HOST_SECONDS: Final = 2
"""The same where an address has several hosts; then the next one is tried."""
ALIVE: Final = {"keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 30_000}
"""A network that drops every packet is noticed within half a minute, unless the conninfo sets something else."""


SESSION: Final = {"idle_in_transaction_session_timeout": "30s", "tcp_user_timeout": "30s"}
"""How long the server keeps a transaction open, with its locks, for a client that was frozen or has vanished."""
_REPORTED: Final = {
    "timezone": "UTC",
    "datestyle": "ISO, MDY",
    "intervalstyle": "postgres",
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
}
"""How values and statements are written, whatever the database or its user set. The server reports these, so poolers carry them along."""
_MEANING: Final = {
    **_REPORTED,
    "default_transaction_isolation": "read committed",
    "row_security": "on",
    "array_nulls": "on",
    "extra_float_digits": "1",
}
"""All settings on which the meaning of what is sent and read depends."""


class BoundedConnection(psycopg.AsyncConnection[Any]):
    """A connection that reads and writes values in one form, with limits on how long the server waits for it.

    The limits are `SESSION`, or the settings that `session` names. All settings travel as start-up options. A pooler in transaction mode refuses or
    drops them; then only those of the form are set that poolers carry from session to session.

    Attributes:
        prepared: the statements that are prepared on it; None if none may be, because its session may be another one in the next transaction.
    """

    prepared: set[bytes] | None = None

    async def commit(self) -> None:
        """Commits, if there is a transaction: a pool asks for it whenever a connection returns."""
        if self.pgconn.transaction_status != pq.TransactionStatus.IDLE:
            await super().commit()

    @classmethod
    async def connect(  # type: ignore[override]  # fewer names
        cls, conninfo: str = "", *, session: Mapping[str, str] = SESSION, server: OneServer | None = None, **settings: Any
    ) -> Self:
        """Connects to the host that takes writes, if the address has several and does not choose another.

        Args:
            server: keeps the connections of the process on one server.
        """
        connecting = cls._connect(conninfo, session, {**writable_host(conninfo), **settings})
        if server is None:
            return await connecting
        try:
            connection = await connecting
            await server.add(connection)
        except psycopg.Error as error:
            server.problem = error
            raise
        server.problem = None
        return connection

    @classmethod
    async def _connect(cls, conninfo: str, session: Mapping[str, str], settings: Mapping[str, Any]) -> Self:
        try:
            connection = await super().connect(conninfo, options=_startup_options(conninfo, session), **settings)
        except psycopg.OperationalError as error:
            if "unsupported startup parameter" not in str(error):
                raise
            connection = await super().connect(conninfo, **settings)
        missing = {name: value for name, value in _REPORTED.items() if not _is_reported(connection, name, value)}
        if missing:
            statement = "select set_config(s.name, s.value, false) from unnest(%s::text[], %s::text[]) s (name, value)"
            with answering_within(connection, ANSWER_SECONDS):  # the pooler may be paused
                await connection.execute(statement, [list(missing), list(missing.values())])
                await connection.commit()
        return connection


_NAMES: Final = {"timezone": "TimeZone", "datestyle": "DateStyle", "intervalstyle": "IntervalStyle"}
"""How the server writes the names of settings that it reports, where that is not all in small letters."""


def _is_reported(connection: psycopg.AsyncConnection[Any], name: str, value: str) -> bool:
    """Returns whether the server has reported this value. Sends nothing."""
    return connection.pgconn.parameter_status(_NAMES.get(name, name).encode()) == value.encode()


def _startup_options(conninfo: str, session: Mapping[str, str]) -> str:
    """Returns the start-up options of an address: its own win over `session`, and nothing over what decides the meaning of values."""
    own = str(conninfo_to_dict(conninfo).get("options") or "")
    return " ".join(part for part in (_as_options(session), own, _as_options(_MEANING)) if part)


def _as_options(settings: Mapping[str, str]) -> str:
    return " ".join(f"-c {name}={value.replace(' ', chr(92) + ' ')}" for name, value in settings.items())


async def _configure(connection: BoundedConnection) -> None:
    """Reads and writes JSON as everywhere, and allows prepared statements if the session has kept our settings: a pooler drops them."""
    set_json_loads(read_stored_json, connection)
    set_json_dumps(write_json, connection)
    row = await (await connection.execute("show idle_in_transaction_session_timeout")).fetchone()
    if row == (SESSION["idle_in_transaction_session_timeout"],) and connection.info.encoding == "utf-8":
        connection.prepared = set()


def read_address(conninfo: str) -> Mapping[str, Any]:
    """Returns the parts of a database's address.

    Raises:
        BadRequest: it is not an address. The message does not quote it: it may contain a password.
    """
    try:
        return conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError as error:
        raise BadRequest("the database's address cannot be read", hint="write it as postgresql://user:password@host:5432/database") from error


@asynccontextmanager
async def open_pool(
    conninfo: str,
    *,
    limit: int = 8,
    seconds: float = CONNECT_SECONDS,
    session: Mapping[str, str] = SESSION,
    kind: type[DatabasePool] = DatabasePool,
) -> AsyncIterator[DatabasePool]:
    """Opens at most `limit` (1 or more) autocommit connections. Only `call` prepares statements, and not where a pooler may be in between.

    Args:
        seconds: how long a call waits for a connection.
        session: settings of each connection.
        kind: the class of the pool.
    """
    given = read_address(conninfo)
    defaults = {**ALIVE, "connect_timeout": NEXT_HOST_SECONDS if has_several_hosts(conninfo) else HOST_SECONDS}
    server = OneServer()
    pool = kind(
        conninfo,
        server=server,
        connection_class=BoundedConnection,
        min_size=1,
        max_size=limit,
        timeout=seconds,
        configure=_configure,
        kwargs={
            "autocommit": True,
            "prepare_threshold": None,
            "session": session,
            "server": server,
            **{name: value for name, value in defaults.items() if name not in given},
        },
    )
    async with pool:
        yield pool


async def connect_beside(pool: AsyncConnectionPool[Any]) -> psycopg.AsyncConnection[Any]:
    """Opens a connection with the settings of a pool that does not belong to it: for somebody who holds it for long.

    Raises:
        psycopg.Error, TimeoutError: there is none within `CONNECT_SECONDS`.
    """
    async with asyncio.timeout(CONNECT_SECONDS):
        conninfo, settings = await _value_of(pool.conninfo), await _value_of(pool.kwargs)
        connection: psycopg.AsyncConnection[Any] = await pool.connection_class.connect(conninfo, **(settings or {}))
    return connection


async def _value_of(given: Any) -> Any:
    """Returns a setting of a pool, which may be a function that makes it."""
    value = given() if callable(given) else given
    return await value if isawaitable(value) else value
