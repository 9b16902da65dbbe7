"""The health of every service: serving while the database answers and takes writes. It needs no sign-in."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import Final

import grpc
from grpc_health.v1.health import SERVICE_NAME
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse, HealthListRequest, HealthListResponse

from interlock.api.grpc.metadata import Context
from interlock.api.grpc.streaming import SEND_SECONDS
from interlock.api.grpc.system_methods import SystemMethods
from interlock.api.observing import Observation
from interlock.controlplane.database_watch import DatabaseWatch
from interlock.errors import PageNotFound, ServerUnreachable

ASK_SECONDS: Final = 0.5
"""How often it looks what the watch has found."""
_logger = logging.getLogger("interlock.api")


class Health:
    """Reports what the watch of the database has found. A busy pool does not count as a database that is away."""

    def __init__(self, database: DatabaseWatch, services: Sequence[str]) -> None:
        self._database = database
        self._names = ("", *services)
        self._status = HealthCheckResponse.NOT_SERVING
        self._changed = asyncio.Event()
        self._is_stopped = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._database.look()
        self._set(serving=self._database.problem is None)
        self._task = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Reports to all watchers that the server no longer serves, and ends."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._is_stopped = True
        self._set(serving=False)
        self._changed.set()

    def handlers(self, system: SystemMethods) -> grpc.GenericRpcHandler:
        """Makes the handlers of the service of health."""
        return grpc.method_handlers_generic_handler(
            SERVICE_NAME,
            {
                "Check": system.unary_handler("health_check", HealthCheckRequest, self._check),
                "List": system.unary_handler("health_list", HealthListRequest, self._list),
                "Watch": system.stream_handler("health_watch", HealthCheckRequest, self._watch),
            },
        )

    async def _check(self, request: HealthCheckRequest, context: Context, observation: Observation) -> bytes:
        if request.service not in self._names:
            observation.note_error(PageNotFound("there is no such service"))
            observation.note_answer(grpc.StatusCode.NOT_FOUND.name)
            await context.abort(grpc.StatusCode.NOT_FOUND, "there is no such service")
        return _written(HealthCheckResponse(status=self._status))

    async def _list(self, request: HealthListRequest, context: Context, observation: Observation) -> bytes:  # noqa: ARG002 - as the others
        return _written(HealthListResponse(statuses={name: HealthCheckResponse(status=self._status) for name in self._names}))

    async def _watch(self, request: HealthCheckRequest, context: Context, observation: Observation) -> None:
        """Sends each change, until the watcher goes or reads nothing."""
        is_known = request.service in self._names
        observation.note_answer(grpc.StatusCode.OK.name)
        while True:
            changed, is_last = self._changed, self._is_stopped
            status = self._status if is_known else HealthCheckResponse.SERVICE_UNKNOWN
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    await context.write(_written(HealthCheckResponse(status=status)))
            except TimeoutError as error:
                raise ServerUnreachable("the client did not read the status", hint="watch again") from error
            if is_last:
                return
            await changed.wait()

    async def _keep(self) -> None:
        was_serving: bool | None = None
        while True:
            is_serving = self._database.problem is None
            if is_serving != was_serving:
                _logger.info("gRPC is %s", "serving" if is_serving else "not serving: the database cannot be used", extra={"event": "health"})
                self._set(serving=is_serving)
                was_serving = is_serving
            await asyncio.sleep(ASK_SECONDS)

    def _set(self, *, serving: bool) -> None:
        status = HealthCheckResponse.SERVING if serving else HealthCheckResponse.NOT_SERVING
        if status != self._status:
            self._status = status
            changed, self._changed = self._changed, asyncio.Event()
            changed.set()


def _written(message: HealthCheckResponse | HealthListResponse) -> bytes:
    data: bytes = message.SerializeToString()
    return data
