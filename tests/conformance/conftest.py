"""What the executors' samples need: an HTTP server, and a database that the worker's operator has named."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.conformance.samples import World
from tests.nodes.http_server import LocalServer, Received, local_server
from tests.servers import TestServer


@pytest.fixture(scope="module")
def sample_database_url(server: TestServer) -> Iterator[str]:
    with server.fresh_database(migrated=False) as url:
        yield url


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
