"""What breaks, and when: kills and restarts all the time, one full disk and one failover."""

import asyncio
import base64
import os
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

import httpx

from tests.days.pair import ask
from tests.soak.place import Place
from tests.worker.engine import until

SECONDS_BETWEEN: Final = 20.0
FULL_DISK_AT: Final = 0.4
FAILOVER_AT: Final = 0.65
"""Parts of the whole time."""
_IS_SYNCHRONOUS: Final = "select count(*) > 0 from pg_stat_replication where sync_state = 'sync'"


@dataclass(slots=True)
class Trouble:
    """Attributes:
    back: seconds after which the first API process could work again, counted from when the cause was gone.
    """

    name: str
    back: list[float] = field(default_factory=list)


class Troubles:
    """Makes them, one after the other.

    Args:
        seconds: how long the whole takes.
        has_small_disk: the primary server is on a disk that can be filled.
    """

    def __init__(self, place: Place, *, seconds: float, has_small_disk: bool, seed: int) -> None:
        self._place = place
        self._seconds = seconds
        self._has_small_disk = has_small_disk
        self._chance = random.Random(seed)
        self.all: dict[str, Trouble] = {}

    async def make(self) -> None:
        began = monotonic()
        for at, make in self._plan():
            await asyncio.sleep(max(0.0, began + at - monotonic()))
            back = await make()
            name = (make.__doc__ or "").rstrip(".")
            self.all.setdefault(name, Trouble(name)).back.append(back)
        await asyncio.sleep(max(0.0, began + self._seconds - monotonic()))

    def _plan(self) -> Sequence[tuple[float, Callable[[], Awaitable[float]]]]:
        """Each of the usual ones at least once; the others at their time. The last tenth of the time is quiet."""
        usual: list[Callable[[], Awaitable[float]]] = [
            self.kill_worker,
            self.kill_api,
            self.kill_server,
            self.restart_worker,
            self.restart_api,
        ]
        count = max(len(usual), int(self._seconds / SECONDS_BETWEEN))
        first, last = 0.08 * self._seconds, 0.9 * self._seconds
        plan = [(first + (last - first) * place / count, usual[place % len(usual)]) for place in range(count)]
        if self._has_small_disk:
            plan.append((FULL_DISK_AT * self._seconds, self.full_disk))
        plan.append((FAILOVER_AT * self._seconds, self.failover))
        return sorted(plan, key=lambda one: one[0])

    async def kill_worker(self) -> float:
        """kill -9 of a worker."""
        name = self._chance.choice(["worker 2", "worker 3"])
        self._place.workers[name].kill()
        self._place.start_worker(name)
        return await self._place.until_ready()

    async def restart_worker(self) -> float:
        """restart of a worker."""
        name = self._chance.choice(["worker 2", "worker 3"])
        self._place.workers[name].ask_to_stop()
        code = await asyncio.to_thread(self._place.workers[name].wait)
        assert code == 0, f"{name} ended with {code}"
        self._place.start_worker(name)
        return await self._place.until_ready()

    async def kill_api(self) -> float:
        """kill -9 of an API process."""
        self._place.apis["api 2"].kill()
        self._place.start_api("api 2")
        return await self._place.until_ready("api 2")

    async def restart_api(self) -> float:
        """restart of an API process."""
        code = await asyncio.to_thread(self._place.apis["api 2"].stop)
        assert code == 0, f"the API process ended with {code}"
        self._place.start_api("api 2")
        return await self._place.until_ready("api 2")

    async def kill_server(self) -> float:
        """kill -9 of the database server."""
        await self._place.kill_server()
        return await self._place.until_ready()

    async def full_disk(self) -> float:
        """a full disk."""
        self._place.fill_disk()
        try:
            await self._until_refused()
            await asyncio.sleep(min(20.0, 0.05 * self._seconds))
        finally:
            self._place.empty_disk()
        began = monotonic()
        await self._place.server.ensure_running()
        await self._place.until_ready()
        return monotonic() - began

    async def failover(self) -> float:
        """a failover."""
        pair = self._place.pair
        await ask(pair.primary.url, "alter system set synchronous_standby_names = '*'")
        await ask(pair.primary.url, "select pg_reload_conf()")

        async def is_synchronous() -> bool:
            return bool(await ask(pair.primary.url, _IS_SYNCHRONOUS))

        await until(is_synchronous, 60)
        await pair.until_replayed()
        pair.kill()
        await pair.promote()
        self._place.has_failed_over = True
        return await self._place.until_ready()

    async def _until_refused(self) -> None:
        """Waits until a start is refused, as the load goes on filling what is left."""
        headers = {"Authorization": f"Bearer {self._place.key}"}
        async with httpx.AsyncClient(base_url=self._place.url_of("api 1"), headers=headers, timeout=30) as client, asyncio.timeout(90):
            number = 0
            while True:
                number += 1
                body = {
                    "input": {"n": -number, "seconds": 0, "text": base64.b64encode(os.urandom(200_000)).decode()},
                    "idempotency_key": f"Full {number}",
                }
                answer = await client.post("/api/v1/workflows/Rest/run", json=body)
                assert answer.status_code in {200, 202, 503}, answer.text
                if answer.status_code == 503:
                    return
