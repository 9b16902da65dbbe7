"""The disk of a database on this machine."""

from typing import Final

from interlock.embedded.disk import REFUSE_BYTES, Disk, ask_data_folder
from interlock.insight.diagnosis.checks import Connection, error, fine, warning
from interlock.insight.records.installation import Finding

_HINT: Final = "free some space, or give the database a larger disk; everything goes on by itself afterwards"


async def check_disk(connection: Connection) -> list[Finding]:
    """Says nothing where the database is on another machine, or its user may not know the folder."""
    folder = await ask_data_folder(connection)
    disk = None if folder is None else Disk.of(folder)
    return [] if disk is None else [_finding(disk)]


def _finding(disk: Disk) -> Finding:
    left = f"{disk.left} are left where the database keeps its data, in {disk.folder}"
    if disk.refuses_starts:
        return error("disk", f"only {left}: no execution is started", _HINT)
    if disk.is_low:
        return warning("disk", f"only {left}", f"{_HINT}; with less than {REFUSE_BYTES // 1024 // 1024} MiB no execution is started")
    return fine("disk", left)
