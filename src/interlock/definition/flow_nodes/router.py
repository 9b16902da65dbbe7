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
    """Leads to `port` where the condition is true."""

    condition: ExpressionText
    port: PortName


class RouterConfig(DefinitionModel):
    """Rules in order; `first` takes the first that is true, `all` every one that is."""

    rules: Annotated[tuple[RouterRule, ...], Field(min_length=1, max_length=1_000)]
    default: PortName | None = None
    """Where it goes when no rule is true; without it that is the final error `no_route`."""
    mode: Literal["first", "all"] = "first"


class RouterParameters(DefinitionModel):
    """Leaves through the ports of the rules that are true."""

    custom_config: RouterConfig

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
