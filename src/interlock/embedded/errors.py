"""What can go wrong before there is a database to talk to. For a named database that is too old, see `interlock.errors.ServerTooOld`."""

from interlock.errors import DatabaseUnavailable


class EmbeddedServerError(DatabaseUnavailable):
    """The server that comes with Interlock cannot be started or reached here; the message says why and what to do."""

    def __init__(self, message: str, *, details: str = "", hint: str = "") -> None:
        disk_full = "the disk is full: free some space, then start again; everything committed is kept"
        super().__init__(message, details=details, hint=hint or (disk_full if "No space left on device" in message else ""))
