"""FLOW_NODE/IF: one condition, two ports."""

from functools import cached_property
from typing import Any

from interlock.definition.expressions.expression import parse_expression
from interlock.definition.flow_nodes.choice import Choice, ConditionRule
from interlock.definition.model.base import DefinitionModel
from interlock.definition.model.expression_text import ExpressionText


class IfParameters(DefinitionModel):
    """Leaves through `true` or `false`."""

    condition: ExpressionText
    """What has to be true to leave through `true`. For example `amount > 10000 and region == "EU"`."""

    def choice(self) -> Choice:
        """What is chosen; its expressions are read once.

        Raises:
            ExpressionError: the condition cannot be read.
        """
        return self._choice

    def inline(self) -> dict[str, Any] | None:
        return self._choice.inline()

    @cached_property
    def _choice(self) -> Choice:
        return Choice((ConditionRule(parse_expression(self.condition), "true"),), default="false")
