"""Checks definitions beside the event loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

from interlock.definition import CheckedDefinition, NodeTypeLookup, check_definition
from interlock.errors import TooBusy

AT_ONCE: Final = 2
WAITING_OF_ONE: Final = 20
"""How many checks of one caller wait or run."""


@dataclass(slots=True)
class _Turns:
    """The checks of one caller, which run one after the other."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    count: int = 0


class DefinitionChecker:
    """Checks definitions in threads of its own: two at once, and one of each caller.

    The limits of a definition bound how long one takes: some seconds.
    """

    def __init__(self, node_types: NodeTypeLookup) -> None:
        self._node_types = node_types
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="definitions")
        self._turns: dict[str, _Turns] = {}

    async def check(self, raw: Any, *, by: str) -> CheckedDefinition:
        """Does the same as `check_definition`.

        Args:
            by: the caller, who waits for those that this caller has asked for before.

        Raises:
            TooBusy: this caller has asked for too many.
        """
        turns = self._turns.setdefault(by, _Turns())
        if turns.count >= WAITING_OF_ONE:
            raise TooBusy(f"{WAITING_OF_ONE} definitions of {by} wait to be checked", hint="try again in a few seconds")
        turns.count += 1
        # a caller who goes away keeps the turn until the thread is free again
        return await asyncio.shield(asyncio.create_task(self._check_in_turn(raw, by, turns)))

    async def _check_in_turn(self, raw: Any, by: str, turns: _Turns) -> CheckedDefinition:
        try:
            async with turns.lock:
                return await asyncio.get_running_loop().run_in_executor(self._threads, check_definition, raw, self._node_types)
        finally:
            turns.count -= 1
            if turns.count == 0:
                del self._turns[by]

    def close(self) -> None:
        """Drops what waits. A check that runs ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)
