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

from interlock.errors import BadRequest
from interlock.json_text import read_stored_json, write_json

CONNECT_SECONDS: Final = 10.0
ALIVE: Final = {"keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 30_000}
"""A network that drops every packet is noticed within half a minute, unless the conninfo sets something else."""


SESSION: Final = {"idle_in_transaction_session_timeout": "30s", "tcp_user_timeout": "30s"}
"""How long the server keeps a transaction open, with its locks, for a client that was frozen or has vanished."""


class BoundedConnection(psycopg.AsyncConnection[Any]):
    """A connection with limits on how long the server waits for it: `SESSION`, or the settings that `session` names.

    The settings travel as start-up options. A pooler in transaction mode refuses them; then the connection is made without them.

    Attributes:
        prepared: the statements that are prepared on it; None if none may be, because its session may be another one in the next transaction.
    """

    prepared: set[bytes] | None = None

    async def commit(self) -> None:
        """Commits, if there is a transaction: a pool asks for it whenever a connection returns."""
        if self.pgconn.transaction_status != pq.TransactionStatus.IDLE:
            await super().commit()

    @classmethod
    async def connect(cls, conninfo: str = "", *, session: Mapping[str, str] = SESSION, **settings: Any) -> Self:  # type: ignore[override]  # fewer names
        try:
            return await super().connect(conninfo, options=session_options(conninfo, session), **settings)
        except psycopg.OperationalError as error:
            if "unsupported startup parameter" not in str(error):
                raise
        return await super().connect(conninfo, **settings)


def session_options(conninfo: str, session: Mapping[str, str]) -> str:
    """Returns the start-up options of an address, with these settings before its own, so that its own win."""
    ours = [f"-c {name}={value}" for name, value in session.items()]
    return " ".join([*ours, str(conninfo_to_dict(conninfo).get("options") or "")]).strip()


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
async def open_pool(conninfo: str, *, limit: int = 8) -> AsyncIterator[AsyncConnectionPool[Any]]:
    """Opens at most `limit` (1 or more) autocommit connections. Only `call` prepares statements, and not where a pooler may be in between."""
    given = read_address(conninfo)
    pool: AsyncConnectionPool[BoundedConnection] = AsyncConnectionPool(
        conninfo,
        connection_class=BoundedConnection,
        min_size=1,
        max_size=limit,
        open=False,
        timeout=CONNECT_SECONDS,
        configure=_configure,
        kwargs={"autocommit": True, "prepare_threshold": None, **{name: value for name, value in ALIVE.items() if name not in given}},
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
