"""What a worker has done, in numbers that only grow. The heartbeat sends them to the database, where `/metrics` reads them."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(slots=True)
class Statistics:
    """Counts since the process began, in the control loop; times are sums in seconds.

    Attributes:
        claimed: attempts begun; with those that ran ahead of a report, also if the database did not take them.
        completed, failed, waiting, released: attempts that ended this way; `failed` also if another attempt follows.
        void: attempts that were revoked, out of time, or lost with the worker's id.
        exchanges: calls of `exchange` that were answered; `exchange_seconds` from sending to the answer.
        ticks: calls of `tick` that were answered.
    """

    claimed: int = 0
    completed: int = 0
    failed: int = 0
    waiting: int = 0
    released: int = 0
    void: int = 0
    exchanges: int = 0
    exchange_seconds: float = 0.0
    ticks: int = 0
    tick_seconds: float = 0.0

    def ended(self, outcome: str, count: int) -> None:
        """Counts attempts by how they ended."""
        if outcome in ("completed", "failed", "waiting", "released", "void"):
            setattr(self, outcome, getattr(self, outcome) + count)

    def ran_ahead(self, count: int) -> None:
        """Counts attempts that were begun and completed ahead of a report."""
        self.claimed += count
        self.completed += count

    def snapshot(self) -> dict[str, Any]:
        return asdict(self)
