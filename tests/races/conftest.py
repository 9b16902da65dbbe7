from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from tests.controlplane.plane import Plane
from tests.modes import PATHS, Mode
from tests.races.transaction import Session

OpenSession = Callable[[], Awaitable[Session]]


@pytest.fixture(params=PATHS, ids=lambda mode: "lean" if mode.is_lean else "general")
async def raced_url(database_url: str, request: pytest.FixtureRequest) -> str:
    """A database that takes the lean path, and one that does not."""
    mode: Mode = request.param
    await mode.prepare(database_url)
    return database_url


@pytest.fixture
async def pool(raced_url: str) -> AsyncIterator[AsyncConnectionPool[Any]]:
    async with AsyncConnectionPool[Any](raced_url, min_size=1, max_size=8, open=False, kwargs={"autocommit": True}) as opened:
        yield opened


@pytest.fixture
async def plane(pool: AsyncConnectionPool[Any]) -> Plane:
    return Plane(pool)


@pytest.fixture
async def session(raced_url: str) -> AsyncIterator[OpenSession]:
    """`await session()` opens one more connection that can hold a transaction open."""
    opened: list[psycopg.AsyncConnection] = []

    async def connect() -> psycopg.AsyncConnection:
        opened.append(await psycopg.AsyncConnection.connect(raced_url, autocommit=True))
        return opened[-1]

    observer = await connect()

    async def open_one() -> Session:
        return Session(await connect(), observer)

    yield open_one
    for one in opened:
        await one.close()
