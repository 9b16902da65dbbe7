"""The methods of texts, lists and objects: those of Python, and `contains`."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from interlock.definition.expressions.errors import ExpressionError
from interlock.definition.expressions.frame import Frame
from interlock.definition.expressions.operators import contains
from interlock.definition.expressions.values import kind_of

Method = Callable[..., Any]


def _plain(method: Callable[..., Any]) -> Method:
    """Makes a method of texts whose result is hardly longer than the text."""

    def apply(frame: Frame, text: str, /, *values: Any) -> Any:
        frame.check_text(len(text))
        return method(text, *values)

    return apply


def _affix(method: Callable[..., Any]) -> Method:
    """Makes a method of texts that takes one text or a list of texts."""

    def apply(frame: Frame, text: str, wanted: Any, /) -> Any:
        frame.spend(len(wanted))
        return method(text, tuple(wanted) if isinstance(wanted, list) else wanted)

    return apply


def _pieces(method: Callable[..., list[str]]) -> Method:
    def apply(frame: Frame, text: str, /, *values: Any) -> list[str]:
        frame.check_text(len(text))
        frame.spend(len(text))
        found = method(text, *values)
        frame.check_elements(len(found))
        return found

    return apply


def _replace(frame: Frame, text: str, old: str, new: str, /) -> str:
    frame.check_text(len(text))
    frame.check_text(len(text) + text.count(old) * max(0, len(new) - len(old)))
    return text.replace(old, new)


def _join(frame: Frame, glue: str, values: Any, /) -> str:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ExpressionError("wrong_type", "join takes a list of texts.", 'Convert each: ", ".join(str(x) for x in numbers).')
    frame.spend(len(values))
    frame.check_text(sum(map(len, values)) + len(glue) * len(values))
    return glue.join(values)


def _contains(frame: Frame, holder: Any, needle: Any, /) -> bool:
    return contains(frame, needle, holder)


def _counted(method: Callable[..., int]) -> Method:
    def apply(frame: Frame, values: Any, wanted: Any, /) -> int:
        frame.weigh(values)
        return method(values, wanted)

    return apply


def _get(frame: Frame, value: dict[str, Any], key: Any, default: Any = None, /) -> Any:  # noqa: ARG001 - all methods begin alike
    return value.get(key, default)


def _listed(method: Callable[[dict[str, Any]], Any]) -> Method:
    def apply(frame: Frame, value: dict[str, Any], /) -> list[Any]:
        frame.check_elements(len(value))
        return [list(item) if isinstance(item, tuple) else item for item in method(value)]

    return apply


TEXT_METHODS: Final[Mapping[str, Method]] = MappingProxyType(
    {
        "capitalize": _plain(str.capitalize),
        "casefold": _plain(str.casefold),
        "contains": _contains,
        "count": _plain(str.count),
        "endswith": _affix(str.endswith),
        "find": _plain(str.find),
        "isalnum": _plain(str.isalnum),
        "isalpha": _plain(str.isalpha),
        "isdecimal": _plain(str.isdecimal),
        "isdigit": _plain(str.isdigit),
        "islower": _plain(str.islower),
        "isspace": _plain(str.isspace),
        "isupper": _plain(str.isupper),
        "join": _join,
        "lower": _plain(str.lower),
        "lstrip": _plain(str.lstrip),
        "removeprefix": _plain(str.removeprefix),
        "removesuffix": _plain(str.removesuffix),
        "replace": _replace,
        "rfind": _plain(str.rfind),
        "rsplit": _pieces(str.rsplit),
        "rstrip": _plain(str.rstrip),
        "split": _pieces(str.split),
        "splitlines": _pieces(str.splitlines),
        "startswith": _affix(str.startswith),
        "strip": _plain(str.strip),
        "title": _plain(str.title),
        "upper": _plain(str.upper),
    }
)
LIST_METHODS: Final[Mapping[str, Method]] = MappingProxyType({"contains": _contains, "count": _counted(list.count), "index": _counted(list.index)})
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
