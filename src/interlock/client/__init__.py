"""The Python client: every operation of the API as an async method with typed arguments and answers."""

from interlock.client.client import Client
from interlock.client.paging import paginate

__all__ = ["Client", "paginate"]
