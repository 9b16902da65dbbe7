import asyncio

import psycopg
from psycopg.conninfo import make_conninfo

from interlock.embedded import Server
from tests.cli.command import interlock
from tests.controlplane.test_row_security import database_of_plain_owner


def test_tick_says_what_it_handled(database_url: str) -> None:
    document = interlock("tick", "--json", database=database_url).document
    assert document["skipped"] is False
    assert set(document) > {"skipped", "next_due_seconds", "timers"}
    assert interlock("tick", "--limit", "10", database=database_url).code == 0


def test_migrate_twice_changes_nothing_the_second_time(empty_database_url: str) -> None:
    first = interlock("migrate", "--json", database=empty_database_url)
    assert first.code == 0, first.stderr
    assert first.document["applied"]
    assert interlock("migrate", "--json", database=empty_database_url).document["applied"] == []
    assert interlock("executions", "list", database=empty_database_url).code == 0


async def test_migrate_prints_the_sql_that_its_user_may_not_run(private_server: Server) -> None:
    url = database_of_plain_owner(private_server)
    first = await asyncio.to_thread(interlock, "migrate", database=url)
    assert first.code == 0, first.stderr
    assert "reads do not take the role interlock_reader" in first.said
    document = (await asyncio.to_thread(interlock, "migrate", "--json", database=url)).document
    assert document["missing_rights"][0] == "create role interlock_reader nologin"
    with psycopg.connect(make_conninfo(private_server.url, dbname="plain"), autocommit=True) as admin:
        for statement in document["missing_rights"]:
            assert f"{statement};" in first.said
            admin.execute(statement.encode())
    assert (await asyncio.to_thread(interlock, "migrate", "--json", database=url)).document["missing_rights"] == []
    assert "interlock_reader" not in (await asyncio.to_thread(interlock, "migrate", database=url)).said


def test_bench_measures_the_throughput_of_a_named_database(database_url: str) -> None:
    document = interlock("bench", "--executions", "50", "--nodes", "3", "--json", database=database_url).document
    assert document["nodes"] == 150
    assert document["nodes_per_second"] > 0
