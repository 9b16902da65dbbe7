"""Checks definitions beside the event loop."""

from functools import partial
from typing import Any, Final

from interlock.api.side_threads import SideThreads
from interlock.definition import (
    CheckedDefinition,
    NodeTypeLookup,
    PlannedTest,
    SoundDefinition,
    TestScope,
    WrittenDefinition,
    check_definition,
    plan_test,
)

AT_ONCE: Final = 2


class DefinitionChecker:
    """Checks definitions in threads of its own. The limits of a definition bound how long one takes: some seconds."""

    def __init__(self, node_types: NodeTypeLookup) -> None:
        self._node_types = node_types
        self._threads = SideThreads("definitions", AT_ONCE)

    async def check(self, raw: Any, source: str | None = None, *, by: str) -> CheckedDefinition:
        """Does the same as `check_definition`.

        Args:
            by: the caller, who waits for those that this caller has asked for before.

        Raises:
            TooBusy: this caller has asked for too many.
        """
        return await self._threads.run(by, check_definition, raw, self._node_types, source)

    async def plan_test(self, raw: Any, scope: TestScope, *, by: str, **given: Any) -> PlannedTest:
        """Does the same as `plan_test`. Raises TooBusy and TestRefused."""
        return await self._threads.run(by, partial(plan_test, raw, self._node_types, scope, **given))

    async def write(self, sound: SoundDefinition, *, by: str) -> WrittenDefinition:
        """Does the same as `sound.written`. Raises as `check`."""
        return await self._threads.run(by, sound.written)

    def close(self) -> None:
        self._threads.close()
