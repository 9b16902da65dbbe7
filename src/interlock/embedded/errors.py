"""What can go wrong before there is a database to talk to. For a named database that is too old, see `interlock.errors.ServerTooOld`."""

from typing import Final

from interlock.errors import DatabaseUnavailable

NO_SPACE: Final = ("No space left on device", "Disk quota exceeded")
"""What the operating system says when a disk is full."""
DISK_FULL_HINT: Final = "free some space: a server that is supervised then starts by itself; everything committed is kept"


class EmbeddedServerError(DatabaseUnavailable):
    """The server that comes with Interlock cannot be started or reached here; the message says why and what to do."""

    def __init__(self, message: str, *, details: str = "", hint: str = "") -> None:
        is_full = any(words in message for words in NO_SPACE)
        super().__init__(message, details=details, hint=hint or (DISK_FULL_HINT if is_full else ""))
