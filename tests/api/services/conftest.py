from collections.abc import AsyncIterator

import pytest

from interlock.api.process import build_services
from interlock.api.settings import ApiSettings
from interlock.controlplane import open_pool
from tests.api.services.asking import Asking


@pytest.fixture
async def asking(database_url: str) -> AsyncIterator[Asking]:
    async with open_pool(database_url) as pool, build_services(ApiSettings(stream_limit=600), pool) as services:
        yield Asking(services)
