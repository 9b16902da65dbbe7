"""A workflow pattern as data: workflows, what their steps answer, and how they must end.

The same data is run in three forms: by one worker in a fixed order, raced by two, and with the worker dying after every transition.
So nothing in it may depend on which worker is faster. Where an order matters, a step answers only `after` others have ended.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.model.graphs import Definition

Json = Mapping[str, Any]
Name = str
"""`A/2`: the second visit of node A."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a step answers. By default it completes through main at once."""

    ports: tuple[str, ...] = ("main",)
    output: Json = field(default_factory=dict)
    fails: str | None = None
    """the code of a final error"""
    waits_for: str | None = None
    """for whom: `person`"""
    after: tuple[Name, ...] = ()
    """It answers once these have ended, in any way."""
    hangs: bool = False
    """It never answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What an operator or the clock does to each execution, in order, once nothing else moves."""

    kind: str
    """cancel, cancel_assignment or pass_time"""
    name: Name = ""
    seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    name: str
    definition: Definition
    order: tuple[Name | frozenset[Name], ...]
    """All visits that complete, in order. Those in one set may complete in any order."""
    answers: Mapping[Name, Answer] = field(default_factory=dict)
    inputs: tuple[Json, ...] = ({"x": 0},)
    """One execution for each; all take the same path."""
    actions: tuple[Action, ...] = ()
    status: str = "completed"
    otherwise: Mapping[Name, str] = field(default_factory=dict)
    """The visits that do not complete, and the status in which each ends or stays."""
    given: Mapping[Name, Json] = field(default_factory=dict)
    """Part of a visit's input."""
    output: Json | None = None
    """Part of the execution's output."""
    error: str | None = None
    alone: frozenset[str] = frozenset()
    """Nodes of which at most one visit runs at any time, in all executions together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    number: int
    name: str
    construct: str
    """How it is drawn, for the table in the docs."""
    scenarios: tuple[Scenario, ...]


def either(*names: Name) -> frozenset[Name]:
    return frozenset(names)


def answer(*ports: str, after: tuple[Name, ...] = (), **output: Any) -> Answer:
    return Answer(ports=ports or ("main",), after=after, output=output)
