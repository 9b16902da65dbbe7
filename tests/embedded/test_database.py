"""Which database is used, and which are refused."""

from pathlib import Path

import psycopg
import pytest

from interlock.embedded import EmbeddedServerError, resolve_database
from interlock.embedded.database import check_version, refuse_old
from interlock.errors import ServerTooOld
from tests.servers import TestServer


def test_the_environment_names_the_database_in_a_fixed_order(new_folder: Path) -> None:
    both = {"DATABASE_URL": "postgresql://one/a", "SUPABASE_DB_URL": "postgresql://two/b"}
    first = resolve_database(new_folder, environment=both)
    assert (first.origin, first.url, first.is_embedded) == ("DATABASE_URL", "postgresql://one/a", False)
    second = resolve_database(new_folder, environment={**both, "DATABASE_URL": " "})
    assert (second.origin, second.url) == ("SUPABASE_DB_URL", "postgresql://two/b")
    third = resolve_database(new_folder, environment={})
    assert (third.origin, third.is_embedded) == ("embedded", True)
    assert not new_folder.exists(), "nothing is opened yet"


async def test_without_a_url_the_embedded_server_is_started(data_folder: Path) -> None:
    async with resolve_database(data_folder, environment={}) as source:
        assert await check_version(source.url) >= 15
        await source.ensure_running()
    with pytest.raises(EmbeddedServerError):
        _ = source.url


async def test_a_named_database_is_used_as_it_is(server: TestServer) -> None:
    async with resolve_database(None, environment={"SUPABASE_DB_URL": server.url("postgres")}) as source:
        await source.ensure_running()
        async with await psycopg.AsyncConnection.connect(source.url) as connection:
            assert await (await connection.execute("select current_database()")).fetchone() == ("postgres",)


async def test_a_named_database_that_does_not_answer_is_an_error_at_once() -> None:
    with pytest.raises(psycopg.OperationalError):
        await resolve_database(None, environment={"DATABASE_URL": "postgresql://127.0.0.1:1/none"}).open()


@pytest.mark.parametrize(("version", "is_old"), [(90_624, True), (140_012, True), (150_000, False), (180_006, False)])
def test_servers_below_15_are_refused(version: int, is_old: bool) -> None:
    if is_old:
        with pytest.raises(ServerTooOld, match="needs 15 or newer"):
            refuse_old(version)
    else:
        refuse_old(version)
