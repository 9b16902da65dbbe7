from collections.abc import AsyncIterator

import pytest

from tests.model.database import Database
from tests.model.twins import twins
from tests.servers import TestServer


@pytest.fixture
async def database(server: TestServer) -> AsyncIterator[Database]:
    """One that takes the lean path, and one beside it in which the same happens over the general path."""
    async with twins(server) as both:
        yield both
