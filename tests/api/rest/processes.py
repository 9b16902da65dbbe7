"""API processes as an operator starts them."""

import base64
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx

from tests.embedded.processes import until

ROOT: Final = Path(__file__).parents[3]
PATIENCE_SECONDS: Final = 60.0
ENCRYPTION_KEY: Final = base64.b64encode(bytes(32)).decode()


class ApiProcess:
    """`interlock api` in its own process."""

    def __init__(self, database_url: str, port: int, log: Path, prefix: Sequence[str] = ()) -> None:
        self._log = log
        command = [*prefix, sys.executable, "-m", "interlock.cli", "api", "--port", str(port), "--database", database_url]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "INTERLOCK_ENCRYPTION_KEY": ENCRYPTION_KEY}
        with log.open("ab") as written:
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=written, stderr=written, env=environment)

    @property
    def url(self) -> str:
        """Waits until it serves."""
        until(lambda: self._address() is not None or self._process.poll() is not None, seconds=PATIENCE_SECONDS)
        address = self._address()
        assert address is not None, self.said
        until(lambda: self._answers(address), seconds=PATIENCE_SECONDS)
        return address

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def said(self) -> str:
        return self._log.read_text(errors="replace")

    def kill(self) -> None:
        """As `kill -9`."""
        self._process.kill()
        self._process.wait(PATIENCE_SECONDS)

    def stop(self) -> int:
        """As an operator does; its exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(PATIENCE_SECONDS)

    def _address(self) -> str | None:
        found = re.findall(r"serving at (http://\S+)", self.said)
        return found[-1] if found else None

    def _answers(self, address: str) -> bool:
        try:
            return httpx.get(f"{address}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def api_process(database_url: str, folder: Path, *, port: int = 0, prefix: Sequence[str] = ()) -> Iterator[ApiProcess]:
    process = ApiProcess(database_url, port, folder / f"api-{len(list(folder.iterdir()))}.log", prefix)
    try:
        yield process
    finally:
        process.kill()
