from collections.abc import AsyncIterator
from typing import Any

import pytest
from psycopg_pool import AsyncConnectionPool

from interlock.api.process import build_services
from interlock.api.settings import ApiSettings
from tests.api.services.asking import Asking


@pytest.fixture
async def asking(pool: AsyncConnectionPool[Any]) -> AsyncIterator[Asking]:
    async with build_services(ApiSettings(stream_limit=600), pool) as services:
        yield Asking(services)
