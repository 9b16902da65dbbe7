"""What the server writes about itself into `postmaster.pid`, and whether that is still true."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from interlock.embedded import guardian


@dataclass(frozen=True, slots=True, kw_only=True)
class Postmaster:
    """The first process of a server, from its pid file."""

    pid: int
    port: int
    socket_folder: Path
    is_ready: bool  # also as a standby, which can only be read

    @classmethod
    def read(cls, cluster: Path) -> Self | None:
        """Returns None when there is no pid file, it is not complete yet, or its process has ended."""
        if guardian.postmaster_pid(str(cluster)) is None:
            return None
        try:
            lines = (cluster / "postmaster.pid").read_text().split("\n")
            return cls(pid=int(lines[0]), port=int(lines[3]), socket_folder=Path(lines[4]), is_ready=lines[7].strip() in {"ready", "standby"})
        except (FileNotFoundError, IndexError, ValueError):
            return None


def remove_stale_files(cluster: Path, sockets: Path) -> bool:
    """Remove the pid and lock files of a server that has ended: another process may have its pid now, and then PostgreSQL would not start.

    Returns False when a process runs PostgreSQL on these data: somebody started it by hand.
    """
    if guardian.postmaster_pid(str(cluster)) is not None:
        return False
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    for left in sockets.iterdir():
        left.unlink()
    return True
