"""The database outside is that of the crash tests."""

from tests.crashes.conftest import world, world_url

__all__ = ["world", "world_url"]
