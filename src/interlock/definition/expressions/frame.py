"""One running evaluation: what it sees."""

from typing import Any

from interlock.definition.expressions.budget import Budget
from interlock.definition.expressions.scope import Scope


class Frame:
    """The scope, its budget, and the variables of comprehensions."""

    __slots__ = ("budget", "scope", "variables")

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.budget: Budget = scope.budget
        self.variables: dict[str, Any] = {}
