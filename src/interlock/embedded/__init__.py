"""The PostgreSQL that comes with Interlock: a real server from a wheel, shared by all processes with the same data folder."""

from interlock.embedded.database import DatabaseSource, resolve_database
from interlock.embedded.errors import EmbeddedServerError
from interlock.embedded.folder import default_data_folder
from interlock.embedded.server import Server

__all__ = ["DatabaseSource", "EmbeddedServerError", "Server", "default_data_folder", "resolve_database"]
