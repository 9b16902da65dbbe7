"""How much memory processes take that live through all of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

MEBIBYTE: Final = 1024 * 1024
WARM_UP: Final = 0.25
"""The part of the time in which caches fill up, which is not looked at."""
LONG_SECONDS: Final = 240
"""From here on a run is long enough to say whether memory is flat."""


def own_bytes(pid: int) -> int:
    """The memory of a process that no file backs; 0 if it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("RssAnon")), 0)


@dataclass(slots=True)
class Samples:
    """The memory of one process over the time, sampled evenly."""

    name: str
    is_judged: bool
    values: list[int] = field(default_factory=list)

    @property
    def begin(self) -> float:
        """The usual value at the beginning, after the warm-up."""
        steady = self._steady
        return median(steady[: max(1, len(steady) // 4)])

    @property
    def end(self) -> float:
        """The usual value at the end."""
        steady = self._steady
        return median(steady[-max(1, len(steady) // 4) :])

    @property
    def most(self) -> int:
        return max(self.values)

    def is_flat(self, seconds: float) -> bool:
        """Whether it has grown by less than 10 %, or 8 MiB. A short run may take 48 MiB: it is all warm-up."""
        allowed = max(0.1 * self.begin, 8 * MEBIBYTE) if seconds >= LONG_SECONDS else 48 * MEBIBYTE
        return self.end - self.begin <= allowed

    @property
    def _steady(self) -> Sequence[int]:
        return self.values[int(len(self.values) * WARM_UP) :]
