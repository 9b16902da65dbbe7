"""Fixtures of the tests of bad days: a standby pair."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.days.pair import Pair, running_pair


@pytest.fixture
async def pair(data_folder: Path) -> AsyncIterator[Pair]:
    """A primary server with the schema, and its standby."""
    async with running_pair(data_folder) as running:
        yield running
