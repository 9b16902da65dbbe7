"""What a loop of a worker does when it finds no memory for its own work."""

import asyncio
from collections.abc import Callable
from typing import Any


def note_lack_of_memory(loop: asyncio.AbstractEventLoop, note: Callable[[], None]) -> None:
    """Calls `note` when something that the loop runs found no memory and nobody awaits it, so that nobody would hear of it."""

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if isinstance(context.get("exception"), MemoryError):
            note()
        loop.default_exception_handler(context)

    loop.set_exception_handler(handle)
