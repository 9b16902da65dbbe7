"""Several processes on one data folder: who starts the server, who stops it, and what a `kill -9` of any of them does."""

from pathlib import Path

import psycopg

from interlock.embedded import Server
from tests.embedded.processes import guardians_of, holders, is_running, kill, postmaster_of, until


def ask(url: str, question: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(question).fetchone()
        return None if row is None else row[0]


def test_processes_that_start_at_once_share_one_server(new_folder: Path) -> None:
    with holders(new_folder, 4) as started:
        urls = {one.wait_ready() for one in started}
        assert len(urls) == 1
        assert ask(urls.pop(), "select count(*) from pg_stat_activity where backend_type = 'checkpointer'") == 1
        assert len(guardians_of(new_folder)) == 1
        for one in started:
            assert is_running(new_folder)
            one.stop()
        assert not is_running(new_folder)


async def test_the_server_runs_until_the_last_holder_leaves(data_folder: Path) -> None:
    first, second = Server(data_folder), Server(data_folder)
    await first.start()
    await second.start()
    await first.stop()
    assert ask(second.url, "select 1") == 1
    await second.stop()
    assert not is_running(data_folder)
    assert "database system is shut down" in (data_folder / "server.log").read_text()


def test_a_killed_holder_does_not_take_the_server_with_it(data_folder: Path) -> None:
    with holders(data_folder, 2) as (starter, other):
        starter.wait_ready()
        url = other.wait_ready()
        starter.kill()
        assert ask(url, "select 1") == 1
        other.stop()
        assert not is_running(data_folder)


def test_the_server_shuts_down_normally_when_every_holder_was_killed(data_folder: Path) -> None:
    with holders(data_folder, 2) as started:
        for one in started:
            one.wait_ready()
        for one in started:
            one.kill()
        until(lambda: not is_running(data_folder))
        until(lambda: not guardians_of(data_folder))
    assert "database system is shut down" in (data_folder / "server.log").read_text()


async def test_a_killed_server_is_started_again_with_what_was_committed(private_server: Server) -> None:
    folder = private_server.data_folder
    with psycopg.connect(private_server.url) as connection:
        connection.execute("create table kept as select 42 as answer")
    busy = await psycopg.AsyncConnection.connect(private_server.url)
    killed = postmaster_of(folder)
    kill(killed)
    await private_server.ensure_running()
    assert postmaster_of(folder) != killed
    assert ask(private_server.url, "select answer from kept") == 42
    assert len(guardians_of(folder)) == 1
    await busy.close()


async def test_a_server_killed_with_all_its_holders_is_started_by_the_next_one(data_folder: Path) -> None:
    with holders(data_folder, 2) as started:
        for one in started:
            one.wait_ready()
        (watching,) = guardians_of(data_folder)
        kill(watching)
        kill(postmaster_of(data_folder))
        for one in started:
            one.kill()
    assert (data_folder / "postgres" / "postmaster.pid").exists()
    async with Server(data_folder) as server:
        assert ask(server.url, "select 1") == 1


async def test_a_killed_guardian_is_replaced_by_the_next_holder(data_folder: Path) -> None:
    async with Server(data_folder):
        (killed,) = guardians_of(data_folder)
        kill(killed)
        async with Server(data_folder):
            until(lambda: len(guardians_of(data_folder)) == 1)
            assert guardians_of(data_folder) != [killed]


async def test_the_last_holder_stops_the_server_without_a_guardian_too(data_folder: Path) -> None:
    server = Server(data_folder)
    await server.start()
    (killed,) = guardians_of(data_folder)
    kill(killed)
    await server.stop()
    assert not is_running(data_folder)


async def test_starting_and_stopping_twice_changes_nothing(data_folder: Path) -> None:
    server = Server(data_folder)
    await server.start()
    before = postmaster_of(data_folder)
    await server.start()
    await server.ensure_running()
    assert postmaster_of(data_folder) == before
    await server.stop()
    await server.stop()
    await server.start()
    assert ask(server.url, "select 1") == 1
    await server.stop()


async def test_processes_restart_a_killed_server_together(data_folder: Path) -> None:
    first, second = Server(data_folder), Server(data_folder)
    async with first, second:
        kill(postmaster_of(data_folder))
        await first.ensure_running()
        after = postmaster_of(data_folder)
        await second.ensure_running()
        assert postmaster_of(data_folder) == after
        assert first.url == second.url
        assert ask(second.url, "select 1") == 1
