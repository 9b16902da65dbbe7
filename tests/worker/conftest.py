"""Fixtures of the worker's tests: networks that fail, a pooler, executors, running workers."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import AsyncConnectionPool

from tests.worker.engine import Engine
from tests.worker.executors import TestNodes
from tests.worker.pgbouncer import running_pgbouncer, until_listening
from tests.worker.proxy import Proxy


@pytest.fixture
async def proxy(database_url: str) -> AsyncIterator[Proxy]:
    """A network to the test's database."""
    async with Proxy(database_url).running() as running:
        yield running


@pytest.fixture
async def bare_proxy(empty_database_url: str) -> AsyncIterator[Proxy]:
    """A network to a database with nothing in it."""
    async with Proxy(empty_database_url).running() as running:
        yield running


@pytest.fixture
async def pooled_url(database_url: str) -> AsyncIterator[str]:
    """The test's database behind PgBouncer in transaction mode."""
    with running_pgbouncer(database_url) as url:
        await until_listening(int(str(conninfo_to_dict(url)["port"])))
        yield url


@pytest.fixture
async def nodes() -> TestNodes:
    return TestNodes()


@pytest.fixture
async def engine(database_url: str, pool: AsyncConnectionPool[Any], nodes: TestNodes) -> Engine:
    """The test's database with workers that serve it."""
    return Engine(database_url, pool, nodes)
