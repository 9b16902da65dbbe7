"""An API process: REST, the pages and gRPC over one database. Any number of processes may serve the same database."""

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Final

import uvicorn

from interlock.api.call import Services
from interlock.api.definition_checker import DefinitionChecker
from interlock.api.limits import Limits
from interlock.api.rest.app import create_app
from interlock.api.rest.connections import BoundedProtocol
from interlock.api.settings import ApiSettings
from interlock.api.shared_pool import open_shared_pool
from interlock.api.side_threads import SideThreads
from interlock.api.watching import ExecutionWatcher
from interlock.collecting import collecting_rarely
from interlock.controlplane.database_watch import DatabaseWatch
from interlock.controlplane.pool import DatabasePool
from interlock.credentials import cipher_from_environment
from interlock.nodes import NodeExecutorFactory
from interlock.stop_signals import stopping_on_signals
from interlock.tracing import Tracing

if TYPE_CHECKING:
    from fastapi import FastAPI

CONNECTIONS: Final = 16
FILES: Final = 65_536
SWITCH_SECONDS: Final = 0.001
"""How long a thread beside the event loop may keep the interpreter while the loop waits for it, as far as the thread runs Python code."""
DRAIN_SECONDS: Final = 10
"""For how long requests that have begun may continue when the process stops."""
_logger = logging.getLogger("interlock.api")


@asynccontextmanager
async def build_services(settings: ApiSettings, pool: DatabasePool) -> AsyncIterator[Services]:
    """Makes what a process needs to answer calls, from the pool, the installed node types and the environment."""
    tracing = Tracing.from_environment(os.environ, service="interlock-api")
    node_types = NodeExecutorFactory.from_entry_points()
    definitions = DefinitionChecker(node_types)
    readers = SideThreads("large requests", at_once=1)
    expressions = SideThreads("expressions", at_once=1)
    try:
        async with DatabaseWatch(pool).running() as database, ExecutionWatcher(pool, settings.stream_limit, listens=True) as watcher:
            yield Services(
                pool=pool,
                database=database,
                node_types=node_types,
                definitions=definitions,
                readers=readers,
                expressions=expressions,
                watcher=watcher,
                limits=Limits(settings),
                cipher=cipher_from_environment(os.environ),
                settings=settings,
                tracing=tracing,
            )
    finally:
        definitions.close()
        readers.close()
        expressions.close()
        tracing.close()


async def serve_api(settings: ApiSettings, database_url: str, *, on_serving: Callable[[str], None] | None = None) -> None:
    """Serves until SIGINT or SIGTERM. Then it accepts nothing new, ends event streams, and lets requests end that have begun.

    It serves even while the database does not answer; until then requests, and `/readyz`, are answered with 503.

    Args:
        on_serving: called with the address of REST once it listens. With port 0 this is the only way to learn the port.
    """
    _open_more_files()
    sys.setswitchinterval(SWITCH_SECONDS)
    async with open_shared_pool(database_url, limit=CONNECTIONS) as pool, build_services(settings, pool) as services, _serving_grpc(services):
        app = create_app(services)
        async with serving_rest(app, settings) as server:
            _logger.info("serving at %s", server.address, extra={"event": "serving", "address": server.address})
            if on_serving is not None:
                on_serving(server.address)
            with stopping_on_signals(server.stop), collecting_rarely():
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
        """Listens.

        Raises:
            OSError: the address is in use, or does not exist.
        """
        self._task = asyncio.create_task(self._server.serve())
        while not self._server.started:
            await asyncio.wait([self._task], timeout=0.01)
            if self._task.done():
                await self._task
                raise OSError(f"cannot listen at {self._server.config.host}:{self._server.config.port}")

    def stop(self) -> None:
        """Accepts nothing new, and lets requests end that have begun."""
        self._app.state.closing.set()
        self._server.should_exit = True

    async def until_stopped(self) -> None:
        assert self._task is not None
        await self._task


@asynccontextmanager
async def serving_rest(app: "FastAPI", settings: ApiSettings) -> AsyncIterator[RestServer]:
    """Serves REST and the pages during the block."""
    server = RestServer(app, settings)
    await server.start()
    try:
        yield server
    finally:
        server.stop()
        await server.until_stopped()


class _Uvicorn(uvicorn.Server):
    """Does not handle signals: the process does, once."""

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
    """Raises the limit of open files: each connection is one, and many systems allow 1,024 at first."""
    try:
        import resource
    except ImportError:  # Windows
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
