"""How much one process does at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from interlock.errors import TooBusy


@dataclass(slots=True)
class Capacity:
    """Counts what is in use, and refuses what exceeds the limit.

    Attributes:
        limit: how much may be in use at once, 0 or more.
        full: message for the refused caller.
        in_use: how much is in use now.
    """

    limit: int
    full: str
    in_use: int = 0

    @contextmanager
    def use(self) -> Iterator[None]:
        """Takes one place for the duration of the block.

        Raises:
            TooBusy: every place is taken.
        """
        if self.in_use >= self.limit:
            raise TooBusy(self.full, hint="try again, or another process")
        self.in_use += 1
        try:
            yield
        finally:
            self.in_use -= 1
