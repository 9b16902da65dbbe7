"""What can go wrong before there is a database to talk to. A named database that is too old is `interlock.errors.ServerTooOld`."""

from interlock.errors import DatabaseUnavailable


class EmbeddedServerError(DatabaseUnavailable):
    """The server that comes with Interlock cannot be started or reached here; the message says why and what to do."""
