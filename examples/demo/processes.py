"""The processes of the demo: an outside service and the workers, started as a user would start them."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
STOP_SECONDS: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    name: str
    running: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        return self.running.pid

    def kill(self) -> None:
        """Sends SIGKILL, so that the process can do nothing more."""
        self.running.send_signal(signal.SIGKILL)
        self.running.wait()

    def stop(self) -> None:
        """Asks the process to end, and kills it if it does not."""
        if self.running.poll() is None:
            self.running.terminate()
            try:
                self.running.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()


class Processes:
    """Starts processes, and can stop all that still run."""

    def __init__(self, database_url: str, results_url: str, logs: Path) -> None:
        self._database_url = database_url
        self._logs = logs
        self._environment = {**os.environ, "INTERLOCK_SQL_RESULTS_URL": results_url, "INTERLOCK_HTTP_ALLOW_PRIVATE": "127.0.0.1"}
        self._processes: list[Process] = []
        self._workers = 0

    def start_worker(self, *, limit: int, lease_seconds: int) -> Process:
        """Starts the next worker: `worker-1`, `worker-2` and so on."""
        self._workers += 1
        name = f"worker-{self._workers}"
        options = ["--database", self._database_url, "--name", name, "--queue", f"default={limit}", "--lease", str(lease_seconds)]
        return self._start(name, [sys.executable, "-m", "interlock.cli", "worker", *options])

    def start_service(self) -> tuple[Process, str]:
        """Starts the service; returns it and its address."""
        command = [sys.executable, "-m", "examples.demo.service"]
        running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=self._log("service").open("wb"))
        process = Process(name="service", running=running)
        self._processes.append(process)
        assert running.stdout is not None
        return process, running.stdout.readline().decode().strip()

    def interlock(self, *arguments: str, columns: int | None = None) -> subprocess.CompletedProcess[str]:
        """Runs the command to its end; with `columns` it prints colours, and lines of that width."""
        command = [sys.executable, "-m", "interlock.cli", *arguments, "--database", self._database_url]
        printing = {} if columns is None else {"COLUMNS": str(columns), "FORCE_COLOR": "1"}
        return subprocess.run(command, cwd=ROOT, env=self._environment | printing, capture_output=True, text=True, check=False)

    def stop_all(self) -> None:
        for process in reversed(self._processes):
            process.stop()

    def _start(self, name: str, command: list[str]) -> Process:
        with self._log(name).open("wb") as log:
            process = Process(name=name, running=subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=log, stderr=log))
        self._processes.append(process)
        return process

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"


@contextmanager
def running_processes(database_url: str, results_url: str) -> Iterator[Processes]:
    with tempfile.TemporaryDirectory(prefix="interlock-demo-logs-") as logs:
        opened = Processes(database_url, results_url, Path(logs))
        try:
            yield opened
        finally:
            opened.stop_all()
