"""Finding values by name, key and position."""

import difflib
from collections.abc import Callable, Iterable
from typing import Any

from interlock.definition.expressions.budget import CHARACTERS_PER_STEP, Budget
from interlock.definition.expressions.errors import ExpressionError
from interlock.definition.expressions.frame import Frame
from interlock.definition.expressions.scope import NOT_GIVEN, RESERVED, Scope
from interlock.definition.expressions.values import kind_of

_LONGEST_NAME = 100
"""Longer names are not compared: that costs time with the product of their lengths."""


def named(name: str) -> Callable[[Frame], Any]:
    """Returns the closure of a bare name: a part of the scope, the item of a MAP, or a key of the input."""
    if name in RESERVED:
        return lambda frame: getattr(frame.scope, name)
    return lambda frame: name_in(frame.scope, name)


def name_in(scope: Scope, name: str) -> Any:
    """Returns the item of a MAP, or the value of the input's key of this name.

    Raises:
        ExpressionError: `missing_name`.
    """
    if name == "item" and scope.item is not NOT_GIVEN:
        return scope.item
    if name in scope.input:
        return scope.input[name]
    raise ExpressionError(
        "missing_name",
        f"There is no {name} in the input.",
        _known(name, scope.input) + f' If it may be missing, use input.get("{name}").',
    )


def member(value: Any, key: str) -> Any:
    """Returns `value.key`.

    Raises:
        ExpressionError: `missing_key`, or `wrong_type` where the value is not an object.
    """
    if isinstance(value, dict) and key in value:
        return value[key]
    if isinstance(value, dict):
        raise ExpressionError("missing_key", f"There is no key {key!r:.100} here.", _known(key, value) + " If it may be missing, use .get(…).")
    raise ExpressionError("wrong_type", f"{kind_of(value).capitalize()} has no key {key!r:.100}.", "Only objects have keys.")


def index(budget: Budget, value: Any, key: Any) -> Any:
    """Returns `value[key]`: the element at a position of a list or text, or the value of a key of an object.

    Raises:
        ExpressionError: `missing_key`, or `wrong_type`.
    """
    budget.spend(1 + len(key) // CHARACTERS_PER_STEP if isinstance(key, str) else 1)
    if isinstance(value, dict) and isinstance(key, str):
        return member(value, key)
    if isinstance(value, list | str) and isinstance(key, int):
        if -len(value) <= key < len(value):
            return value[key]
        raise ExpressionError("missing_key", f"There is no position {key} in {kind_of(value)} of length {len(value)}.", "Test len(…) first.")
    raise ExpressionError(
        "wrong_type",
        f"{kind_of(value).capitalize()} cannot be indexed with {kind_of(key)}.",
        "Objects take text; lists and texts take whole numbers.",
    )


def _known(wanted: str, names: Iterable[str]) -> str:
    some = [name for name, _ in zip(names, range(200), strict=False) if len(name) <= _LONGEST_NAME]
    if not some:
        return "It is empty."
    near = difflib.get_close_matches(wanted, some, n=1) if len(wanted) <= _LONGEST_NAME else []
    return f"Did you mean {near[0]}?" if near else f"It has {', '.join(name[:40] for name in some[:10])}{', …' if len(some) > 10 else ''}."
