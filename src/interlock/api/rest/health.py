"""Says whether the process is alive (`/healthz`), and whether it can work (`/readyz`)."""

import asyncio
from time import monotonic
from typing import Final

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from interlock.api.call import Services
from interlock.controlplane import pending_migrations
from interlock.errors import SchemaOutdated

READY_SECONDS: Final = 1.0
"""How long an answer is kept, so that frequent requests cost nothing."""


async def healthz(request: HttpRequest) -> Response:  # noqa: ARG001 - every endpoint has it
    """Answers that the process is alive."""
    return Response("ok\n", media_type="text/plain")


class Readiness:
    """Checks that the database answers and has the schema of this program."""

    def __init__(self, services: Services) -> None:
        self._conninfo = services.pool.conninfo
        self._asking = asyncio.Lock()
        self._asked_at = float("-inf")
        self._error: Exception | None = None

    async def readyz(self, request: HttpRequest) -> Response:  # noqa: ARG002 - every endpoint has it
        async with self._asking:
            if monotonic() - self._asked_at > READY_SECONDS:
                self._error = await self._ask()
                self._asked_at = monotonic()
        if self._error is not None:
            raise self._error
        return Response("ready\n", media_type="text/plain")

    async def _ask(self) -> Exception | None:
        try:
            missing = await pending_migrations(str(self._conninfo))
        except Exception as error:  # noqa: BLE001 - it is the answer
            return error
        if missing:
            names = ", ".join(migration.name for migration in missing)
            return SchemaOutdated(f"the database lacks {names}", hint="run `interlock migrate`")
        return None
