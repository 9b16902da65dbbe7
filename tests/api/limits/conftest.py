"""Fixtures: one API process with limits, over REST and gRPC, and what changes the limits of a workspace."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import psycopg
import pytest

from interlock.api.settings import ApiSettings
from tests.api.grpc.conftest import Served, serving_grpc

ServeBoth = Callable[..., Awaitable[Served]]
SetLimit = Callable[..., Awaitable[None]]


@pytest.fixture
async def serve_both(database_url: str) -> AsyncIterator[ServeBoth]:
    """Starts an API process with these settings."""
    async with AsyncExitStack() as opened:

        async def start(**settings: Any) -> Served:
            return await opened.enter_async_context(serving_grpc(database_url, ApiSettings(**settings)))

        yield start


@pytest.fixture
def set_limit(connection: psycopg.AsyncConnection) -> SetLimit:
    """Changes the limits of a workspace in the database, as another process would."""

    async def change(
        workspace_id: int, *, max_requests: int | None = None, max_streams: int | None = None, max_stored_bytes: int | None = None
    ) -> None:
        await connection.execute(
            "update interlock.workspaces set max_requests = %s, max_streams = %s, max_stored_bytes = %s where id = %s",
            [max_requests, max_streams, max_stored_bytes, workspace_id],
        )

    return change
