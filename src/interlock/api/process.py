"""An API process: REST, the pages and gRPC over one database. Any number of them are equal."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Final

import uvicorn
from psycopg_pool import AsyncConnectionPool

from interlock.api.call import Services
from interlock.api.rest.app import create_app
from interlock.api.rest.connections import BoundedProtocol
from interlock.api.settings import ApiSettings
from interlock.api.watching import ExecutionWatcher
from interlock.controlplane import ControlPlane, open_pool
from interlock.credentials import cipher_from_environment
from interlock.nodes import NodeExecutorFactory
from interlock.stop_signals import stopping_on_signals
from interlock.tracing import Tracing

if TYPE_CHECKING:
    from fastapi import FastAPI

CONNECTIONS: Final = 16
FILES: Final = 65_536
DRAIN_SECONDS: Final = 10
"""How long requests that are under way may go on when the process is told to stop."""
_logger = logging.getLogger("interlock.api")


@asynccontextmanager
async def build_services(settings: ApiSettings, pool: AsyncConnectionPool[Any]) -> AsyncIterator[Services]:
    """What a process answers with, from the pool, the installed node types and the environment."""
    tracing = Tracing.from_environment(os.environ, service="interlock-api")
    try:
        async with ExecutionWatcher(pool, settings.stream_limit) as watcher:
            yield Services(
                pool=pool,
                plane=ControlPlane(pool),
                node_types=NodeExecutorFactory.from_entry_points(),
                watcher=watcher,
                cipher=cipher_from_environment(os.environ),
                settings=settings,
                tracing=tracing,
            )
    finally:
        tracing.close()


async def serve_api(settings: ApiSettings, database_url: str, *, on_serving: Callable[[str], None] | None = None) -> None:
    """Serve until SIGINT or SIGTERM; then event streams end, requests under way end, and nothing new is taken.

    Serving begins whether the database answers or not: until it does, requests are told so (503) and `/readyz` too.

    `on_serving` is called with the address of REST once it listens; with port 0 only this tells which.
    """
    _open_more_files()
    async with open_pool(database_url, limit=CONNECTIONS) as pool, build_services(settings, pool) as services, _serving_grpc(services):
        app = create_app(services)
        async with serving_rest(app, settings) as server:
            _logger.info("serving at %s", server.address, extra={"event": "serving", "address": server.address})
            if on_serving is not None:
                on_serving(server.address)
            with stopping_on_signals(server.stop):
                await server.until_stopped()


class RestServer:
    """A running uvicorn."""

    def __init__(self, app: "FastAPI", settings: ApiSettings) -> None:
        config = uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            http=BoundedProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=settings.public_url is not None,
            forwarded_allow_ips=list(settings.trusted_proxies),
            timeout_graceful_shutdown=DRAIN_SECONDS,
            backlog=1024,
        )
        self._server = _Uvicorn(config)
        self._app = app
        self._task: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        host, port = self._server.servers[0].sockets[0].getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the address is taken, or not there.
        """
        self._task = asyncio.create_task(self._server.serve())
        while not self._server.started:
            await asyncio.wait([self._task], timeout=0.01)
            if self._task.done():
                await self._task
                raise OSError(f"cannot listen at {self._server.config.host}:{self._server.config.port}")

    def stop(self) -> None:
        """Take nothing new, and let what is under way end."""
        self._app.state.closing.set()
        self._server.should_exit = True

    async def until_stopped(self) -> None:
        assert self._task is not None
        await self._task


@asynccontextmanager
async def serving_rest(app: "FastAPI", settings: ApiSettings) -> AsyncIterator[RestServer]:
    """REST and the pages, served during the block."""
    server = RestServer(app, settings)
    await server.start()
    try:
        yield server
    finally:
        server.stop()
        await server.until_stopped()


class _Uvicorn(uvicorn.Server):
    """Leaves signals alone: they are heard once for the whole process."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def _serving_grpc(services: Services) -> AsyncIterator[None]:
    if services.settings.grpc_port is None:
        yield
        return
    from interlock.api.grpc.server import start_grpc

    server = await start_grpc(services, f"{services.settings.host}:{services.settings.grpc_port}")
    try:
        yield
    finally:
        await server.stop(DRAIN_SECONDS)


def _open_more_files() -> None:
    """Each connection is one; many systems give a process 1,024 until it asks for more."""
    try:
        import resource
    except ImportError:  # Windows
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
