"""Health of every service: serving while the database answers."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import Any, Final

import psycopg
from grpc_health.v1 import health_pb2
from grpc_health.v1.health import aio as grpc_health
from psycopg_pool import AsyncConnectionPool

ASK_SECONDS: Final = 1.0
"""How often the database is asked."""
ANSWER_SECONDS: Final = 3.0
"""A database that takes longer counts as away."""
_logger = logging.getLogger("interlock.api")


class Health:
    """Asks the database by a connection of its own, so that a busy pool does not count as a database that is away."""

    def __init__(self, pool: AsyncConnectionPool[Any], services: Sequence[str]) -> None:
        self.servicer = grpc_health.HealthServicer()
        self._pool = pool
        self._names = ("", *services)
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._set(serving=await self._answers())
        self._task = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Not serving from now on."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self.servicer.enter_graceful_shutdown()
        await self._let_go()

    async def _keep(self) -> None:
        was_serving: bool | None = None
        while True:
            is_serving = await self._answers()
            if is_serving != was_serving:
                _logger.info("gRPC is %s", "serving" if is_serving else "not serving: the database does not answer", extra={"event": "health"})
                await self._set(serving=is_serving)
                was_serving = is_serving
            await asyncio.sleep(ASK_SECONDS)

    async def _set(self, *, serving: bool) -> None:
        status = health_pb2.HealthCheckResponse.SERVING if serving else health_pb2.HealthCheckResponse.NOT_SERVING
        for name in self._names:
            await self.servicer.set(name, status)

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                if self._connection is None or self._connection.closed:
                    self._connection = await psycopg.AsyncConnection.connect(str(self._pool.conninfo), autocommit=True)
                await AsyncConnectionPool.check_connection(self._connection)
        except (psycopg.Error, TimeoutError, OSError):
            await self._let_go()
            return False
        return True

    async def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(psycopg.Error):
                await connection.close()
