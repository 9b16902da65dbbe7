"""Durable workflows in which code, people and AI agents take turns, on nothing but PostgreSQL."""

from typing import Final

__version__: Final = "0.1.0"
__all__ = ["__version__"]
