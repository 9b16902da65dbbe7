"""Compiles conditions that the database can decide.

Comparisons of paths with literals, membership in lists of literals, plain paths, and `and`, `or`, `not` over them become strict SQL/JSON path. Each
has two predicates: `path` is the answer, and `known` is true only where Python gives the same answer: the path exists, and the types are
such that Python neither raises nor sees a number where SQL sees something else.
"""

import ast
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from interlock.definition.expressions.number_guard import certain, number_text
from interlock.definition.expressions.paths import Literal, ScopePath, literal_of, path_of

LONGEST_PATH: Final = 30_000
_ORDER: Final[dict[type[ast.cmpop], str]] = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_FLIPPED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}


@dataclass(frozen=True, slots=True)
class JsonPathCondition:
    """A condition in SQL/JSON path, over `$` = the input and the variables context, subject and execution.

    Attributes:
        known: where it is true, `path` gives what the evaluator gives; None: always.
        path: the condition.
    """

    known: str | None
    path: str


NEVER_KNOWN: Final = JsonPathCondition("strict 1 == 2", "strict 1 == 2")


def compile_condition(tree: ast.expr) -> JsonPathCondition | None:
    """Returns the condition for the database, or None where its form does not allow it."""
    found = _condition(tree)
    return _strict(found) if found and len(found.path) + len(found.known or "") <= LONGEST_PATH else None


def compile_equality(tree: ast.expr, value: Literal) -> JsonPathCondition | None:
    """Returns `tree == value` for the database, or None where its form does not allow it."""
    path = path_of(tree)
    found = _equal(_path_text(path), value) if path else None
    return _strict(found) if found else None


def _strict(found: JsonPathCondition) -> JsonPathCondition:
    return JsonPathCondition(f"strict {found.known}" if found.known else None, f"strict {found.path}")


def _condition(node: ast.expr) -> JsonPathCondition | None:
    if isinstance(node, ast.BoolOp):
        return _joined([_condition(value) for value in node.values], stops_at=isinstance(node.op, ast.Or))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return _negated(_condition(node.operand))
    if isinstance(node, ast.Compare):
        pairs = zip(node.ops, [node.left, *node.comparators], node.comparators, strict=False)
        return _joined([_comparison(left, op, right) for op, left, right in pairs], stops_at=False)
    literal = literal_of(node)
    if literal is not None:
        return JsonPathCondition(None, "1 == 1" if literal.value else "1 == 2")
    path = path_of(node)
    return _truth(_path_text(path)) if path else None


def _negated(found: JsonPathCondition | None) -> JsonPathCondition | None:
    return JsonPathCondition(found.known, f"!({found.path})") if found else None


def _joined(found: Sequence[JsonPathCondition | None], *, stops_at: bool) -> JsonPathCondition | None:
    """Joins with `and`, or with `or` if `stops_at` is true. What follows the operand that decides is not evaluated, so it need not be known."""
    last = found[-1]
    if last is None:
        return None
    known, path = last.known, last.path
    sign = "||" if stops_at else "&&"
    for one in reversed(found[:-1]):
        if one is None:
            return None
        decided = one.path if stops_at else f"!({one.path})"
        rest = f"({decided} || {known})" if known else None
        known = f"({one.known} && {rest})" if one.known and rest else one.known or rest
        path = f"({one.path} {sign} {path})"
        if len(path) > LONGEST_PATH:
            return None
    return JsonPathCondition(known, path)


def _comparison(left: ast.expr, op: ast.cmpop, right: ast.expr) -> JsonPathCondition | None:
    path = path_of(left)
    if path is None and type(op) in (ast.Eq, ast.NotEq, *_FLIPPED):
        path, right, op = path_of(right), left, _FLIPPED.get(type(op), type(op))()
    if path is None:
        return None
    if isinstance(op, ast.In | ast.NotIn):
        found = _member(_path_text(path), right)
    else:
        literal = literal_of(right)
        found = _against_literal(_path_text(path), op, literal) if literal else None
    return _negated(found) if isinstance(op, ast.NotIn | ast.NotEq | ast.IsNot) else found


def _against_literal(text: str, op: ast.cmpop, literal: Literal) -> JsonPathCondition | None:
    """Returns the comparison; for `!=` and `is not` that of the opposite."""
    if isinstance(op, ast.Eq | ast.NotEq):
        return _equal(text, literal)
    if isinstance(op, ast.Is | ast.IsNot):
        return _identical(text, literal)
    return _ordered(text, _ORDER[type(op)], literal)


def _member(text: str, node: ast.expr) -> JsonPathCondition | None:
    elements = [literal_of(element) for element in node.elts] if isinstance(node, ast.List | ast.Tuple) else []
    found = [_equal(text, element) if element else None for element in elements]
    return _joined(found, stops_at=True) if found else None


def _equal(text: str, literal: Literal) -> JsonPathCondition | None:
    """Python's ==: true and false are 1 and 0, and values of other types differ."""
    value = literal.value
    if value is None or isinstance(value, str):
        return JsonPathCondition(f"exists({text})", _same(text, value))
    value = int(value) if isinstance(value, bool) else value
    number = number_text(value)
    if number is None:
        return None
    path = _same_number(text, number)
    if value in (0, 1):
        path = f"({path} || {_same(text, bool(value))})"
    return JsonPathCondition(f'({text}.type() != "number" || {certain(text, value)})', path)


def _identical(text: str, literal: Literal) -> JsonPathCondition | None:
    value = literal.value
    return JsonPathCondition(f"exists({text})", _same(text, value)) if value is None or isinstance(value, bool) else None


def _ordered(text: str, sign: str, literal: Literal) -> JsonPathCondition | None:
    value = literal.value
    if isinstance(value, str):
        return JsonPathCondition(f'{text}.type() == "string"', f"{text} {sign} {_string(value)}")
    number = number_text(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    if number is None or value is None:
        return None
    return JsonPathCondition(f'({text}.type() == "number" && {certain(text, value)})', f"{text} {sign} {number}")


def _truth(text: str) -> JsonPathCondition:
    """Whether the value counts as true in Python; objects are left to the evaluator."""
    number = f'({text}.type() == "number" && {text} != 0)'
    string = f'({text}.type() == "string" && {text} != "")'
    array = f'({text}.type() == "array" && {text}.size() > 0)'
    known = f'({text}.type() != "object" && ({text}.type() != "number" || {certain(text, 0.0)}))'
    return JsonPathCondition(known, f"({_same(text, value=True)} || {number} || {string} || {array})")


def _same(text: str, value: str | bool | None) -> str:
    if value is None:
        return f'({text}.type() == "null")'
    if isinstance(value, bool):
        return f'({text}.type() == "boolean" && {text} == {"true" if value else "false"})'
    return f'({text}.type() == "string" && {text} == {_string(value)})'


def _same_number(text: str, number: str) -> str:
    return f'({text}.type() == "number" && {text} == {number})'


def _string(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _path_text(path: ScopePath) -> str:
    root = "$" if path.root == "input" else f"${path.root}"
    return root + "".join(f".{_string(step)}" if isinstance(step, str) else _position(step) for step in path.steps)


def _position(step: int) -> str:
    if step >= 0:
        return f"[{step}]"
    return "[last]" if step == -1 else f"[last - {-step - 1}]"
