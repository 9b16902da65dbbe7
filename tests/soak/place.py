"""What runs: a primary server on a small disk with its standby, two API processes, three workers, and the world outside."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Final

import httpx

from interlock.embedded import Server
from tests.api.rest.processes import ROOT, ApiProcess
from tests.api.serving import admin_key
from tests.crashes.processes import WorkerProcess
from tests.days.pair import Pair, running_pair
from tests.embedded.processes import postmaster_of
from tests.soak.outside import World, world_outside

LEASE_SECONDS: Final = 6
PATIENCE_SECONDS: Final = 120.0
SPARE_BYTES: Final = 2 * 1024 * 1024
"""What is left on a full disk."""
_SETTINGS: Final = "max_wal_size = '192MB'\nmin_wal_size = '48MB'\nwal_keep_size = '96MB'\nmax_connections = 100\n"


class Place:
    """The first API process and the first worker are never touched: their memory is looked at."""

    def __init__(self, pair: Pair, world: World, folder: Path, key: str) -> None:
        self.pair = pair
        self.world = world
        self.key = key
        self.apis: dict[str, ApiProcess] = {}
        self.workers: dict[str, WorkerProcess] = {}
        self.has_failed_over = False
        self._folder = folder
        self._ports: dict[str, int] = {}
        self._began = 0

    @property
    def server(self) -> Server:
        """The server that takes writes."""
        return self.pair.standby if self.has_failed_over else self.pair.primary

    def server_processes(self) -> list[int]:
        """The first process of the server, and its children; none while it is down."""
        try:
            first = postmaster_of(self.server.data_folder)
            children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        except (AssertionError, OSError):
            return []
        return [first, *map(int, children)]

    def start_api(self, name: str) -> None:
        """At the same port as before."""
        port = self._ports.setdefault(name, _free_port())
        self.apis[name] = ApiProcess(self.pair.url, port, self._folder / f"{name}.log")

    def url_of(self, name: str) -> str:
        return f"http://127.0.0.1:{self._ports[name]}"

    def start_worker(self, name: str) -> None:
        self._began += 1
        log = self._folder / f"{name}-{self._began}.log"
        options = ["--database", self.pair.url, "--queue", "default=10", "--lease", str(LEASE_SECONDS), "--name", name]
        environment = {
            **os.environ,
            "INTERLOCK_SQL_WORLD_URL": self.world.database_url,
            "INTERLOCK_HTTP_ALLOW_PRIVATE": "127.0.0.1",
        }
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "interlock.cli", "worker", *options],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )
        self.workers[name] = WorkerProcess(process, log)

    async def until_ready(self, name: str = "api 1") -> float:
        """Waits until an API process can work; returns how many seconds that took."""
        began = monotonic()
        async with httpx.AsyncClient(base_url=self.url_of(name), timeout=10) as client:
            while monotonic() - began < PATIENCE_SECONDS:
                try:
                    if (await client.get("/readyz")).status_code == 200:
                        return monotonic() - began
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)
        message = f"{name} is not ready after {PATIENCE_SECONDS:.0f} s"
        raise AssertionError(message)

    async def kill_server(self) -> None:
        """As `kill -9`; then it is started again."""
        os.kill(postmaster_of(self.server.data_folder), signal.SIGKILL)
        await self.server.ensure_running()

    def fill_disk(self) -> None:
        """Nothing is left on the disk of the primary server."""
        with (self._disk / "filler").open("ab") as filler:
            while (missing := shutil.disk_usage(self._disk).free - SPARE_BYTES) > 0:
                os.posix_fallocate(filler.fileno(), filler.seek(0, os.SEEK_END), missing)

    def empty_disk(self) -> None:
        (self._disk / "filler").unlink()

    @property
    def _disk(self) -> Path:
        return self.pair.primary.data_folder

    async def stop(self) -> Mapping[str, int]:
        """Stops everything that runs as an operator does; returns the exit codes."""
        for worker in self.workers.values():
            worker.ask_to_stop()
        codes = {name: await asyncio.to_thread(worker.wait) for name, worker in self.workers.items()}
        return codes | {name: await asyncio.to_thread(api.stop) for name, api in self.apis.items()}

    def tracebacks(self) -> Sequence[str]:
        """Which logs have a traceback: no trouble of the database, or of the world outside, is one."""
        return [
            f"{log.name} has a traceback: {log.read_text(errors='replace')[-2000:]}"
            for log in self._folder.iterdir()
            if "Traceback (most" in log.read_text(errors="replace")
        ]

    def kill_all(self) -> None:
        for worker in self.workers.values():
            worker.kill()
        for api in self.apis.values():
            api.kill()


@asynccontextmanager
async def running_place(folder: Path) -> AsyncIterator[Place]:
    """Everything, in `folder`. `folder/data` is where the primary server has its data; a small disk may be mounted there."""
    data, logs = folder / "data", folder / "logs"
    logs.mkdir()
    async with Server(data):
        pass
    await asyncio.to_thread(lambda: subprocess.run(["cp", "-a", data, folder / "outside"], check=True))
    (folder / "outside" / "port").unlink()
    with (data / "postgres" / "postgresql.conf").open("a") as settings:
        settings.write(_SETTINGS)
    async with AsyncExitStack() as opened:
        outside = await opened.enter_async_context(Server(folder / "outside"))
        world = await opened.enter_async_context(world_outside(outside))
        pair = await opened.enter_async_context(running_pair(data))
        place = Place(pair, world, logs, await admin_key(pair.primary.url))
        opened.callback(place.kill_all)
        for name in ("api 1", "api 2"):
            place.start_api(name)
        for name in ("worker 1", "worker 2", "worker 3"):
            place.start_worker(name)
        for name in place.apis:
            await place.until_ready(name)
        yield place


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
