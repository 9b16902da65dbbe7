"""A client that calls the whole time, and notes what it was answered."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

import httpx

from tests.api.rest.workflows import chain, save
from tests.worker.engine import until

ALLOWED: Final = frozenset({200, 202, 503})
BACK_SECONDS: Final = 5.0
"""How long after the new primary the API may refuse."""


@dataclass(slots=True)
class Calls:
    """What a client that writes, one that reads and one that asks for readiness were answered.

    Attributes:
        refused: the problems of the answers 503.
    """

    client: httpx.AsyncClient
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    refused: list[dict[str, Any]] = field(default_factory=list)
    last: dict[str, tuple[int, float]] = field(default_factory=dict)

    async def start(self) -> httpx.Response:
        return await self.client.post("/api/v1/workflows/chain/run", json={"input": {}})

    async def until_answered(self, status: int, *, seconds: float, kinds: tuple[str, ...] = ("write", "read", "ready")) -> float:
        """Waits until all that is asked is answered with this status; returns how long that took."""
        began = monotonic()
        ok = {status, 202} if status == 200 else {status}

        def is_answered(kind: str) -> bool:
            answer, asked_at = self.last.get(kind, (0, 0.0))
            return answer in ok and asked_at > began

        await until(lambda: all(map(is_answered, kinds)), seconds)
        return monotonic() - began

    def check(self) -> None:
        """Every answer was a success, or a 503 that says when to come again."""
        assert {status for _, status in self.statuses} <= ALLOWED, self.statuses

    async def _ask(self, kind: str) -> None:
        while True:
            began = monotonic()
            if kind == "write":
                answer = await self.start()
            else:
                answer = await self.client.get("/readyz" if kind == "ready" else "/api/v1/executions?limit=1")
            assert monotonic() - began < 15, f"{kind} took {monotonic() - began:.1f} s"
            self.statuses[kind, answer.status_code] += 1
            if answer.status_code == 503:
                assert int(answer.headers["retry-after"]) > 0
                self.refused.append(answer.json())
            self.last[kind] = (answer.status_code, began)
            await asyncio.sleep(0.03)


@asynccontextmanager
async def calling(client: httpx.AsyncClient) -> AsyncIterator[Calls]:
    """Calls during the block; then every answer is checked."""
    await save(client, chain())
    calls = Calls(client)
    tasks = [asyncio.create_task(calls._ask(kind)) for kind in ("write", "write", "read", "ready")]
    try:
        await calls.until_answered(200, seconds=30)
        yield calls
        calls.check()
    finally:
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if not isinstance(result, asyncio.CancelledError):
                raise result if isinstance(result, BaseException) else AssertionError(result)
