"""FLOW_NODE/SWITCH: one value, a port for each case."""

from functools import cached_property
from typing import Annotated, Any

from pydantic import Field

from interlock.definition.expressions.expression import parse_expression
from interlock.definition.flow_nodes.choice import CaseRule, Choice
from interlock.definition.model.base import DefinitionModel
from interlock.definition.model.expression_text import ExpressionText
from interlock.definition.model.fields import PortName

Strict = Field(strict=True)
Literal = Annotated[bool, Strict] | Annotated[int, Strict] | Annotated[float, Strict] | Annotated[str, Strict] | None


class SwitchCase(DefinitionModel):
    """A value to compare with, and the port that it leads to."""

    equals: Literal
    """A text, a number, true, false or null. It is compared as it stands; it is not an expression."""
    port: PortName
    """The port to leave through."""


class SwitchParameters(DefinitionModel):
    """Leaves through the port of the first case that equals the value, else through the default."""

    value: ExpressionText
    """What is compared with the cases. For example `order.country`."""
    cases: Annotated[tuple[SwitchCase, ...], Field(min_length=1, max_length=1_000)]
    """The cases, from the first to the last: 1 to 1,000."""
    default: PortName = "default"
    """The port to leave through if no case is equal."""

    def choice(self) -> Choice:
        """What is chosen; its expressions are read once.

        Raises:
            ExpressionError: the value's expression cannot be read.
        """
        return self._choice

    def inline(self) -> dict[str, Any] | None:
        return self._choice.inline()

    @cached_property
    def _choice(self) -> Choice:
        value = parse_expression(self.value)
        return Choice(tuple(CaseRule(value, case.equals, case.port) for case in self.cases), default=self.default)
