"""What can go wrong before there is a database to talk to.

EmbeddedServerError     the server that comes with Interlock cannot run here, with the reason and the mend
DatabaseTooOldError     a database was named, but its PostgreSQL is older than 15
"""


class EmbeddedServerError(RuntimeError):
    """The embedded server cannot be started or reached; the message says why and what to do."""


class DatabaseTooOldError(RuntimeError):
    """The server answers, but its PostgreSQL is older than Interlock needs."""
