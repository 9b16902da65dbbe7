"""Bounds the tests of credentials that one process runs at once: each may wait ten seconds for a foreign service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from interlock.errors import TooBusy

AT_ONCE: Final = 8
OF_ONE: Final = 2


class CredentialTests:
    """The tests that run now, by caller."""

    def __init__(self) -> None:
        self._running: list[str] = []

    @asynccontextmanager
    async def one(self, by: str) -> AsyncIterator[None]:
        """One test, while the block runs.

        Raises:
            TooBusy: this process, or this caller, has enough of them.
        """
        if len(self._running) >= AT_ONCE or self._running.count(by) >= OF_ONE:
            raise TooBusy("other tests of credentials run", hint="try again in a few seconds")
        self._running.append(by)
        try:
            yield
        finally:
            self._running.remove(by)
