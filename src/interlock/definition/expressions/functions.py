"""The functions of expressions: Python's own, for JSON values."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from interlock.definition.expressions.budget import CHANGED_PER_STEP, STEPS_OF_ADDING, Budget
from interlock.definition.expressions.errors import ExpressionError
from interlock.definition.expressions.operators import unfit
from interlock.definition.expressions.values import is_number, kind_of

Function = Callable[..., Any]


def _elements(budget: Budget, name: str, value: Any) -> list[Any]:
    """Returns the elements of a list, the keys of an object or the characters of a text, as Python iterates over them."""
    if not isinstance(value, list | dict | str):
        raise ExpressionError("wrong_type", f"{name} takes a list, not {kind_of(value)}.", "Pass a list.")
    budget.make_elements(len(value))
    return list(value)


def _length(budget: Budget, value: Any, /) -> int:  # noqa: ARG001 - all functions begin alike
    if not isinstance(value, list | dict | str):
        raise ExpressionError("wrong_type", f"len takes a list, an object or a text, not {kind_of(value)}.", "Test for null first.")
    return len(value)


def _extreme(name: str, choose: Callable[..., Any]) -> Function:
    def apply(budget: Budget, /, *values: Any, **options: Any) -> Any:
        found = _elements(budget, name, values[0]) if len(values) == 1 else list(values)
        budget.weigh(found)
        if set(options) - {"default"}:
            raise ExpressionError("not_allowed", f"{name} does not take {min(set(options) - {'default'})}.", "Remove it.")
        return choose(found, **options)

    return apply


def _sum(budget: Budget, values: Any, start: Any = 0, /) -> Any:
    total = start
    elements = _elements(budget, "sum", values)
    budget.spend(STEPS_OF_ADDING * len(elements))
    for value in elements:
        if not (is_number(total) and is_number(value)):
            raise unfit("+", total, value)
        budget.weigh_digits(total, 1)
        total = budget.number(total + value)
    return total


def _round(budget: Budget, value: Any, digits: Any = None, /) -> Any:
    if not is_number(value) or not (digits is None or isinstance(digits, int)):
        raise ExpressionError("wrong_type", f"round takes a number, not {kind_of(value)}.", "Convert it with float(…).")
    if digits is not None and abs(digits) > 400:
        raise ExpressionError("limit", "round takes at most 400 digits.", "Use fewer.")
    budget.weigh_digits(value, value)
    return budget.number(round(value, digits))


def _absolute(budget: Budget, value: Any, /) -> Any:
    if not is_number(value):
        raise ExpressionError("wrong_type", f"abs takes a number, not {kind_of(value)}.", "Convert it with float(…).")
    budget.weigh_digits(value, 1)
    return budget.number(abs(value))


def _text(budget: Budget, value: Any = "", /) -> str:
    return budget.text_of(value, budget.limits.text_characters)


def _number(name: str, convert: Callable[[Any], Any]) -> Function:
    def apply(budget: Budget, value: Any = 0, /) -> Any:
        if isinstance(value, str):
            if len(value) > 1_000:
                raise ExpressionError("limit", f"{name} takes a text of at most 1,000 characters.", "Pass a shorter one.")
            budget.spend(len(value) // CHANGED_PER_STEP)
        if not isinstance(value, str | int | float):
            raise ExpressionError("wrong_type", f"{name} takes a number or a text, not {kind_of(value)}.", "Test for null first.")
        return budget.number(convert(value))

    return apply


def _truth(budget: Budget, value: Any = False, /) -> bool:  # noqa: ARG001 - all functions begin alike
    return bool(value)


def _quantifier(name: str, decide: Callable[[Iterable[Any]], bool]) -> Function:
    def apply(budget: Budget, values: Any, /) -> bool:
        return decide(_elements(budget, name, values) if isinstance(values, list | dict | str | int | float | None) else values)

    return apply


def _sorted(budget: Budget, values: Any, /, *, reverse: Any = False) -> list[Any]:
    found = _elements(budget, "sorted", values)
    before = budget.steps
    budget.weigh(found)
    beyond = before - budget.steps - len(found)  # what long texts and lists cost; each is compared that often, in a quarter of a step if it is short
    budget.spend((len(found) // 4 + beyond) * len(found).bit_length())
    return sorted(found, reverse=bool(reverse))


def _range(budget: Budget, /, *bounds: Any) -> list[int]:
    numbers = range(*bounds)
    budget.make_elements(min(len(numbers), 1 << 60))
    return list(numbers)


def _list(budget: Budget, values: Any = (), /) -> list[Any]:
    return _elements(budget, "list", list(values) if isinstance(values, tuple) else values)


FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {
        "abs": _absolute,
        "all": _quantifier("all", all),
        "any": _quantifier("any", any),
        "bool": _truth,
        "float": _number("float", float),
        "int": _number("int", int),
        "len": _length,
        "list": _list,
        "max": _extreme("max", max),
        "min": _extreme("min", min),
        "range": _range,
        "round": _round,
        "sorted": _sorted,
        "str": _text,
        "sum": _sum,
    }
)
