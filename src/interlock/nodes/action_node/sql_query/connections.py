"""Keeps a few connections to the databases that definitions name, and resets each between two uses. None of them is the control plane's.

The user of a connection is checked before each use: one who may read files or run programs at a server, or who owns the control plane there, is
refused.
"""

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from interlock.nodes.action_node.http_request.addresses import SETTING, AddressRefused, PrivateHosts, Resolver, refused, resolve
from interlock.nodes.action_node.sql_query.connection_string import (
    ConnectionStringRefused,
    check_parameters,
    driver_parameters,
    parse_connection_string,
)
from interlock.nodes.errors import FinalError, NodeError, RetryableError

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    Connection = AsyncConnection[tuple[Any, ...]]

_IDLE_SECONDS = 60.0
_READ_ONLY = "25006"
# Roles that lead out of the database, and superusers, who need none of them. Before version 16, a user who may create roles may take any of them.
_FORBIDDEN_ROLES = b"""
select r.rolname, r.rolsuper, r.rolcreaterole from pg_catalog.pg_roles r
where (r.rolsuper
       or r.rolname in ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files')
       or (r.rolcreaterole and pg_catalog.current_setting('server_version_num')::int < 160000))
  and pg_catalog.pg_has_role(session_user, r.oid, 'member')
union all
select null, false, false from pg_catalog.pg_namespace n where n.nspname = 'interlock' and pg_catalog.pg_has_role(session_user, n.nspowner, 'member')
order by 2 desc, 1
"""


