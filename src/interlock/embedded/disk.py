"""How much space is left where a server on this machine keeps its data."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import tuple_row

MEBIBYTE: Final = 1024 * 1024
START_BYTES: Final = 32 * MEBIBYTE
"""A server needs this much to start: its recovery writes WAL, in segments of 16 MiB, and some small files."""
REFUSE_BYTES: Final = 128 * MEBIBYTE
"""With less than this, no execution is started: what runs needs the rest to end."""
LOW_BYTES: Final = 512 * MEBIBYTE
LOW_SHARE: Final = 0.05
"""Less than `LOW_BYTES`, or than this share of the disk, is a warning."""
_FOLDER: Final = "select case when pg_has_role('pg_read_all_settings', 'usage') then current_setting('data_directory') end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """The file system of a server's data.

    Attributes:
        free_bytes: what a user without privileges may still write.
    """

    folder: Path
    free_bytes: int
    total_bytes: int

    @classmethod
    def of(cls, folder: Path) -> Self | None:
        """Returns the file system of a folder; None if this process cannot see it."""
        try:
            found = os.statvfs(folder)
        except OSError:
            return None
        return cls(folder=folder, free_bytes=found.f_bavail * found.f_frsize, total_bytes=found.f_blocks * found.f_frsize)

    @property
    def keeps_server_down(self) -> bool:
        """Whether a server could not start."""
        return self.free_bytes < START_BYTES

    @property
    def refuses_starts(self) -> bool:
        """Whether no execution is to be started."""
        return self.free_bytes < REFUSE_BYTES

    @property
    def is_low(self) -> bool:
        return self.free_bytes < max(LOW_BYTES, LOW_SHARE * self.total_bytes)

    @property
    def left(self) -> str:
        """What is left, as text: `12 MiB`."""
        return f"{self.free_bytes // MEBIBYTE:,} MiB"


async def ask_data_folder(connection: psycopg.AsyncConnection[Any]) -> Path | None:
    """Asks a server on this machine where it keeps its data; None for one on another machine, and if the user of the connection may not know.

    Raises:
        psycopg.Error: there is no answer.
    """
    if not connection.info.host.startswith("/"):
        return None
    row = await (await connection.cursor(row_factory=tuple_row).execute(_FOLDER)).fetchone()
    return None if row is None or row[0] is None else Path(row[0])


def data_folder_of(url: str) -> Path | None:
    """Returns the data folder of an embedded server, from its address over the socket; None for any other server."""
    host = str(conninfo_to_dict(url).get("host") or "")
    folder = Path(host).parent
    return folder if host.startswith("/") and (folder / "server.lock").exists() and (folder / "postgres").is_dir() else None
