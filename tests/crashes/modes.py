"""Ways in which workers can do the same work. It must survive every crash in each of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.modes import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerMode:
    is_lean: bool = True
    """Plain results go over the lean path."""
    in_flight: int = 2
    """How many exchanges a worker has under way at once."""
    run_ahead: bool = True
    """Nodes without side effects are executed ahead of the report of what they follow."""

    @property
    def name(self) -> str:
        return f"{'lean' if self.is_lean else 'general'}-{self.in_flight}{'-ahead' if self.run_ahead else ''}"

    @property
    def environment(self) -> Mapping[str, str]:
        """Of the worker processes."""
        return {"INTERLOCK_EXCHANGES_IN_FLIGHT": str(self.in_flight), "INTERLOCK_RUN_AHEAD": str(int(self.run_ahead))}

    async def prepare(self, url: str) -> None:
        """Sets the mode of a database, for connections that are opened later."""
        await Mode(is_lean=self.is_lean).prepare(url)


USUAL: Final = WorkerMode()
MODES: Final = tuple(
    WorkerMode(is_lean=is_lean, in_flight=in_flight, run_ahead=run_ahead)
    for is_lean in (True, False)
    for in_flight in (2, 1)
    for run_ahead in (True, False)
)
