"""Fixtures: the API as it is served."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from interlock.api.rest.app import CALL_LIMIT
from interlock.api.rest.pages import FOLDER
from interlock.api.settings import ApiSettings
from tests.api.serving import Api, serving

Serve = Callable[..., Awaitable[Api]]


@pytest.fixture
async def serve(database_url: str) -> AsyncIterator[Serve]:
    """Starts any number of API servers over the test's database."""
    async with AsyncExitStack() as opened:

        async def start(settings: ApiSettings | None = None, *, static: Path = FOLDER, call_limit: int = CALL_LIMIT) -> Api:
            return await opened.enter_async_context(serving(database_url, settings, static, call_limit=call_limit))

        yield start


@pytest.fixture
async def api(serve: Serve) -> Api:
    """An API server over a fresh database."""
    return await serve()


@pytest.fixture
async def admin(api: Api) -> httpx.AsyncClient:
    """A client with an admin's key."""
    return await api.client()
