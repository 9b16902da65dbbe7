"""An execution at one moment, as the reference sees it. These are values: nothing is shared, nothing is changed in place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

Json = Mapping[str, Any]

OPEN = ("holding", "pending", "running", "waiting")


class Key(NamedTuple):
    """One assignment: a visit of a node."""

    node: str
    visit: int


class LateMark(NamedTuple):
    """Says that its carrier is late for this visit of this join."""

    join: str
    visit: int


LateMarks = frozenset[LateMark]


def mark_of(marks: LateMarks, join: str) -> LateMark | None:
    return next((mark for mark in marks if mark.join == join), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a finished assignment delivered to a slot of a visit of a join."""

    to: Key
    slot: int
    arrival: int
    sender: Key
    output: Json
    marks: LateMarks
    is_late: bool = False
    """Swallowed: its visit began without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextPatch:
    """What one visit set in the execution's context."""

    key: Key
    values: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    key: Key
    status: str
    input: Json
    previous: Key | None = None
    """The visit that led to this one; None for a trigger and for a join, whose tokens name their senders."""
    marks: LateMarks = frozenset()
    output: Json | None = None
    error: str | None = None
    ports: tuple[str, ...] = ()
    """Through which it leaves, once it is finished."""
    has_left: bool = False
    is_for_worker: bool = False
    """A pending visit of an inline node which the database could not decide."""
    is_stopped: bool = False
    """Finished, but the execution ended before it left."""
    visits_since_wait: int = 1
    """How many visits of its node there have been since a wait last ended, this one included."""
    made_in: int = 0
    """Number of the transaction that opened it."""
    change: int = 0
    """Orders the changes of assignments in one execution."""
    waits_for: str | None = None
    """time or person, while waiting"""
    due: int = 0
    """Waiting for time: until when, on the execution's clock."""
    was: "Assignment | None" = None
    """Cancelled: how it stood before."""

    @property
    def is_leaving(self) -> bool:
        """Finished, and its tokens not yet delivered. Between two transactions, only a visit of an ordered node that waits for an earlier one."""
        return bool(self.ports) and not self.has_left and not self.is_stopped

    @property
    def is_open(self) -> bool:
        """Something can still come from it."""
        return self.status in OPEN or self.is_leaving

    @property
    def shown_status(self) -> str:
        return "waiting" if self.is_leaving else self.status

    @property
    def shown_wait(self) -> str | None:
        return "order" if self.is_leaving else self.waits_for


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    assignments: Mapping[Key, Assignment]
    tokens: tuple[Token, ...] = ()
    patches: tuple[ContextPatch, ...] = ()
    """Changes of the context, in order of revision."""
    status: str = "running"
    output: Json | None = None
    error: str | None = None
    is_unfinished: bool = False
    """The transaction reached one of its limits; `tick` continues."""
    transactions: int = 0
    """How many there have been."""
    waited_in: int = 0
    """The last one in which a wait ended."""
    changes: int = 0
    """The last number given to a change of an assignment."""
    clock: int = 0
    """In seconds; it moves only when a step says so."""

    @property
    def context(self) -> Json:
        """The fold of all patches: a later one wins."""
        return {name: value for patch in self.patches for name, value in patch.values.items()}

    @property
    def is_over(self) -> bool:
        return self.status in ("completed", "failed", "cancelled", "timed_out")

    def of_status(self, *statuses: str) -> list[Assignment]:
        return [a for a in self.assignments.values() if a.status in statuses]

    def tokens_of(self, key: Key) -> list[Token]:
        """In order of arrival."""
        return sorted((t for t in self.tokens if t.to == key), key=lambda t: t.arrival)
