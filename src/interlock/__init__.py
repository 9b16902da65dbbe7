"""Durable workflows in which code, people and AI agents take turns, on nothing but PostgreSQL."""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from interlock.client import Client

__version__: Final = "0.1.0"
__all__ = ["Client", "__version__"]


def __getattr__(name: str) -> Any:
    """`Client` is imported when it is asked for: the command line starts without it."""
    if name == "Client":
        from interlock.client import Client

        return Client
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
