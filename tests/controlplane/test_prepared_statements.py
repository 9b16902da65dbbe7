"""Calls are prepared statements where the session is the caller's own, and the same calls where it is not."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import open_pool
from interlock.controlplane.calling import call
from interlock.errors import BadRequest, DatabaseUnavailable, SchemaOutdated
from tests.worker.engine import until
from tests.worker.pgbouncer import running_pgbouncer, until_listening

Pool = AsyncConnectionPool[Any]
PREPARED = "select count(*) from pg_prepared_statements"


@pytest.fixture
async def one(database_url: str) -> AsyncIterator[Pool]:
    """A pool with one connection."""
    async with open_pool(database_url, limit=1) as pool:
        yield pool


async def read(pool: Pool, statement: str) -> Any:
    async with pool.connection() as connection:
        row = await (await connection.execute(statement.encode())).fetchone()
    return None if row is None else row[0]


async def test_a_statement_is_prepared_once_for_a_connection(one: Pool) -> None:
    for number in range(5):
        assert await call(one, "select %s::integer + 1", number) == number + 1
    assert await read(one, PREPARED) == 1


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", "Größe \\ \"'%"),
        ("text", ""),
        ("text", None),
        ("bigint", 2**40),
        ("boolean", True),
        ("uuid", UUID(int=7)),
        ("text[]", ["a,b", "{", '"', "\\", ""]),
        ("text[]", []),
        ("integer[]", [1, -2]),
        ("bytea", b"\0\xff"),
    ],
)
async def test_a_value_comes_back_as_it_was_sent(one: Pool, kind: str, value: object) -> None:
    assert await call(one, f"select %s::{kind}", value) == value


async def test_json_is_read_as_everywhere(one: Pool) -> None:
    text = '{"a": [1.0, 100000000000000000000, null]}'
    assert await call(one, "select %s::jsonb", text) == {"a": [1.0, 100000000000000000000, None]}
    assert await call(one, "select %s::json", text) == {"a": [1.0, 100000000000000000000, None]}


async def test_a_text_with_a_nul_character_is_refused_and_not_cut_off(one: Pool) -> None:
    with pytest.raises(BadRequest, match="NUL"):
        await call(one, "select %s::text", "a\0b")


async def test_where_the_session_changes_after_all_a_call_is_answered(one: Pool) -> None:
    assert await call(one, "select %s::integer", 1) == 1
    async with one.connection() as connection:
        await connection.execute("deallocate all")
    assert await call(one, "select %s::integer", 2) == 2
    assert await call(one, "select %s::integer", 3) == 3
    assert await read(one, PREPARED) == 0, "nothing is prepared on it any more"


async def test_a_function_that_returns_another_type_now_is_called(one: Pool, connection: psycopg.AsyncConnection) -> None:
    await connection.execute("create function interlock.answer() returns json language sql as $$ select '1'::json $$")
    assert await call(one, "select interlock.answer()") == 1
    await connection.execute("drop function interlock.answer()")
    await connection.execute("create function interlock.answer() returns text language sql as $$ select 'one' $$")
    assert await call(one, "select interlock.answer()") == "one"


async def test_a_function_that_takes_another_type_now_is_called(one: Pool, connection: psycopg.AsyncConnection) -> None:
    await connection.execute("create function interlock.answer(p_id text) returns text language sql as $$ select 'of a text' $$")
    assert await call(one, "select interlock.answer(%s)", str(UUID(int=7))) == "of a text"
    await connection.execute("drop function interlock.answer(text)")
    with pytest.raises(SchemaOutdated):
        await call(one, "select interlock.answer(%s)", str(UUID(int=7)))
    await connection.execute("create function interlock.answer(p_id uuid) returns text language sql as $$ select 'of a uuid' $$")
    assert await call(one, "select interlock.answer(%s)", str(UUID(int=7))) == "of a uuid"


async def test_a_call_that_is_cancelled_ends_in_the_database_and_its_connection_serves_the_next(
    one: Pool, connection: psycopg.AsyncConnection
) -> None:
    key = uuid4().int % 2**31
    await connection.execute("select pg_advisory_lock(%s)", [key])
    process = await read(one, "select pg_backend_pid()")
    waiting = asyncio.create_task(call(one, "select pg_advisory_xact_lock(%s)::text", key))

    async def is_blocked() -> bool:
        cursor = await connection.execute("select cardinality(pg_blocking_pids(%s)) > 0", [process])
        return await cursor.fetchone() == (True,)

    await until(is_blocked)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await call(one, "select pg_backend_pid()") == process


async def test_behind_a_pooler_nothing_is_prepared(database_url: str) -> None:
    with running_pgbouncer(database_url) as url:
        await until_listening(int(str(conninfo_to_dict(url)["port"])))
        async with open_pool(url, limit=1) as pooled:
            assert await call(pooled, "select %s::integer", 1) == 1
            assert await read(pooled, PREPARED) == 0


async def test_a_connection_that_was_lost_is_replaced(one: Pool) -> None:
    process = await call(one, "select pg_backend_pid()")
    with psycopg.connect(one.conninfo, autocommit=True) as other:  # type: ignore[arg-type]  # it is a text
        other.execute("select pg_terminate_backend(%s)", [process])

    async def answers() -> bool:
        try:
            return bool(await call(one, "select pg_backend_pid()") != process)
        except DatabaseUnavailable:  # the call that finds the connection lost
            return False

    await until(answers)
