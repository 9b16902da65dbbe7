"""One running evaluation: what it sees, and how much work it may still do."""

from typing import Any

from interlock.definition.expressions.errors import ExpressionError
from interlock.definition.expressions.limits import ExpressionLimits
from interlock.definition.expressions.scope import Scope
from interlock.definition.expressions.values import is_finite


class Frame:
    """The scope, the variables of comprehensions, and the budget of one evaluation."""

    __slots__ = ("limits", "scope", "steps", "variables")

    def __init__(self, scope: Scope, limits: ExpressionLimits) -> None:
        self.scope = scope
        self.limits = limits
        self.steps = limits.steps
        self.variables: dict[str, Any] = {}

    def spend(self, steps: int) -> None:
        """Takes steps from the budget.

        Raises:
            ExpressionError: `limit`, where none are left.
        """
        self.steps -= steps
        if self.steps < 0:
            raise ExpressionError("limit", f"The expression needs more than {self.limits.steps:,} steps.", "Use a RUN_CODE node for this.")

    def weigh(self, value: Any) -> None:
        """Takes one step for every value inside, so that comparing whole structures counts as work."""
        pending = [value]
        while pending:
            item = pending.pop()
            if isinstance(item, str):
                self.spend(len(item) >> 6)
            elif isinstance(item, dict | list):
                self.spend(len(item) + 1)
                pending.extend(child for child in (item.values() if isinstance(item, dict) else item) if isinstance(child, dict | list | str))

    def number(self, value: Any) -> Any:
        """Returns the result of arithmetic, if JSON can hold it.

        Raises:
            ExpressionError: it is not finite, not real, or too large.
        """
        if isinstance(value, complex) or not is_finite(value):
            raise ExpressionError("bad_value", "The result is not a finite real number.", "Check the values that it is computed from.")
        if isinstance(value, int) and value.bit_length() > self.limits.integer_bits:
            raise ExpressionError("limit", f"The result has more than {self.limits.integer_bits:,} bits.", "Calculate with smaller numbers.")
        return value

    def check_text(self, characters: int) -> None:
        """Refuses to make a text of this length if it is too long."""
        if characters > self.limits.text_characters:
            raise ExpressionError(
                "limit", f"The text would have {characters:,} characters; the limit is {self.limits.text_characters:,}.", "Make a shorter text."
            )
        self.spend(characters >> 6)

    def check_elements(self, count: int) -> None:
        """Refuses to make a list or object of this many elements if it is too long."""
        if count > self.limits.elements:
            raise ExpressionError("limit", f"The list would have {count:,} elements; the limit is {self.limits.elements:,}.", "Make a shorter list.")
        self.spend(count)
