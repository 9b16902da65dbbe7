"""Fixtures: gRPC as it is served."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import grpc.aio
import pytest

from interlock.api.grpc.server import GrpcServer, start_grpc
from interlock.api.models.users import Role
from interlock.api.settings import ApiSettings
from tests.api.grpc.client import Client
from tests.api.serving import DEFAULT, Api, serving


class Served:
    """The gRPC of one API process, in the test's own event loop."""

    def __init__(self, api: Api, server: GrpcServer, opened: AsyncExitStack) -> None:
        self.api = api
        self.server = server
        self._opened = opened

    async def channel(self) -> grpc.aio.Channel:
        options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
        return await self._opened.enter_async_context(grpc.aio.insecure_channel(self.server.address, options))

    async def client(self, role: Role | None = Role.ADMIN, workspace_id: int = DEFAULT) -> Client:
        """Sends the key of this role in a workspace with each call; None: nothing."""
        proof = {} if role is None else {"authorization": f"Bearer {await self.api.key(role, workspace_id)}"}
        return Client(await self.channel(), **proof)


@asynccontextmanager
async def serving_grpc(database_url: str, settings: ApiSettings | None = None, **more: Any) -> AsyncIterator[Served]:
    async with AsyncExitStack() as opened:
        api = await opened.enter_async_context(serving(database_url, settings))
        server = await start_grpc(api.services, "127.0.0.1:0", **more)
        opened.push_async_callback(server.stop, 1)
        yield Served(api, server, opened)


ServeGrpc = Callable[..., Awaitable[Served]]


@pytest.fixture
async def serve_grpc(database_url: str) -> AsyncIterator[ServeGrpc]:
    """Starts any number of servers over the test's database."""
    async with AsyncExitStack() as opened:

        async def start(settings: ApiSettings | None = None, **more: Any) -> Served:
            return await opened.enter_async_context(serving_grpc(database_url, settings, **more))

        yield start


@pytest.fixture
async def served(serve_grpc: ServeGrpc) -> Served:
    """A server over a fresh database."""
    return await serve_grpc()


@pytest.fixture
async def admin(served: Served) -> Client:
    """A client with an admin's key."""
    return await served.client()
