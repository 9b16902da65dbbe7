"""What an expression can read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from interlock.definition.expressions.budget import Budget

NOT_GIVEN: Final = object()
"""The value of `item` outside a MAP."""

RESERVED: Final = frozenset({"input", "nodes", "context", "execution", "subject"})
"""Names that never mean a key of the input; write `input.nodes` for such a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """JSON values by name, for one visit.

    Attributes:
        input: what the visit received; its keys are names of their own.
        nodes: the outputs of other nodes' latest completed visits, `{id: {"output": …}}`.
        context: the execution's shared object.
        execution: `id`, `workflow`, `version`, `started_at`.
        subject: what the execution is about, or None.
        item: the element that a child of a MAP works on.
        budget: what the expressions of the visit may still do and make, together.
    """

    input: Mapping[str, Any] = field(default_factory=dict)
    nodes: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    execution: Mapping[str, Any] = field(default_factory=dict)
    subject: Any = None
    item: Any = NOT_GIVEN
    budget: Budget = field(default_factory=Budget, compare=False, repr=False)
