"""Chooses ports by rules: what IF, SWITCH and ROUTER have in common."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from interlock.definition.expressions.conditions import NEVER_KNOWN, JsonPathCondition, compile_condition, compile_equality
from interlock.definition.expressions.expression import Expression
from interlock.definition.expressions.paths import Literal
from interlock.definition.expressions.scope import Scope

Scalar = str | int | float | bool | None


class Rule(Protocol):
    """A rule leads to a port if it holds."""

    @property
    def port(self) -> str: ...

    def holds(self, scope: Scope) -> bool:
        """Whether it is true over this scope.

        Raises:
            ExpressionError: it has no value over this scope.
        """
        ...

    def compiled(self) -> JsonPathCondition | None:
        """Returns the rule for the database, or None if it needs a worker."""
        ...


@dataclass(frozen=True, slots=True)
class ConditionRule:
    """Holds if its condition is true."""

    condition: Expression
    port: str

    def holds(self, scope: Scope) -> bool:
        return self.condition.is_true(scope)

    def compiled(self) -> JsonPathCondition | None:
        return compile_condition(self.condition.tree)


@dataclass(frozen=True, slots=True)
class CaseRule:
    """Holds if its value equals a literal, as Python compares: true equals 1."""

    value: Expression
    equals: Scalar
    port: str

    def holds(self, scope: Scope) -> bool:
        return bool(self.value.evaluate(scope) == self.equals)

    def compiled(self) -> JsonPathCondition | None:
        return compile_equality(self.value.tree, Literal(self.equals))


@dataclass(frozen=True, slots=True)
class Choice:
    """Rules in order.

    Attributes:
        default: the port where no rule holds; None: there is no way on (`no_route`).
        every: whether every rule that holds counts, or only the first.
    """

    rules: tuple[Rule, ...]
    default: str | None
    every: bool = False

    def ports(self) -> tuple[str, ...]:
        """Returns every port that may be chosen, each once, in order."""
        return _once([*(rule.port for rule in self.rules), *([] if self.default is None else [self.default])])

    def chosen(self, scope: Scope) -> tuple[str, ...]:
        """Returns the ports to leave through, each once; none if no rule holds and there is no default.

        Raises:
            ExpressionError: a rule that has to be looked at has no value.
        """
        found: list[str] = []
        for rule in self.rules:
            if rule.holds(scope):
                found.append(rule.port)
                if not self.every:
                    break
        return _once(found or ([] if self.default is None else [self.default]))

    def inline(self) -> dict[str, Any] | None:
        """Returns the program for the database, or None if it can decide no rule. It never knows the answer of a rule that it cannot decide."""
        compiled = [rule.compiled() for rule in self.rules]
        if not any(compiled):
            return None
        rules = [_row(found or NEVER_KNOWN, rule.port) for found, rule in zip(compiled, self.rules, strict=True)]
        return {"rules": rules, "default": self.default, "all": self.every}

    def undecided(self) -> list[int]:
        """Returns the positions of the rules that only a worker can decide."""
        return [position for position, rule in enumerate(self.rules) if rule.compiled() is None]


def _row(condition: JsonPathCondition, port: str) -> dict[str, Any]:
    return {"known": condition.known, "path": condition.path, "port": port}


def _once(ports: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ports))
