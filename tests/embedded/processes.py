"""Processes that hold a server, and what can be seen of the server from outside."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from interlock.embedded import guardian

_SCRIPT = Path(__file__).with_name("holder.py")


class Holder:
    """Another process that holds the server of a folder."""

    def __init__(self, folder: Path, *, prefix: Sequence[str] = ()) -> None:
        self.process = subprocess.Popen(
            [*prefix, sys.executable, str(_SCRIPT), str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def wait_ready(self) -> str:
        """The URL that the other process sees."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("ready "), self.process.stderr.read() if self.process.stderr else line
        return line.split(maxsplit=1)[1].strip()

    def stop(self) -> None:
        """End it normally, and wait for that."""
        self.process.communicate(timeout=60)
        assert self.process.returncode == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@contextmanager
def holders(folder: Path, count: int, *, prefix: Sequence[str] = ()) -> Iterator[list[Holder]]:
    """Starts `count` processes at once; those that still run at the end of the block are killed."""
    started = [Holder(folder, prefix=prefix) for _ in range(count)]
    try:
        yield started
    finally:
        for one in started:
            if one.process.poll() is None:
                one.kill()


def until(fact: Callable[[], bool], *, seconds: float = 60.0) -> None:
    """Wait for a fact; fail when it does not come true."""
    give_up_at = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < give_up_at, "it did not happen"
        time.sleep(0.01)


def is_running(folder: Path) -> bool:
    """Whether any process of the server is left."""
    return guardian.is_held(str(folder / "server.lock"))


def postmaster_of(folder: Path) -> int:
    pid = guardian.postmaster_pid(str(folder / "postgres"))
    assert pid is not None
    return pid


def guardians_of(folder: Path) -> list[int]:
    """The processes that watch the holders of this folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if b"guardian.py" in command and os.fsencode(folder) + b"/" in command:
            found.append(int(entry.name))
    return found


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def as_nobody() -> list[str]:
    """Returns the beginning of a command that runs the rest as another user than root.

    That user keeps the right to pass through folders: the interpreter of the tests may be in root's home.
    """
    setpriv = shutil.which("setpriv")
    assert setpriv is not None, "setpriv of util-linux is needed"
    capability = "+dac_read_search"
    return [setpriv, "--reuid=nobody", "--regid=nogroup", "--clear-groups", f"--inh-caps={capability}", f"--ambient-caps={capability}"]
