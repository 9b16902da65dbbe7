from collections.abc import AsyncIterator

import pytest

from tests.model.database import Database
from tests.model.twins import twins
from tests.servers import TestServer


@pytest.fixture(params=["one-lane", pytest.param("two-lanes", marks=pytest.mark.full)])
async def database(server: TestServer, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """One that takes the lean path, and one beside it in which the same happens over the general path. Each worker of the first has one exchange in
    flight, or two.
    """
    async with twins(server, in_lanes=request.param == "two-lanes") as both:
        yield both


@pytest.fixture
async def in_lanes(server: TestServer) -> AsyncIterator[Database]:
    """The same, with two exchanges in flight: for samples, in the usual run."""
    async with twins(server, in_lanes=True) as both:
        yield both
