"""The fixtures that other tests use."""

import psycopg

from tests.servers import TestServer


def test_every_test_has_a_database_of_its_own(server: TestServer) -> None:
    with server.fresh_database(migrated=False) as first, server.fresh_database(migrated=False) as second:
        with psycopg.connect(first) as connection:
            connection.execute("create table mine (id int)")
        with psycopg.connect(second) as connection:
            assert connection.execute("select to_regclass('mine')").fetchone() == (None,)


def test_a_database_is_dropped_although_a_client_is_connected(server: TestServer) -> None:
    with server.fresh_database(migrated=False) as url:
        left = psycopg.connect(url, autocommit=True)
    with psycopg.connect(server.url("postgres")) as connection:
        assert connection.execute("select count(*) from pg_database where datname like 'interlock_test_%'").fetchone() == (0,)
    left.close()