def setting_of(database: str) -> str:
    return f"INTERLOCK_SQL_{database.upper()}_URL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to connect to.

    Attributes:
        name: what errors call it.
        url: with its password; never shown.
        hint: what to fix where the URL cannot be used.
        is_checked: whether it comes from a credential, so that it has the parameters of one and leads to the addresses that HTTP_REQUEST may reach.
        asks_for_private: whether the definition asks for private addresses.
    """

    name: str
    url: str = field(repr=False)
    hint: str = ""
    is_checked: bool = True
    asks_for_private: bool = False

    @property
    def key(self) -> str:
        """Connections with the same key are alike. The key reveals nothing of the URL."""
        return hashlib.sha256(f"{self.is_checked} {self.asks_for_private} {self.url}".encode(errors="surrogatepass")).hexdigest()


class SqlConnections:
    """Opens at most `limit` connections to each address; other callers wait.

    Args:
        environment: where the URLs are; the process's own by default.
        limit: connections for each address.
        frozen_seconds: how long a server waits for this process in the middle of a transaction; then it ends the transaction, with its locks.
        private: the private addresses that the operator permits to credentials; by default as for HTTP_REQUEST.
        resolver: how names become addresses.
    """

    def __init__(
        self,
        *,
        environment: Mapping[str, str] | None = None,
        limit: int = 4,
        frozen_seconds: float = 10.0,
        private: PrivateHosts | None = None,
        resolver: Resolver | None = None,
    ) -> None:
        self.frozen_seconds = frozen_seconds
        self._environment = os.environ if environment is None else environment
        self._private = PrivateHosts.parse(os.environ.get(SETTING, "")) if private is None else private
        self._resolver = resolver
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
        return Address(name=database, url=url, hint=f"see {setting_of(database)}", is_checked=False)

    @asynccontextmanager
    async def connection(self, address: Address) -> AsyncIterator["Connection"]:
        """Lends a connection in autocommit mode. If the block raises, it is closed instead of kept.

        Once a server took no writes, as after a failover, no connection to it is kept, and of several hosts the one that takes writes is chosen.

        Raises:
            FinalError: a user who is refused, an address that is not allowed, or a URL that cannot be used.
            RetryableError: it cannot be reached now.
        """
        key = address.key
        async with self._slots.setdefault(key, asyncio.Semaphore(self._limit)):
            connection = await self._idle_connection(address) or await self._connect(address)
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

    async def _idle_connection(self, address: Address) -> "Connection | None":
        """Returns the connection that was used last, if it still answers. Closes those that were idle for too long."""
        import psycopg

        too_old = time.monotonic() - _IDLE_SECONDS
        for waiting in list(self._idle.values()):
            while waiting and waiting[0][0] < too_old:
                await waiting.pop(0)[1].close()
        idle = self._idle.get(address.key, [])
        while idle:
            _, connection = idle.pop()
            try:
                await _check_user(connection, address)
            except psycopg.Error:
                await connection.close()
            except BaseException:
                await connection.close()
                raise
            else:
                if not self._has_lost_writing(connection):
                    return connection
                await connection.close()
        return None

    def _has_lost_writing(self, connection: "Connection") -> bool:
        from interlock.controlplane.one_server import is_read_only

        return connection in self._took_writes and is_read_only(connection)

    async def _connect(self, address: Address) -> "Connection":
        from psycopg.conninfo import make_conninfo

        from interlock.controlplane.one_server import is_read_only, writable_host

        parameters = await self._parameters_of(address)
        chosen = writable_host(make_conninfo(**parameters)) if address.key in self._needs_writes else {}
        try:
            connection = await _open(address, {**parameters, **chosen})
        except RetryableError:
            if not chosen:
                raise
            connection = await _open(address, parameters)  # no host takes writes: others may still be read
        if not is_read_only(connection):
            self._took_writes.add(connection)
        return connection

    async def _parameters_of(self, address: Address) -> dict[str, str]:
        """Returns the parameters of a connection string, its hosts resolved and checked if it comes from a credential."""
        try:
            parameters = parse_connection_string(address.url)
            if address.is_checked:
                check_parameters(parameters)
        except ConnectionStringRefused as refusal:
            message = f"the connection string of {address.name!r} {refusal}"
            raise FinalError("database_unusable", message, hint=f"{refusal.hint}; {address.hint}") from None
        return {**parameters, **await self._checked_hosts(address, parameters)} if address.is_checked else parameters

    async def _checked_hosts(self, address: Address, parameters: Mapping[str, str]) -> dict[str, str]:
        """Returns hosts, addresses and ports, one of each for each address that may be tried. Each was checked, and is connected to without its name.

        Raises:
            FinalError: an address that is not allowed.
            RetryableError: no host can be resolved.
        """
        hosts, ports = parameters["host"].split(","), parameters.get("port", "").split(",")
        ports = ports * len(hosts) if len(ports) == 1 else ports
        found: list[tuple[str, str, str]] = []
        for host, port in zip(hosts, ports, strict=True):
            try:
                addresses = await (self._resolver or resolve)(host, int(port or 5432))
            except (OSError, UnicodeError, ValueError):
                continue
            bad = refused(host, addresses, private=self._private if address.asks_for_private else None)
            if bad is not None:
                raise AddressRefused(host, bad, asked=address.asks_for_private)
            found += [(host, str(each), port or "5432") for each in addresses]
        if not found:
            raise RetryableError("database_unavailable", f"no host of the database {address.name!r} can be resolved")
        return {name: ",".join(column) for name, column in zip(("host", "hostaddr", "port"), zip(*found, strict=True), strict=True)}


async def _open(address: Address, parameters: Mapping[str, str]) -> "Connection":
    import psycopg
    from psycopg.rows import tuple_row

    from interlock.nodes.action_node.sql_query.driver import new_adapters

    try:
        connection: Connection = await psycopg.AsyncConnection.connect(
            "",
            autocommit=True,
            prepare_threshold=None,
            context=new_adapters(),
            cursor_factory=psycopg.AsyncRawCursor[Any],
            row_factory=tuple_row,
            **driver_parameters(parameters),
        )
    except psycopg.OperationalError as error:
        raise _connect_error(address.name, error) from None
    except (psycopg.Error, UnicodeError, ValueError):
        raise FinalError("database_unusable", f"the URL of the database {address.name!r} is not valid", hint=address.hint) from None
    try:
        await _check_user(connection, address)
    except BaseException:
        await connection.close()
        raise
    return connection


async def _check_user(connection: "Connection", address: Address) -> None:
    """Checks what the user of a connection may do at its server.

    Raises:
        FinalError: more than a definition may.
        psycopg.Error: the server does not answer.
    """
    row = await (await connection.execute(_FORBIDDEN_ROLES)).fetchone()
    if row is None:
        return
    role, is_superuser, creates_roles = (None if value is None else value.decode() for value in row)
    if role is None:
        reason = "owns the control plane there"
    elif is_superuser == "t":
        reason = "is a superuser, or may become one"
    elif role.startswith("pg_"):
        reason = f"is a member of {role}, which reaches files and programs of the server"
    else:
        reason = "may create roles, and so become a member of every role" if creates_roles == "t" else f"may become {role}"
    raise FinalError(
        "database_refused",
        f"the user of the database {address.name!r} {reason}",
        hint="give it a user of its own, with the rights on the tables that it needs and no others",
    )


def _connect_error(database: str, error: "Exception") -> NodeError:
    """Returns the error without the text of the driver, which may name hosts and users."""
    state = getattr(error, "sqlstate", None)
    text = str(error).lower()
    refusals = ("password authentication failed", "no password supplied", "authentication method requirement", "no pg_hba.conf entry")
    if any(refusal in text for refusal in refusals) or ("role " in text and "does not exist" in text):
        return FinalError("database_login", f"the database {database!r} does not accept the worker's login", details={"sqlstate": state})
    if "database " in text and "does not exist" in text:
        return FinalError("database_unusable", f"the server of {database!r} has no such database", details={"sqlstate": state})
    return RetryableError("database_unavailable", f"the database {database!r} cannot be reached", details={"sqlstate": state})
