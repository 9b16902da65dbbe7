from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from psycopg_pool import AsyncConnectionPool

from tests.conftest import Connect
from tests.controlplane.plane import Plane
from tests.races.transaction import Session

OpenSession = Callable[[], Awaitable[Session]]


@pytest.fixture
async def plane(pool: AsyncConnectionPool[Any]) -> Plane:
    return Plane(pool)


@pytest.fixture
async def session(connect: Connect) -> OpenSession:
    """`await session()` opens one more connection that can hold a transaction open."""
    observer = await connect()

    async def open_one() -> Session:
        return Session(await connect(), observer)

    return open_one
