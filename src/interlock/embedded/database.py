"""Which database to use: the one that the environment names, else the one that comes with Interlock."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import psycopg

from interlock.embedded.binaries import OLDEST
from interlock.embedded.errors import EmbeddedServerError
from interlock.embedded.server import Server
from interlock.errors import BadRequest, DatabaseUnsuitable, ServerTooOld

SETTINGS: Final = ("DATABASE_URL", "SUPABASE_DB_URL")


class DatabaseSource:
    """Where the database comes from. Open it before use; closing it releases an embedded server."""

    def __init__(self, origin: str, *, url: str | None = None, server: Server | None = None) -> None:
        self.origin: Final = origin
        """`DATABASE_URL`, `SUPABASE_DB_URL`, `--database`, `--data` or `embedded`."""
        self.server: Final = server
        self._url: Final = url

    @property
    def url(self) -> str:
        """The connection string, with the password; an embedded server has one only while it is open."""
        if self.server is not None:
            return self.server.url
        if self._url is None:
            message = f"{self.origin} has no URL"
            raise EmbeddedServerError(message)
        return self._url

    @property
    def is_embedded(self) -> bool:
        return self.server is not None

    async def open(self) -> None:
        """Start an embedded server, or check the named one.

        Raises:
            EmbeddedServerError: the embedded server cannot run here.
            ServerTooOld, DatabaseUnsuitable: the named database is older than PostgreSQL 15, or does not hold UTF-8.
            psycopg.OperationalError: the named database does not answer.
        """
        if self.server is not None:
            await self.server.start()
        await check_version(self.url)

    async def ensure_running(self) -> None:
        """Start an embedded server again if it was killed. A named database is left to its owner."""
        if self.server is not None:
            await self.server.ensure_running()

    async def close(self) -> None:
        if self.server is not None:
            await self.server.stop()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()


def resolve_database(data_folder: Path | None = None, *, environment: Mapping[str, str] | None = None) -> DatabaseSource:
    """Returns DATABASE_URL, else SUPABASE_DB_URL, else an embedded server with its data in `data_folder`. Nothing is opened yet."""
    for name in SETTINGS:
        if url := (os.environ if environment is None else environment).get(name, "").strip():
            return DatabaseSource(name, url=url)
    return DatabaseSource("embedded", server=Server(data_folder))


async def check_version(url: str) -> int:
    """Returns the major version of the server.

    Raises:
        ServerTooOld, DatabaseUnsuitable: it is below 15, or its database does not hold UTF-8.
        BadRequest: the address cannot be read. The message does not show it, because it may hold a password.
    """
    try:
        connection = await psycopg.AsyncConnection.connect(url, autocommit=True, connect_timeout=30)
    except psycopg.ProgrammingError as error:
        raise BadRequest("the database's address cannot be read", hint="write it as postgresql://user:password@host:5432/database") from error
    async with connection:
        refuse_unfit(connection.info)
        return connection.info.server_version // 10_000


def refuse_unfit(info: psycopg.ConnectionInfo) -> None:
    """Raise for a server that is too old, and for a database that cannot hold every text."""
    refuse_old(info.server_version)
    encoding = info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise DatabaseUnsuitable(
            f"the database {info.dbname} has the encoding {encoding}, and Interlock needs UTF8",
            hint="create one that has it: create database interlock template template0 encoding 'UTF8' locale 'C'",
        )


def refuse_old(version: int) -> None:
    """Raise for a server that is too old. `version` is as PostgreSQL numbers it: 150004 is 15.4."""
    if version < OLDEST * 10_000:
        raise ServerTooOld(
            f"the database runs PostgreSQL {version // 10_000}",
            hint=f"Interlock needs {OLDEST} or newer: upgrade it, or name another one in DATABASE_URL",
        )
