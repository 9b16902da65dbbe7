"""A bounded pool of connections as the control plane wants them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane.exact_json import dumps_exactly, loads_exactly
from interlock.errors import BadRequest

CONNECT_SECONDS: Final = 10.0
ALIVE: Final = {"keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 30_000}
"""A network that swallows everything is noticed within half a minute, where the conninfo says nothing else."""


async def _use_exact_json(connection: psycopg.AsyncConnection[Any]) -> None:
    set_json_loads(loads_exactly, connection)
    set_json_dumps(dumps_exactly, connection)


def read_address(conninfo: str) -> Mapping[str, Any]:
    """The parts of a database's address.

    Raises:
        BadRequest: it is none. What it was is not told, there may be a password in it.
    """
    try:
        return conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError as error:
        raise BadRequest("the database's address cannot be read", hint="write it as postgresql://user:password@host:5432/database") from error


@asynccontextmanager
async def open_pool(conninfo: str, *, limit: int = 8) -> AsyncIterator[AsyncConnectionPool[Any]]:
    """Autocommit connections, at most `limit` (1 or more), without prepared statements: any transaction-mode pooler may stand before the server."""
    given = read_address(conninfo)
    pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
        conninfo,
        min_size=1,
        max_size=limit,
        open=False,
        timeout=CONNECT_SECONDS,
        configure=_use_exact_json,
        kwargs={"autocommit": True, "prepare_threshold": None, **{name: value for name, value in ALIVE.items() if name not in given}},
    )
    async with pool:
        yield pool
