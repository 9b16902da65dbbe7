"""What an execution is at one moment, to the reference: values only, nothing shared, nothing changed in place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

Json = Mapping[str, Any]

OPEN = ("holding", "pending", "running", "waiting")


class Key(NamedTuple):
    """One assignment: a visit of a node."""

    node: str
    visit: int


class Mark(NamedTuple):
    """Late for this visit of this join."""

    join: str
    visit: int


Marks = frozenset[Mark]


def mark_of(marks: Marks, join: str) -> Mark | None:
    return next((mark for mark in marks if mark.join == join), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a finished assignment delivered to a slot of a visit of a join."""

    to: Key
    slot: int
    arrival: int
    sender: Key
    output: Json
    marks: Marks
    is_late: bool = False
    """Swallowed: its visit went without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    key: Key
    status: str
    input: Json
    marks: Marks = frozenset()
    output: Json | None = None
    error: str | None = None
    ports: tuple[str, ...] = ()
    """Through which it leaves, once it is finished."""
    has_left: bool = False
    rounds: int = 1
    """How many visits of its node came one after the other since something last waited, this one included."""
    made_in: int = 0
    """Number of the transaction."""
    waits_for: str | None = None
    """time or person, while waiting"""
    due: tuple[int, int] = (0, 0)
    """Waiting for time: for how many seconds, since which transaction."""

    @property
    def is_leaving(self) -> bool:
        """Finished, and its tokens not yet delivered. Between two states that is a visit of an ordered node that waits for a lower one."""
        return bool(self.ports) and not self.has_left

    @property
    def is_open(self) -> bool:
        """Something can still come from it."""
        return self.status in OPEN or self.is_leaving

    @property
    def shown_status(self) -> str:
        return "waiting" if self.is_leaving else self.status


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    assignments: Mapping[Key, Assignment]
    tokens: tuple[Token, ...] = ()
    status: str = "running"
    output: Json | None = None
    error: str | None = None
    is_unfinished: bool = False
    """The transaction stopped at its limit of waves; `tick` goes on."""
    transactions: int = 0
    """How many there have been."""
    waited_in: int = 0
    """The last one in which something began to wait."""

    @property
    def is_over(self) -> bool:
        return self.status in ("completed", "failed", "cancelled", "timed_out")

    def of_status(self, *statuses: str) -> list[Assignment]:
        return [a for a in self.assignments.values() if a.status in statuses]

    def tokens_of(self, key: Key) -> list[Token]:
        """In order of arrival."""
        return sorted((t for t in self.tokens if t.to == key), key=lambda t: t.arrival)
