"""The names of what fields may hold: `ExecutionStatus` for the words of an execution's status."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Literal, get_origin

import interlock.api.models
import interlock.insight.records


def name_of_words(annotation: Any) -> tuple[str, str] | None:
    """Module and name of a `Literal` that a module of the records or of this package gives a name; None for any other annotation."""
    return _named_words().get(annotation) if get_origin(annotation) is Literal else None


@cache
def _named_words() -> Mapping[Any, tuple[str, str]]:
    """The first module, by name, that defines it; later ones import it from there."""
    found: dict[Any, tuple[str, str]] = {}
    for package in (interlock.insight.records, interlock.api.models):
        for info in iter_modules(package.__path__, f"{package.__name__}."):
            module = import_module(info.name)
            for name, value in vars(module).items():
                if get_origin(value) is Literal and _defines(module.__file__ or "", name):
                    found[value] = (info.name, name)
    return found


def _defines(file: str, name: str) -> bool:
    return f"\n{name} = " in Path(file).read_text(encoding="utf-8")
