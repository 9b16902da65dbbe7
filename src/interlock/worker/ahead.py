"""What ran ahead of a report."""

from dataclasses import dataclass
from typing import Any

from interlock.worker.stored_order import stored_value


@dataclass(frozen=True, slots=True)
class Ahead:
    """The visits that ran ahead of one report.

    Attributes:
        visits: for each, in order, `[node_no, output]` as JSON; at least one.
        last: the output of the last one, as JSON.
    """

    visits: list[bytes]
    last: bytes

    def encoded(self) -> bytes:
        return b"[%b]" % b",".join(self.visits)

    @property
    def size(self) -> int:
        return sum(map(len, self.visits)) + len(self.visits) + 1

    def output(self) -> Any:
        """Returns a new copy of the output of the last one, as the database returns it."""
        return stored_value(self.last)
