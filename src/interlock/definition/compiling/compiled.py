"""The rows of a version."""

from dataclasses import dataclass, fields
from typing import Any

from interlock.definition.compiling.reaches import Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledNode:
    """One row of `nodes`.

    Attributes:
        node_no: place in compiled order, from 0.
        join_kind: all, first, count or each; None with fewer than two incoming MAIN connections.
        join_count: how many tokens a first or count join goes with, at most `slot_count`.
        requires: TYPE/SUBTYPE that a worker needs an executor for; None: every worker has it, for it comes with Interlock.
        slot_count: incoming MAIN connections.
        fan_out: how many MAIN connections a visit can leave through at most.
        is_repeatable: there may be more than one visit.
        is_indexed: its visits are found by node: it is repeatable, ordered, or named in an expression.
        lock_program: value program of the key that a visit holds.
        inline: what the database does without a worker; None: a worker evaluates the node.
        needs: nodes whose outputs its expressions name; None: found only when they run.
        uses_context: whether its expressions look at the context.
        ends: some port of it leads nowhere.
    """

    node_no: int
    node_id: str
    name: str
    type: str
    subtype: str
    kind: str
    queue: str
    requires: str | None
    join_kind: str | None
    join_count: int | None
    late: str
    slot_count: int
    fan_out: int
    ordered: bool
    is_repeatable: bool
    is_indexed: bool
    on_error: str
    max_attempts: int
    retry_initial_seconds: float
    retry_multiplier: float
    retry_max_seconds: float
    retry_jitter: float
    timeout_seconds: float | None
    max_visits: int
    lock_program: dict[str, Any] | None
    inline: dict[str, Any] | None
    parameters: dict[str, Any]
    needs: tuple[int, ...] | None
    uses_context: bool
    ends: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledConnection:
    """One row of `connections`; `slot` is its position among the MAIN connections into `to_node`, None for other types."""

    connection_no: int
    from_node: int
    port: str
    to_node: int
    slot: int | None
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledWorkflow:
    """A version: its nodes in compiled order, its connections in order of definition, and which nodes reach which slots of which joins."""

    semantics: int
    virtual_users: str
    lock_program: dict[str, Any] | None
    timeout_seconds: float | None
    nodes: tuple[CompiledNode, ...]
    connections: tuple[CompiledConnection, ...]
    reaches: tuple[Reach, ...]

    def to_json(self) -> dict[str, Any]:
        """Returns it as `save_workflow` takes it: the attributes by name, rows as objects."""
        rows = {name: [_row(row) for row in getattr(self, name)] for name in ("nodes", "connections", "reaches")}
        return _row(self) | rows


def _row(value: Any) -> dict[str, Any]:
    return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
