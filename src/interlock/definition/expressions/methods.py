"""The methods of texts, lists and objects: those of Python, and `contains`."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from interlock.definition.expressions.budget import CHANGED_PER_STEP, CHARACTERS_PER_STEP, Budget
from interlock.definition.expressions.errors import ExpressionError
from interlock.definition.expressions.operators import contains, weigh_search
from interlock.definition.expressions.values import kind_of

Method = Callable[..., Any]


_LONGEST_CHANGE: Final = 3
"""How many times longer a text can become in other cases: `ß` becomes `SS`, and some characters become three."""


def _asked(method: Callable[..., Any]) -> Method:
    """Makes a method that says something of every character of a text."""

    def apply(budget: Budget, text: str, /) -> Any:
        budget.read_text(len(text), CHANGED_PER_STEP)
        return method(text)

    return apply


def _changed(method: Callable[..., str]) -> Method:
    """Makes a method that changes every character of a text."""

    def apply(budget: Budget, text: str, /) -> str:
        budget.read_text(len(text), CHANGED_PER_STEP)
        budget.make_text(len(text) * _LONGEST_CHANGE if not text.isascii() else len(text))
        return method(text)

    return apply


def _searched(method: Callable[..., int], *, is_from_left: bool = True) -> Method:
    """Makes a method that searches a text for another one."""

    def apply(budget: Budget, text: str, wanted: str, /, *bounds: Any) -> int:
        budget.read_text(len(text))
        budget.search(len(text), _length(wanted), is_from_left=is_from_left)
        return method(text, wanted, *bounds)

    return apply


def _stripped(method: Callable[..., str]) -> Method:
    """Makes a method that takes characters of a set from the ends of a text. Each is looked up in the set by going through it."""

    def apply(budget: Budget, text: str, characters: str | None = None, /) -> str:
        budget.make_text(len(text))
        budget.spend(len(text) * (1 if characters is None else _length(characters)) // CHANGED_PER_STEP)
        return method(text, characters)

    return apply


def _shortened(method: Callable[[str, str], str]) -> Method:
    """Makes a method that takes a part from one end of a text."""

    def apply(budget: Budget, text: str, part: str, /) -> str:
        budget.make_text(len(text))
        return method(text, part)

    return apply


def _affix(method: Callable[..., bool]) -> Method:
    """Makes a method of texts that takes one text or a list of texts."""

    def apply(budget: Budget, text: str, wanted: Any, /) -> bool:
        parts = wanted if isinstance(wanted, list) else [wanted]
        for part in parts:
            budget.spend(1 + min(len(text), _length(part)) // CHARACTERS_PER_STEP)
        return method(text, tuple(parts))

    return apply


def _pieces(method: Callable[..., list[str]], *, is_from_left: bool) -> Method:
    """Makes a method that splits a text at a separator, at most so often that the list is not too long."""

    def apply(budget: Budget, text: str, separator: str | None = None, most: int = -1, /) -> list[str]:
        budget.make_text(len(text), CHANGED_PER_STEP)
        if separator is not None:
            budget.search(len(text), _length(separator), is_from_left=is_from_left)
        longest = budget.limits.elements
        found = method(text, separator, min(most, longest) if most >= 0 else longest)
        budget.make_elements(len(found))
        return found

    return apply


def _lines(budget: Budget, text: str, keeps_ends: Any = False, /) -> list[str]:
    budget.make_text(len(text), CHANGED_PER_STEP)
    found = text.splitlines(bool(keeps_ends))
    budget.make_elements(len(found))
    return found


def _replace(budget: Budget, text: str, old: str, new: str, /) -> str:
    budget.read_text(len(text))
    budget.search(len(text), 2 * _length(old))
    budget.make_text(len(text) + text.count(old) * max(0, _length(new) - len(old)))
    return text.replace(old, new)


def _join(budget: Budget, glue: str, values: Any, /) -> str:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ExpressionError("wrong_type", "join takes a list of texts.", 'Convert each: ", ".join(str(x) for x in numbers).')
    budget.spend(len(values))
    budget.make_text(sum(map(len, values)) + len(glue) * len(values))
    return glue.join(values)


def _contains(budget: Budget, holder: Any, needle: Any, /) -> bool:
    return contains(budget, needle, holder)


def _count(budget: Budget, values: list[Any], wanted: Any, /) -> int:
    weigh_search(budget, values, wanted)
    return values.count(wanted)


def _index(budget: Budget, values: list[Any], wanted: Any, /) -> int:
    """Looks before it asks for the place, because the error of Python would hold the whole value as text."""
    weigh_search(budget, values, wanted)
    weigh_search(budget, values, wanted)
    if wanted not in values:
        raise ExpressionError(
            "bad_value", "The value is not in the list.", "If it may be missing, test for it first: `values.index(x) if x in values else -1`."
        )
    return values.index(wanted)


def _get(budget: Budget, value: dict[str, Any], key: Any, default: Any = None, /) -> Any:
    budget.weigh(key)
    return value.get(key, default)


def _listed(method: Callable[[dict[str, Any]], Any]) -> Method:
    def apply(budget: Budget, value: dict[str, Any], /) -> list[Any]:
        budget.make_elements(len(value))
        return [list(item) if isinstance(item, tuple) else item for item in method(value)]

    return apply


def _length(text: Any) -> int:
    if not isinstance(text, str):
        raise ExpressionError("wrong_type", f"This method takes a text, not {kind_of(text)}.", "Convert it with str(…).")
    return len(text)


TEXT_METHODS: Final[Mapping[str, Method]] = MappingProxyType(
    {
        "capitalize": _changed(str.capitalize),
        "casefold": _changed(str.casefold),
        "contains": _contains,
        "count": _searched(str.count),
        "endswith": _affix(str.endswith),
        "find": _searched(str.find),
        "isalnum": _asked(str.isalnum),
        "isalpha": _asked(str.isalpha),
        "isdecimal": _asked(str.isdecimal),
        "isdigit": _asked(str.isdigit),
        "islower": _asked(str.islower),
        "isspace": _asked(str.isspace),
        "isupper": _asked(str.isupper),
        "join": _join,
        "lower": _changed(str.lower),
        "lstrip": _stripped(str.lstrip),
        "removeprefix": _shortened(str.removeprefix),
        "removesuffix": _shortened(str.removesuffix),
        "replace": _replace,
        "rfind": _searched(str.rfind, is_from_left=False),
        "rsplit": _pieces(str.rsplit, is_from_left=False),
        "rstrip": _stripped(str.rstrip),
        "split": _pieces(str.split, is_from_left=True),
        "splitlines": _lines,
        "startswith": _affix(str.startswith),
        "strip": _stripped(str.strip),
        "title": _changed(str.title),
        "upper": _changed(str.upper),
    }
)
LIST_METHODS: Final[Mapping[str, Method]] = MappingProxyType({"contains": _contains, "count": _count, "index": _index})
OBJECT_METHODS: Final[Mapping[str, Method]] = MappingProxyType(
    {"contains": _contains, "get": _get, "items": _listed(dict.items), "keys": _listed(dict.keys), "values": _listed(dict.values)}
)

METHOD_NAMES: Final = frozenset({*TEXT_METHODS, *LIST_METHODS, *OBJECT_METHODS})


def method_of(value: Any, name: str) -> Method:
    """Returns the method of a value.

    Raises:
        ExpressionError: `wrong_type`, where it has no method of this name.
    """
    methods: Mapping[str, Method] = {}
    if isinstance(value, str):
        methods = TEXT_METHODS
    elif isinstance(value, list):
        methods = LIST_METHODS
    elif isinstance(value, dict):
        methods = OBJECT_METHODS
    if name not in methods:
        known = f"It has {', '.join(sorted(methods))}." if methods else "Test for null first."
        raise ExpressionError("wrong_type", f"{kind_of(value).capitalize()} has no method {name}.", known)
    return methods[name]
