"""Statements as the server counts them: those that clients send, and those that functions run inside."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg

from benchmarks.measuring.home import find_psql
from benchmarks.measuring.server import Connection, Server, inspect_server
from interlock.embedded import Server as EmbeddedServer

COUNTED = """
select query, coalesce(sum(calls) filter (where toplevel), 0)::bigint, coalesce(sum(calls) filter (where not toplevel), 0)::bigint
from public.pg_stat_statements
where dbid = (select oid from pg_database where datname = current_database())
group by query
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """How often one statement ran: sent by a client, and inside a function."""

    sent: int
    nested: int


StatementCounts = dict[str, Calls]
"""The calls of each statement, by its text without constants."""


@asynccontextmanager
async def counting_server(folder: Path) -> AsyncIterator[Server]:
    """An embedded server with data of its own that has loaded pg_stat_statements. The other benchmarks do not use it: counting takes time."""
    async with EmbeddedServer(folder) as embedded:
        await alter_system(embedded.url, "alter system set shared_preload_libraries = 'pg_stat_statements'")
    async with EmbeddedServer(folder) as embedded:
        await alter_system(embedded.url, "alter system set pg_stat_statements.track = 'all'")  # known only while it is loaded
        yield await inspect_server(embedded.url, find_psql())


async def alter_system(url: str, statement: LiteralString) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(statement)
        await connection.execute("select pg_reload_conf()")


async def leave_out(connection: Connection) -> None:
    """Count no statement of this connection."""
    await connection.execute("set pg_stat_statements.track = 'none'")


async def counted_since_reset(connection: Connection) -> StatementCounts:
    rows = await (await connection.execute(COUNTED)).fetchall()
    return {text: Calls(sent=sent, nested=nested) for text, sent, nested in rows}


async def reset_counts(connection: Connection) -> None:
    await connection.execute("select public.pg_stat_statements_reset()")
