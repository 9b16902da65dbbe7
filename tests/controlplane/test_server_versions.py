"""The tests of this folder run once for each server that is found."""

import psycopg

from tests.servers import TestServer, server_names


async def test_every_server_has_the_schema(server: TestServer, connection: psycopg.AsyncConnection) -> None:
    version = connection.info.server_version // 10_000
    assert version == 15 if server.name == "postgres15" else version >= 15
    assert await (await connection.execute("select to_regclass('interlock.assignments') is not null")).fetchone() == (True,)


async def test_our_schema_is_found_by_its_full_name_only(connection: psycopg.AsyncConnection) -> None:
    assert await (await connection.execute("select 'interlock' = any (current_schemas(true)::text[])")).fetchone() == (False,)


def test_every_server_has_its_own_name() -> None:
    assert len(set(server_names())) == len(server_names()) >= 1
