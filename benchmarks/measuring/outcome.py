"""What a benchmark found: one figure against one target, and the tables that explain it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from rich.table import Table


class Better(StrEnum):
    """Which side of the target is the good one."""

    MORE = "at least"
    LESS = "at most"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """The best other engine in the same run. A `ratio` above 1 means that Interlock did better, by that factor."""

    name: str
    figure: float
    ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A figure beside the headline that is wanted too."""

    name: str
    figure: float
    unit: str
    better: Better
    target: float

    @property
    def is_met(self) -> bool:
        return reaches(self.figure, self.better, self.target)

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "figure": tidy(self.figure), "unit": self.unit, "target": self.target, "met": self.is_met}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One benchmark's result.

    Attributes:
        target: None where nothing was promised and the figure is for watching.
        also: what else must hold for the benchmark to be met.
        details: whatever else was measured, by name, with the unit in the name.
    """

    name: str
    figure: float
    unit: str
    better: Better
    target: float | None
    also: Sequence[Target] = ()
    peer: Peer | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    tables: Sequence[Table] = ()
    notes: Sequence[str] = ()

    @property
    def is_met(self) -> bool | None:
        """Whether the headline and all beside it reach their targets; None without any target."""
        wanted = [target.is_met for target in self.also]
        if self.target is not None:
            wanted.append(reaches(self.figure, self.better, self.target))
        return all(wanted) if wanted else None

    def to_json(self, machine: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "name": self.name,
            "figure": tidy(self.figure),
            "unit": self.unit,
            "target": self.target,
            "met": self.is_met,
            "peer": {"name": self.peer.name, "figure": tidy(self.peer.figure), "ratio": tidy(self.peer.ratio)} if self.peer else None,
            "machine": dict(machine),
            "settings": dict(self.settings),
            "also": [target.to_json() for target in self.also],
            "details": tidy(dict(self.details)),
        }


def reaches(figure: float, better: Better, target: float) -> bool:
    return figure >= target if better is Better.MORE else figure <= target


def best_peer(figures: Mapping[str, float], ours: float, better: Better) -> Peer | None:
    """The strongest of the peers that ran, or none when none did."""
    if not figures:
        return None
    name = (max if better is Better.MORE else min)(figures, key=lambda peer: figures[peer])
    ratio = ours / figures[name] if better is Better.MORE else figures[name] / ours
    return Peer(name=name, figure=figures[name], ratio=ratio)


def tidy(value: Any) -> Any:
    """Floats with four significant digits, whole above a thousand: what a stopwatch can honestly say."""
    if isinstance(value, float):
        return round(value) if abs(value) >= 1000 else float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: tidy(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [tidy(item) for item in value]
    return value
