"""The API of these tests is the one that REST is tested with."""

from tests.api.conftest import serve

__all__ = ["serve"]
