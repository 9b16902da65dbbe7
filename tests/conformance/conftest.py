"""What the executors' samples need: an HTTP server, and a database that the worker's operator has named."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.conformance.samples import World
from tests.nodes.http_server import LocalServer, Received, local_server
from tests.servers import TestServer

USER = "interlock_test_sample"


@pytest.fixture(scope="module")
def sample_database_url(server: TestServer) -> Iterator[str]:
    with server.fresh_database(migrated=False) as url:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(f"drop role if exists {USER}")
            admin.execute(f"create role {USER} login password 'pa55word'")
        yield make_conninfo(url, user=USER, password="pa55word")
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = %s", [USER])
            admin.execute(f"drop role {USER}")


@pytest.fixture
async def http_server() -> AsyncIterator[LocalServer]:
    async def hang(_: Received, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    async with local_server() as serving:
        serving.on("/works", 200, b'{"a": 1}', content_type="application/json")
        serving.answers["/hangs"] = hang
        yield serving


@pytest.fixture
def world(http_server: LocalServer, sample_database_url: str, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(http_url=http_server.url("").rstrip("/"))
    monkeypatch.setenv("INTERLOCK_HTTP_ALLOW_PRIVATE", "127.0.0.1")
    monkeypatch.setenv("INTERLOCK_SQL_SAMPLE_URL", sample_database_url)
    monkeypatch.setenv("INTERLOCK_SQL_WRONG_URL", f"postgresql://user:{made.secret}@127.0.0.1:1/none")
    return made
