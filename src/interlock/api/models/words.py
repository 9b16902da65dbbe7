"""The names of the words that fields may hold: `ExecutionStatus` for the words of an execution's status."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Literal, get_origin

import interlock.api.models
import interlock.insight.records


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A `Literal` that a module of the models or of the records gives a name, and the docstring below it."""

    module: str
    name: str
    docstring: str


def words_of(annotation: Any) -> Words | None:
    """Where a `Literal` has its name; None for one without a name, and for any other annotation."""
    return _all_words().get(annotation) if get_origin(annotation) is Literal else None


@cache
def _all_words() -> Mapping[Any, Words]:
    packages = (interlock.insight.records, interlock.api.models)
    names = [info.name for package in packages for info in iter_modules(package.__path__, f"{package.__name__}.")]
    return {getattr(import_module(words.module), words.name): words for name in names for words in _defined_in(name)}


def _defined_in(name: str) -> Iterator[Words]:
    """What the module itself defines, not what it imports."""
    body = ast.parse(Path(import_module(name).__file__ or "").read_text(encoding="utf-8")).body
    for statement, following in zip(body, [*body[1:], None], strict=True):
        match statement:
            case ast.Assign(targets=[ast.Name(id=target)], value=ast.Subscript(value=ast.Name(id="Literal"))):
                yield Words(module=name, name=target, docstring=_docstring(following))


def _docstring(statement: ast.stmt | None) -> str:
    match statement:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return text
    return ""
