"""The operators: they do what Python does, within limits."""

import ast
import operator
from collections.abc import Callable
from typing import Any, Final

from interlock.definition.expressions.budget import CHARACTERS_PER_STEP, Budget
from interlock.definition.expressions.errors import ExpressionError
from interlock.definition.expressions.values import is_number, kind_of

Binary = Callable[[Budget, Any, Any], Any]


def add(budget: Budget, left: Any, right: Any) -> Any:
    if is_number(left) and is_number(right):
        budget.weigh_digits(left, 1)
        return budget.number(left + right)
    if isinstance(left, str) and isinstance(right, str):
        budget.make_text(len(left) + len(right))
        return left + right
    if isinstance(left, list) and isinstance(right, list):
        budget.make_elements(len(left) + len(right))
        return left + right
    raise unfit("+", left, right)


def multiply(budget: Budget, left: Any, right: Any) -> Any:
    if is_number(left) and is_number(right):
        budget.weigh_digits(left, right)
        return budget.number(left * right)
    if isinstance(left, int):
        left, right = right, left
    if isinstance(left, str) and isinstance(right, int):
        budget.make_text(len(left) * right)
        return left * right
    if isinstance(left, list) and isinstance(right, int):
        budget.make_elements(len(left) * right)
        return left * right
    raise unfit("*", left, right)


def power(budget: Budget, left: Any, right: Any) -> Any:
    if not (is_number(left) and is_number(right)):
        raise unfit("**", left, right)
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() * abs(right) > budget.limits.integer_bits + 1:
        raise ExpressionError("limit", f"The power would have more than {budget.limits.integer_bits:,} bits.", "Calculate with smaller numbers.")
    if isinstance(left, int) and isinstance(right, int):
        budget.spend((left.bit_length() * abs(right) >> 6) ** 2 >> 5)
    return budget.number(left**right)


def numeric(sign: str, calculate: Callable[[Any, Any], Any]) -> Binary:
    """Makes an operator that takes numbers only."""

    def apply(budget: Budget, left: Any, right: Any) -> Any:
        if not (is_number(left) and is_number(right)):
            raise unfit(sign, left, right)
        budget.weigh_digits(left, right)
        return budget.number(calculate(left, right))

    return apply


def unfit(sign: str, left: Any, right: Any) -> ExpressionError:
    """Returns the error of an operator between values that it does not take."""
    hint = "Convert one of them, with int(…), float(…) or str(…)." if type(left) is not type(right) else "Use their parts instead."
    return ExpressionError("wrong_type", f"{sign} does not work between {kind_of(left)} and {kind_of(right)}.", hint)


ARITHMETIC: Final[dict[type[ast.operator], Binary]] = {
    ast.Add: add,
    ast.Sub: numeric("-", operator.sub),
    ast.Mult: multiply,
    ast.Div: numeric("/", operator.truediv),
    ast.FloorDiv: numeric("//", operator.floordiv),
    ast.Mod: numeric("%", operator.mod),
    ast.Pow: power,
}


def equal(budget: Budget, left: Any, right: Any) -> bool:
    budget.weigh(left)
    return bool(left == right)


def unequal(budget: Budget, left: Any, right: Any) -> bool:
    return not equal(budget, left, right)


def contains(budget: Budget, needle: Any, holder: Any) -> bool:
    if isinstance(holder, str) and isinstance(needle, str):
        budget.search(len(holder), len(needle))
        return needle in holder
    if isinstance(holder, list):
        weigh_search(budget, holder, needle)
        return needle in holder
    if isinstance(holder, dict) and not isinstance(needle, dict | list):
        budget.weigh(needle)
        return needle in holder
    raise ExpressionError("wrong_type", f"{kind_of(needle).capitalize()} cannot be in {kind_of(holder)}.", "Search a list, an object or a text.")


def weigh_search(budget: Budget, holder: list[Any], needle: Any) -> None:
    """Takes the steps of comparing each element of a list with a value."""
    if isinstance(needle, dict | list):
        budget.weigh(holder)
    else:
        budget.spend(len(holder) * (1 + len(needle) // CHARACTERS_PER_STEP if isinstance(needle, str) else 1))


def lacks(budget: Budget, needle: Any, holder: Any) -> bool:
    return not contains(budget, needle, holder)


def ordering(sign: str, compare: Callable[[Any, Any], bool]) -> Binary:
    """Makes a comparison of numbers with numbers, text with text, lists with lists."""

    def apply(budget: Budget, left: Any, right: Any) -> bool:
        if isinstance(left, list | str):
            budget.weigh(left)
        try:
            return compare(left, right)
        except TypeError as error:
            raise unfit(sign, left, right) from error

    return apply


COMPARISONS: Final[dict[type[ast.cmpop], Binary]] = {
    ast.Eq: equal,
    ast.NotEq: unequal,
    ast.In: contains,
    ast.NotIn: lacks,
    ast.Is: lambda _, left, right: left is right,
    ast.IsNot: lambda _, left, right: left is not right,
    ast.Lt: ordering("<", operator.lt),
    ast.LtE: ordering("<=", operator.le),
    ast.Gt: ordering(">", operator.gt),
    ast.GtE: ordering(">=", operator.ge),
}
