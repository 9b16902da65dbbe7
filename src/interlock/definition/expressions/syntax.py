"""Turns text into a syntax tree: Python's parser reads it, then everything that is not on a list is refused."""

import ast
import math
import warnings
from typing import Final

from interlock.definition.expressions.braces import without_braces
from interlock.definition.expressions.errors import ExpressionError
from interlock.definition.expressions.limits import ExpressionLimits

ALLOWED_SYNTAX: Final = (
    ast.Constant, ast.Name, ast.Load, ast.Attribute, ast.Subscript, ast.Slice, ast.Call, ast.keyword,
    ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.IfExp, ast.Compare,
    ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.Is, ast.IsNot,
    ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow,
    ast.List, ast.Tuple, ast.Dict, ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.comprehension, ast.Store,
)  # fmt: skip

_WORDS: Final = {
    ast.Lambda: "a lambda", ast.JoinedStr: "an f-string", ast.NamedExpr: "an assignment", ast.Starred: "a starred value", ast.Await: "await",
    ast.Yield: "yield", ast.YieldFrom: "yield", ast.SetComp: "a set", ast.Set: "a set", ast.MatMult: "the operator @", ast.Invert: "the operator ~",
    ast.BitAnd: "the operator &", ast.BitOr: "the operator |", ast.BitXor: "the operator ^",
    ast.LShift: "the operator <<", ast.RShift: "the operator >>",
}  # fmt: skip


def parse_syntax(source: str, limits: ExpressionLimits, *, in_braces: bool = False) -> ast.expr:
    """Returns the tree of an expression. `{{ x }}` stands for `(x)`, unless the whole expression was in braces already.

    Raises:
        ExpressionError: `syntax`, `not_allowed` or `limit`.
    """
    if len(source) > limits.source_characters:
        raise ExpressionError(
            "limit", f"The expression has {len(source):,} characters; the limit is {limits.source_characters:,}.", "Shorten it.", source=source
        )
    text = (source if in_braces else without_braces(source)).strip()
    if not text:
        raise ExpressionError("syntax", "The expression is empty.", "Write an expression, for example: amount > 100.", source=source)
    tree = _parsed(text, source)
    _check(tree, source, limits)
    return tree


def _parsed(text: str, source: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(f"({text}\n)", mode="eval").body
    except SyntaxError as error:
        column = error.offset - 1 if error.offset and error.lineno == 1 else None
        raise ExpressionError("syntax", f"The expression does not parse: {error.msg}.", _hint_for(text), source=source, column=column) from error
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise ExpressionError(
            "limit", "The expression is nested too deeply, or contains a character that cannot be read.", "Simplify it.", source=source
        ) from error
    if (tree.lineno, tree.col_offset) == (1, 0) and not isinstance(tree, ast.Tuple | ast.GeneratorExp):
        raise ExpressionError("syntax", "The expression does not parse: unmatched ')'.", "Remove it.", source=source)
    return tree


def _hint_for(text: str) -> str:
    for sign, word in (("&&", "and"), ("||", "or"), ("===", "=="), ("!(", "not (")):
        if sign in text:
            return f"Write {word!r} instead of {sign!r}."
    return 'Expressions are Python\'s, for example: amount > 100 and region == "EU".'


def _check(tree: ast.expr, source: str, limits: ExpressionLimits) -> None:
    pending: list[tuple[ast.AST, int, int]] = [(tree, 1, 1)]
    while pending:
        node, depth, column = pending.pop()
        column = getattr(node, "col_offset", column)
        problem = _problem(node)
        if depth > limits.syntax_depth:
            raise ExpressionError("limit", f"The expression is nested deeper than {limits.syntax_depth} levels.", "Simplify it.", source=source)
        if problem:
            raise ExpressionError("not_allowed", *problem, source=source, column=column)
        pending.extend((child, depth + 1, column) for child in ast.iter_child_nodes(node))


def _problem(node: ast.AST) -> tuple[str, str] | None:
    if not isinstance(node, ALLOWED_SYNTAX):
        words = _WORDS.get(type(node), type(node).__name__)
        return (
            f"{words[0].upper()}{words[1:]} is not allowed in an expression.",
            "Use comparisons, arithmetic, functions, methods and comprehensions.",
        )
    if isinstance(node, ast.Constant):
        return _constant_problem(node.value)
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    if name.startswith("__"):
        return f"Names that begin with two underscores ({name:.40}) are not allowed.", 'For a key of that name, write input["__key__"].'
    if isinstance(node, ast.comprehension) and node.is_async:
        return "async is not allowed in an expression.", "Remove it."
    return None


def _constant_problem(value: object) -> tuple[str, str] | None:
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        fine = not any(character == "\0" or "\ud800" <= character <= "\udfff" for character in value)
        return None if fine else ("The text contains a NUL or half a surrogate pair.", "Remove it.")
    if isinstance(value, int):
        return None if value.bit_length() <= 1_024 else ("The number has more than 300 digits.", "Use a smaller one.")
    if isinstance(value, float) and math.isfinite(value):
        return None
    return f"{value!r:.40} is not a JSON value.", "Use text, numbers, true, false, null, lists and objects."
