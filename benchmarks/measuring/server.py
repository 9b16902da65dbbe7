"""The PostgreSQL that the benchmarks run on, and a fresh database on it for each of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString
from uuid import uuid4

import psycopg
from psycopg import AsyncConnection, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from benchmarks.measuring.cpu import read_process, tree_seconds

SETTINGS = ("fsync", "synchronous_commit", "full_page_writes", "wal_level", "shared_buffers", "max_wal_size", "jit")

Connection = AsyncConnection[tuple[Any, ...]]


class NotDurableError(RuntimeError):
    """The server may lose commits, so its figures would say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running PostgreSQL. `url` may create databases; `postmaster_pid` is None where its processes cannot be seen.

    `counts_statements`: it has loaded pg_stat_statements, which each new database then has.
    """

    url: str
    version: str
    settings: dict[str, str]
    postmaster_pid: int | None
    binaries: Path | None
    counts_statements: bool = False

    def cpu_seconds(self) -> float | None:
        """CPU seconds that all processes of the server have used since it started."""
        return None if self.postmaster_pid is None else tree_seconds(self.postmaster_pid)

    @asynccontextmanager
    async def fresh_database(self, label: str) -> AsyncIterator[str]:
        """The URL of a new, empty, never analysed database, dropped afterwards. A checkpoint comes first: none is due from before."""
        name = f"bench_{label}_{uuid4().hex[:8]}"
        await self.execute(sql.SQL("create database {} template template0").format(sql.Identifier(name)))
        try:
            await self.execute(sql.SQL("checkpoint"))
            url = make_conninfo(self.url, dbname=name)
            if self.counts_statements:
                await self.execute(sql.SQL("create extension pg_stat_statements schema public"), url)
            yield url
        finally:
            await self.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))

    async def execute(self, statement: sql.SQL | sql.Composed, url: str | None = None) -> None:
        """Run a statement over a connection of its own, in the database of `url` or of the server."""
        async with await psycopg.AsyncConnection.connect(url or self.url, autocommit=True) as connection:
            await connection.execute(statement)


async def inspect_server(url: str, binaries: Path | None) -> Server:
    """Look at a running server.

    Raises:
        NotDurableError: fsync, synchronous_commit or full_page_writes is off.
    """
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        settings = {name: await _one(connection, "select current_setting(%s)", name) for name in SETTINGS}
        weak = [name for name in ("fsync", "synchronous_commit", "full_page_writes") if settings[name] == "off"]
        if weak:
            message = f"{', '.join(weak)} is off on this server; switch it on: these benchmarks measure durable work"
            raise NotDurableError(message)
        version = str(await _one(connection, "select split_part(current_setting('server_version'), ' ', 1)"))
        backend = int(await _one(connection, "select pg_backend_pid()"))
        process = read_process(backend)
        preloaded = str(await _one(connection, "select current_setting('shared_preload_libraries')"))
        is_local = bool(await _one(connection, "select coalesce(inet_server_addr() <<= '127.0.0.0/8' or inet_server_addr() = '::1', true)"))
    return Server(
        url=url,
        version=version,
        settings=settings,
        postmaster_pid=process.parent_pid if process and is_local else None,
        binaries=binaries,
        counts_statements="pg_stat_statements" in preloaded,
    )


async def _one(connection: Connection, statement: LiteralString, *values: object) -> Any:
    row = await (await connection.execute(statement, values)).fetchone()
    assert row is not None
    return row[0]


def as_uri(conninfo: str) -> str:
    """The same address as a URI, for tools that read nothing else."""
    from urllib.parse import quote, urlencode

    parts = {name: str(value) for name, value in conninfo_to_dict(conninfo).items() if value is not None}
    user, database = quote(parts.pop("user", ""), safe=""), quote(parts.pop("dbname", ""), safe="")
    secret = f":{quote(parts.pop('password'), safe='')}" if "password" in parts else ""
    return f"postgresql://{user}{secret}@/{database}?{urlencode(parts)}"
