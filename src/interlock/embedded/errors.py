"""What can go wrong before there is a database to talk to. A named database that is too old is `interlock.errors.ServerTooOld`."""

from interlock.errors import DatabaseUnavailable


class EmbeddedServerError(DatabaseUnavailable):
    """The server that comes with Interlock cannot be started or reached here; the message says why and what to do."""

    def __init__(self, message: str, *, details: str = "", hint: str = "") -> None:
        full = "the disk is full: make room there, then start again; what was committed is kept"
        super().__init__(message, details=details, hint=hint or (full if "No space left on device" in message else ""))
