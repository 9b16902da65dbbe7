"""FLOW_NODE/ROUTER: rules, each with its port."""

from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field

from interlock.definition.expressions.expression import parse_expression
from interlock.definition.flow_nodes.choice import Choice, ConditionRule
from interlock.definition.model.base import DefinitionModel
from interlock.definition.model.expression_text import ExpressionText
from interlock.definition.model.fields import PortName


class RouterRule(DefinitionModel):
    """A condition, and the port that it leads to."""

    condition: ExpressionText
    """What has to be true to leave through the port. For example `score >= 0.8`."""
    port: PortName
    """The port to leave through."""


class RouterConfig(DefinitionModel):
    """The rules of a router, in their order."""

    rules: Annotated[tuple[RouterRule, ...], Field(min_length=1, max_length=1_000)]
    """The rules, from the first to the last: 1 to 1,000."""
    default: PortName | None = None
    """The port to leave through if no rule is true. Without it the node then fails with `no_route`."""
    mode: Literal["first", "all"] = "first"
    """`first` leaves through the port of the first rule that is true, `all` through the ports of all that are."""


class RouterParameters(DefinitionModel):
    """Leaves through the ports of the rules that are true."""

    custom_config: RouterConfig
    """The rules and the default."""

    def choice(self) -> Choice:
        """What is chosen; its expressions are read once.

        Raises:
            ExpressionError: a condition cannot be read.
        """
        return self._choice

    def inline(self) -> dict[str, Any] | None:
        return self._choice.inline()

    @cached_property
    def _choice(self) -> Choice:
        config = self.custom_config
        rules = tuple(ConditionRule(parse_expression(rule.condition), rule.port) for rule in config.rules)
        return Choice(rules, default=config.default, every=config.mode == "all")
