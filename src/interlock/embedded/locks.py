"""Advisory locks on files. The kernel releases them when their process ends, however it ends.

The protocol needs four files of the data folder:

start.lock    exclusive: one process at a time checks whether the server runs, and starts it
holders.lock  shared by every process that uses the server; exclusive: no process uses it, so it may be stopped
server.lock   exclusive: inherited and held by all processes of PostgreSQL; free means that all of them have ended
guardian.lock exclusive: held by the process that stops the server after the last holder
"""

import asyncio
import fcntl
import os
import time
from pathlib import Path
from typing import Self

from interlock.embedded.errors import EmbeddedServerError

_POLL_SECONDS = 0.01


class FileLock:
    """A lock on one file by one open file description. Two `FileLock`s of one process exclude each other, too."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @property
    def descriptor(self) -> int:
        return self._descriptor

    def try_exclusive(self) -> bool:
        return self._try(fcntl.LOCK_EX)

    def try_shared(self) -> bool:
        return self._try(fcntl.LOCK_SH)

    async def exclusive(self, timeout_seconds: float) -> Self:
        return await self._wait(fcntl.LOCK_EX, timeout_seconds)

    async def shared(self, timeout_seconds: float) -> Self:
        return await self._wait(fcntl.LOCK_SH, timeout_seconds)

    def close(self) -> None:
        """Release the lock. A child process that inherited the descriptor keeps it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _try(self, kind: int) -> bool:
        try:
            fcntl.flock(self._descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    async def _wait(self, kind: int, timeout_seconds: float) -> Self:
        give_up_at = time.monotonic() + timeout_seconds
        try:
            while not self._try(kind):
                if time.monotonic() > give_up_at:
                    message = f"{self._path} stayed locked for {timeout_seconds:.0f} s: another process is starting or stopping this server"
                    raise EmbeddedServerError(message)
                await asyncio.sleep(_POLL_SECONDS)
        except BaseException:
            self.close()
            raise
        return self
