"""Finds what an expression reads, from its syntax."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class References:
    """What expressions read.

    Attributes:
        nodes: ids that stand in `nodes["id"]` or `nodes.id`; None where some are found only when the expression runs.
        context: whether they read the context.
    """

    nodes: frozenset[str] | None = frozenset()
    context: bool = False

    def __or__(self, other: "References") -> "References":
        nodes = None if self.nodes is None or other.nodes is None else self.nodes | other.nodes
        return References(nodes, self.context or other.context)

    @classmethod
    def together(cls, all_of: Iterable["References"]) -> "References":
        found = cls()
        for one in all_of:
            found |= one
        return found


def references_of(tree: ast.AST) -> References:
    """Returns the references of an expression, never too few: a variable of a comprehension named `nodes` or `context` counts too."""
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    static = [node_id for node in ast.walk(tree) if (node_id := _static(node)) is not None]
    nodes = None if names.count("nodes") > len(static) else frozenset(static)
    return References(nodes, "context" in names)


def _static(node: ast.AST) -> str | None:
    if isinstance(node, ast.Attribute) and _is_nodes(node.value):
        return node.attr
    if isinstance(node, ast.Subscript) and _is_nodes(node.value) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        return node.slice.value
    return None


def _is_nodes(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "nodes"
