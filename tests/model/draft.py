"""The state that one transaction is making, and small questions about it. What it changes is its own copy."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tests.model.graph import Graph, Node
from tests.model.rules import Scope
from tests.model.state import OPEN, Assignment, ContextPatch, Json, Key, State, Token

MOST_WAVES = 100
"""In one transaction."""


class Draft:
    def __init__(self, graph: Graph, state: State, budget: int | None = None) -> None:
        """`budget`: once a transaction has opened so many visits, it begins no more of inline nodes; None: no such limit."""
        self.graph = graph
        self.assignments: dict[Key, Assignment] = dict(state.assignments)
        self.tokens = list(state.tokens)
        self.patches = list(state.patches)
        self.status, self.output, self.error = state.status, state.output, state.error
        self.number, self.waited_in = state.transactions + 1, state.waited_in
        self.clock, self.changes = state.clock, state.changes
        self.is_unfinished = False
        self.ending: Key | None = None
        """The first END, FAIL or failure of the wave under way."""
        self.was_open = frozenset(key for key, assignment in state.assignments.items() if assignment.is_open)
        self.was_parked = frozenset(key for key, assignment in state.assignments.items() if assignment.is_leaving)
        """Visits of ordered nodes that had been waiting for earlier ones."""
        self._context = state.context
        self._budget = budget
        self._waves = 0
        self._opened = 0
        self._begins_inline = True

    @property
    def state(self) -> State:
        return State(
            assignments=self.assignments,
            tokens=tuple(self.tokens),
            patches=tuple(self.patches),
            status=self.status,
            output=self.output,
            error=self.error,
            is_unfinished=self.is_unfinished,
            transactions=self.number,
            waited_in=self.waited_in,
            changes=self.changes,
            clock=self.clock,
        )

    # Limits of one transaction

    def start_wave(self, *, counts: bool) -> None:
        """What the wave creates of inline nodes begins in it unless a limit is reached. It reads the context as it stands now."""
        self._waves += counts
        self._begins_inline = not self.is_exhausted
        self._context = {name: value for patch in self.patches for name, value in patch.values.items()}

    @property
    def begins_inline(self) -> bool:
        return self._begins_inline

    @property
    def is_exhausted(self) -> bool:
        return self._waves >= MOST_WAVES or (self._budget is not None and self._opened >= self._budget)

    # Changes

    def open(self, assignment: Assignment) -> None:
        """Add a visit. It counts the visits of its node since a wait last ended, itself included."""
        key = assignment.key
        assert key not in self.assignments, f"{key} would run twice"
        before = self.assignments.get(Key(key.node, self.last_visit(key.node)))
        count = 1 if before is None or before.made_in < self.waited_in else before.visits_since_wait + 1
        self._opened += 1
        self.assignments[key] = replace(assignment, made_in=self.number, visits_since_wait=count, change=self._next_change())

    def change(self, key: Key, **values: Any) -> None:
        self.assignments[key] = replace(self.assignments[key], change=self._next_change(), **values)

    def add_patch(self, key: Key, values: Json) -> None:
        self.patches.append(ContextPatch(key=key, values=values))

    def _next_change(self) -> int:
        self.changes += 1
        return self.changes

    # Questions

    def node_of(self, key: Key) -> Node:
        return self.graph.nodes[key.node]

    def scope_of(self, key: Key) -> Scope:
        return Scope(input=self.assignments[key].input, context=self._context)

    def last_visit(self, node: str) -> int:
        return max((key.visit for key in self.assignments if key.node == node), default=0)

    def is_leaving(self, key: Key) -> bool:
        return self.assignments[key].is_leaving

    def leaving_among(self, keys: Iterable[Key]) -> list[Key]:
        return [key for key in keys if self.is_leaving(key)]

    def left_over(self) -> list[Key]:
        """Visits of inline nodes that no transaction has come to yet, in order of creation."""
        return [key for key, a in self.assignments.items() if a.status == "pending" and self.node_of(key).is_inline and not a.is_for_worker]

    def is_past(self, key: Key) -> bool:
        """It has left, or will never leave."""
        found = self.assignments[key]
        return found.status not in OPEN and not found.is_leaving

    def is_count_join(self, node: str) -> bool:
        return self.graph.join_kind(node) in ("first", "count")

    def tokens_of(self, key: Key) -> list[Token]:
        """In order of arrival."""
        return sorted((token for token in self.tokens if token.to == key), key=lambda token: token.arrival)

    def filled_slots(self, key: Key) -> frozenset[int]:
        return frozenset(token.slot for token in self.tokens if token.to == key)
