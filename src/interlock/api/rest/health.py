"""Says whether the process is alive (`/healthz`), and whether it can work (`/readyz`)."""

import asyncio
from time import monotonic
from typing import Final

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from interlock.api.call import Services
from interlock.controlplane.database_errors import copy_of, database_errors
from interlock.controlplane.migrating import pending_on
from interlock.errors import SchemaOutdated

READY_SECONDS: Final = 1.0
"""How long an answer is kept, so that frequent requests cost nothing."""
CONNECTION_SECONDS: Final = 2.0
"""How long it waits for a connection of those that requests use."""


async def healthz(request: HttpRequest) -> Response:  # noqa: ARG001 - every endpoint has it
    """Answers that the process is alive."""
    return Response("ok\n", media_type="text/plain")


class Readiness:
    """Checks that the database answers, takes writes and has the schema of this program, over a connection of those that requests use."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._asking = asyncio.Lock()
        self._asked_at = float("-inf")
        self._error: Exception | None = None

    async def readyz(self, request: HttpRequest) -> Response:  # noqa: ARG002 - every endpoint has it
        if self._services.database.problem is not None:
            raise copy_of(self._services.database.problem)
        async with self._asking:
            if monotonic() - self._asked_at > READY_SECONDS:
                self._error = await self._ask()
                self._asked_at = monotonic()
        if self._error is not None:
            raise self._error
        return Response(self._ready(), media_type="text/plain")

    def _ready(self) -> str:
        """Returns what a process says that can work; also if it can do so no longer for long."""
        disk = self._services.database.disk()
        if disk is None or not disk.is_low:
            return "ready\n"
        effect = ": no execution is started" if disk.refuses_starts else ""
        return f"ready\nwarning: the disk of the database has only {disk.left} left{effect}\n"

    async def _ask(self) -> Exception | None:
        try:
            with database_errors():
                async with self._services.pool.connection(CONNECTION_SECONDS) as connection:
                    missing = await pending_on(connection)
        except Exception as error:  # noqa: BLE001 - it is the answer
            return error
        if missing:
            names = ", ".join(migration.name for migration in missing)
            return SchemaOutdated(f"the database lacks {names}", hint="run `interlock migrate`")
        return None
