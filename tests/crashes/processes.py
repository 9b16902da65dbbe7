"""Worker processes, started as an operator starts them, that die or halt at a named point."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.crashes.modes import WorkerMode
from tests.embedded.processes import until

ROOT: Final = Path(__file__).parents[2]
DIED: Final = 137
PATIENCE_SECONDS: Final = 60.0
OFTEN: Final = frozenset(
    {
        "before_exchange",
        "before_report",
        "after_exchange_sent",
        "before_second_exchange",
        "after_reply",
        "after_claim",
        "before_execute",
        "before_ahead",
        "after_execute",
    }
)
"""Points that a worker reaches again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KillPoint:
    """The `at`-th time that a worker reaches a point."""

    point: str
    at: int = 1

    @property
    def name(self) -> str:
        return f"{self.point}:{self.at}"

    def is_reached_in(self, mode: WorkerMode) -> bool:
        """Offers are made on the lean path only."""
        return {"before_second_exchange": mode.in_flight > 1, "before_ahead": mode.run_ahead, "after_offer": mode.is_lean}.get(self.point, True)

    @property
    def needs_an_offer(self) -> bool:
        """Whether a single start has to meet an idle worker."""
        return self.point == "after_offer"

    @property
    def signals(self) -> int:
        """How many SIGTERMs it takes to reach it."""
        return {"in_drain": 1, "before_stop": 1, "in_hand_back": 2}.get(self.point, 0)

    @property
    def is_known(self) -> bool:
        """Whether the worker is registered by then."""
        return self.point != "before_register"


class WorkerProcess:
    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self._process = process
        self._log = log

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait(self) -> int:
        """Its exit code."""
        try:
            return self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the worker does not end:\n{self.said}") from None

    def ask_to_stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def is_halted(self) -> bool:
        assert self._process.poll() is None, f"the worker has ended with {self._process.returncode}:\n{self.said}"
        return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"

    def wait_halted(self) -> None:
        until(self.is_halted, seconds=PATIENCE_SECONDS)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    @property
    def said(self) -> str:
        return self._log.read_text()[-4000:]


class Workers:
    """Starts workers of one database, and kills those that still run at the end."""

    def __init__(self, folder: Path, database_url: str, world_url: str, mode: WorkerMode) -> None:
        self._folder = folder
        self._database_url = database_url
        own = {name: value for name, value in os.environ.items() if name != "INTERLOCK_CHAOS"}
        self._environment = {**own, "INTERLOCK_SQL_WORLD_URL": world_url, **mode.environment}
        self._started: list[WorkerProcess] = []

    def start(self, *, dies: KillPoint | None = None, halts: KillPoint | None = None, lease_seconds: int = 30) -> WorkerProcess:
        """Two assignments at a time, so that there is always more to claim."""
        chaos = dies.name if dies else f"{halts.name}:halt" if halts else ""
        log = self._folder / f"worker{len(self._started)}.log"
        options = ["--database", self._database_url, "--queue", "default=2", "--lease", str(lease_seconds), "--name", log.stem]
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "interlock.cli", "worker", *options],
                cwd=ROOT,
                env=self._environment | ({"INTERLOCK_CHAOS": chaos} if chaos else {}),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )
        self._started.append(WorkerProcess(process, log))
        return self._started[-1]

    def end_all(self) -> None:
        for worker in self._started:
            worker.kill()


@contextmanager
def workers(folder: Path, database_url: str, world_url: str, mode: WorkerMode) -> Iterator[Workers]:
    opened = Workers(folder, database_url, world_url, mode)
    try:
        yield opened
    finally:
        opened.end_all()
