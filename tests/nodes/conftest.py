"""Servers for the tests of nodes."""

from collections.abc import AsyncIterator

import pytest

from tests.nodes.http_server import LocalServer, local_server


@pytest.fixture
async def http_server() -> AsyncIterator[LocalServer]:
    async with local_server() as server:
        yield server
