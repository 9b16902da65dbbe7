from typing import Any

import pytest
from psycopg_pool import AsyncConnectionPool

from tests.controlplane.plane import Plane


@pytest.fixture
async def plane(pool: AsyncConnectionPool[Any]) -> Plane:
    return Plane(pool)
