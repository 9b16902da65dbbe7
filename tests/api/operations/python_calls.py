"""Reads from the source what a Python function can raise and which SQL functions it calls, itself or through other functions."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from interlock.errors import InterlockError

_SQL_FUNCTION: Final = re.compile(r"\binterlock\.(\w+)\s*\(")
_OF_SERVICES: Final = {
    "accounts": "interlock.controlplane.accounts.Accounts",
    "plane": "interlock.controlplane.control_plane.ControlPlane",
    "watcher": "interlock.api.watching.ExecutionWatcher",
    "limits": "interlock.api.limits.Limits",
    "passwords": "interlock.api.auth.passwords.Passwords",
    "cipher": "interlock.credentials.cipher.Cipher",
    "jwks": "interlock.api.auth.jwks.JwksCache",
}
"""The classes of the attributes of `Services` and `Call`: a function that uses the attribute may call their methods."""


@dataclass(slots=True)
class Reached:
    """What was found below one function.

    Attributes:
        makes_errors_by_code: whether an error's class is chosen by a code that SQL answered.
    """

    errors: set[type[InterlockError]] = field(default_factory=set)
    sql_functions: set[str] = field(default_factory=set)
    makes_errors_by_code: bool = False


def reached_from(module: str, function: str) -> Reached:
    """Everything below a function of a module of ours."""
    reached, seen, waiting = Reached(), set(), [(module, function)]
    while waiting:
        place = waiting.pop()
        if place in seen:
            continue
        seen.add(place)
        for each in _uses(_module(place[0]), place[1]):
            if isinstance(each, tuple):
                waiting.append(each)
            elif isinstance(each, str):
                reached.sql_functions.add(each)
            elif each is None:
                reached.makes_errors_by_code = True
            else:
                reached.errors.add(each)
    return reached


@dataclass(slots=True, frozen=True)
class _Source:
    """A module with its functions and methods by name (`Class.method`), and its texts by name."""

    module: ModuleType
    functions: Mapping[str, ast.AST]
    texts: Mapping[str, str]
    tree: ast.Module


@cache
def _module(name: str) -> _Source:
    module = import_module(name)
    tree = ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8"))
    functions: dict[str, ast.AST] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            functions[node.name] = node
        elif isinstance(node, ast.ClassDef):
            functions |= {f"{node.name}.{each.name}": each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}
    texts = {name: value for name, value in vars(module).items() if isinstance(value, str)}
    return _Source(module, functions, texts, tree)


Use = tuple[str, str] | str | type[InterlockError] | None


def _uses(source: _Source, function: str) -> Iterator[Use]:
    """The functions (module and name), SQL functions and errors that a function uses; None where it looks up an error's class by its code."""
    body = source.functions.get(function)
    if body is None:
        return
    for node in ast.walk(body):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _SQL_FUNCTION.findall(node.value)
        elif isinstance(node, ast.Name):
            yield from _SQL_FUNCTION.findall(source.texts.get(node.id, ""))
            if node.id == "errors_by_code":
                yield None
            yield from _of_value(_value_of(source, body, node))
        elif isinstance(node, ast.Attribute):
            yield from _of_value(_value_of(source, body, node))
            yield from _methods_named(source, body, function, node)
        if isinstance(node, ast.Call) and isinstance(made := _value_of(source, body, node.func), type) and issubclass(made, InterlockError):
            yield made


def _value_of(source: _Source, body: ast.AST, node: ast.AST) -> Any:
    """What a name, or a name inside a module, stands for; None for anything else."""
    if isinstance(node, ast.Name):
        return getattr(source.module, node.id, None) or _imported_inside(body).get(node.id)
    if isinstance(node, ast.Attribute) and isinstance(found := _value_of(source, body, node.value), ModuleType):
        return getattr(found, node.attr, None)
    return None


def _imported_inside(body: ast.AST) -> Mapping[str, Any]:
    """What a function imports for itself."""
    imports = (node for node in ast.walk(body) if isinstance(node, ast.ImportFrom) and node.module)
    return {each.asname or each.name: getattr(import_module(node.module or ""), each.name, None) for node in imports for each in node.names}


def _of_value(value: Any) -> Iterator[Use]:
    """A function or class of ours; of a class its `__init__`, which may raise."""
    name, module = getattr(value, "__qualname__", None), getattr(value, "__module__", "") or ""
    is_ours = module.startswith("interlock.") and not module.startswith("interlock.v1.")  # messages say that they are there
    if isinstance(name, str) and is_ours and callable(value):
        yield (module, f"{name}.__init__" if isinstance(value, type) else name)


def _methods_named(source: _Source, body: ast.AST, function: str, node: ast.Attribute) -> Iterator[Use]:
    """The methods of this name: of the function's own class, of the classes that its module imports, and of the services that it mentions."""
    if "." in function:
        own = getattr(source.module, function.partition(".")[0], None)
        found = getattr(own, node.attr, None)  # its own, or inherited
        yield from _of_value(found.fget if isinstance(found, property) else found)
    classes = {value for value in vars(source.module).values() if isinstance(value, type) and value.__module__.startswith("interlock.")}
    mentioned = {each.attr for each in ast.walk(body) if isinstance(each, ast.Attribute)}
    for attribute, path in _OF_SERVICES.items():
        if attribute in mentioned:
            module, _, name = path.rpartition(".")
            classes.add(getattr(import_module(module), name))
    for kind in classes:
        if not issubclass(kind, InterlockError) and node.attr in vars(kind):
            yield (kind.__module__, f"{kind.__qualname__}.{node.attr}")
