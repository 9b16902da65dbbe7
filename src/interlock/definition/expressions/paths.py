"""Paths into the scope that the database can follow."""

import ast
from dataclasses import dataclass
from typing import Any, Final

from interlock.definition.expressions.build import WORDS

ROOTS: Final = frozenset({"input", "context", "execution", "subject"})
_NOT_PLAIN: Final = frozenset({"nodes", "item"})


@dataclass(frozen=True, slots=True)
class ScopePath:
    """A root of the scope, and the keys and positions that lead on from it."""

    root: str
    steps: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Literal:
    """A JSON scalar in an expression."""

    value: str | float | int | bool | None


def path_of(node: ast.expr) -> ScopePath | None:
    """Returns the path if the expression is one, else None."""
    steps: list[str | int] = []
    while isinstance(node, ast.Attribute | ast.Subscript):
        step = node.attr if isinstance(node, ast.Attribute) else _step(node.slice)
        if step is None:
            return None
        steps.append(step)
        node = node.value
    if not isinstance(node, ast.Name) or node.id in WORDS or node.id in _NOT_PLAIN:
        return None
    root, first = (node.id, []) if node.id in ROOTS else ("input", [node.id])
    return ScopePath(root, (*first, *reversed(steps)))


def literal_of(node: ast.expr) -> Literal | None:
    """Returns the scalar if the expression is one, else None."""
    if isinstance(node, ast.Constant):
        return Literal(_scalar(node.value))
    if isinstance(node, ast.Name) and node.id in WORDS:
        return Literal(WORDS[node.id])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = literal_of(node.operand)
        number = inner.value if inner else None
        return Literal(-number) if isinstance(number, int | float) and not isinstance(number, bool) else None
    return None


def _scalar(value: Any) -> str | float | int | bool | None:
    assert value is None or isinstance(value, str | int | float)
    return value


def _step(node: ast.expr) -> str | int | None:
    found = literal_of(node)
    value = found.value if found else None
    if isinstance(value, str):
        return value
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1_000_000 else None
