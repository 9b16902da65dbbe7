"""Commands that run in a mount namespace of their own."""

import os
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.left_out import leave_out

UNSHARE: Final = ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "--user", "--map-current-user", "--keep-caps", "--mount")


def with_mounts(*mounts: str) -> Sequence[str]:
    """Returns the beginning of a command that makes these mounts, which nothing else sees, and then runs the rest.

    The test is left out, with the reason (in CI it fails), where the system does not allow that, as in most containers.
    """
    refused = subprocess.run([*UNSHARE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, text=True, check=False).stderr.strip()
    if refused:
        leave_out(f"this system allows no mounts of a test's own: {refused}")
    return [*UNSHARE, "sh", "-c", " && ".join([*mounts, 'exec "$@"']), "sh"]


def bound(source: Path, target: Path) -> str:
    return f"mount --bind {shlex.quote(str(source))} {shlex.quote(str(target))}"


def small_disk(folder: Path, mebibytes: int) -> str:
    return f"mount -t tmpfs -o size={mebibytes}m,mode=711 tmpfs {shlex.quote(str(folder))}"


def inside(pid: int, path: Path) -> Path:
    """Returns where a path of a process is that has mounts of its own."""
    return Path(f"/proc/{pid}/root") / path.relative_to("/")
