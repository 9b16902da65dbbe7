"""Turns text into a syntax tree: Python's parser reads it, then everything that is not on a list is refused."""

import ast
import math
import re
import warnings
from dataclasses import dataclass
from typing import Final

from interlock.definition.expressions.braces import condition_pieces
from interlock.definition.expressions.columns import Columns
from interlock.definition.expressions.errors import ExpressionError
from interlock.definition.expressions.limits import ExpressionLimits
from interlock.definition.expressions.syntax_words import said_of_syntax

ALLOWED_SYNTAX: Final = (
    ast.Constant, ast.Name, ast.Load, ast.Attribute, ast.Subscript, ast.Slice, ast.Call, ast.keyword,
    ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.IfExp, ast.Compare,
    ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.Is, ast.IsNot,
    ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow,
    ast.List, ast.Tuple, ast.Dict, ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.comprehension, ast.Store,
)  # fmt: skip

_NEW_LINE: Final = re.compile(r"[\r\n]")
_WORDS: Final = {
    ast.Lambda: "a lambda", ast.JoinedStr: "an f-string", ast.NamedExpr: "an assignment", ast.Starred: "a starred value", ast.Await: "await",
    ast.Yield: "yield", ast.YieldFrom: "yield", ast.SetComp: "a set", ast.Set: "a set", ast.MatMult: "the operator @", ast.Invert: "the operator ~",
    ast.BitAnd: "the operator &", ast.BitOr: "the operator |", ast.BitXor: "the operator ^",
    ast.LShift: "the operator <<", ast.RShift: "the operator >>",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Syntax:
    """The checked tree of an expression, and where its parts stand in the source."""

    tree: ast.expr
    columns: Columns


def parse_syntax(source: str, limits: ExpressionLimits, *, in_braces: bool = False) -> Syntax:
    """Returns the tree of an expression. `{{ x }}` stands for `(x)`, unless the whole expression was in braces already.

    Raises:
        ExpressionError: `syntax`, `not_allowed` or `limit`.
    """
    if len(source) > limits.source_characters:
        raise ExpressionError(
            "limit", f"The expression has {len(source):,} characters; the limit is {limits.source_characters:,}.", "Shorten it.", source=source
        )
    pieces = [(source, 0)] if in_braces else condition_pieces(source)
    whole = "".join(text for text, _ in pieces)
    text = whole.strip()
    if not text:
        raise ExpressionError("syntax", "The expression is empty.", "Write an expression, for example: amount > 100.", source=source, column=1)
    columns = _columns(source, text, pieces, cut=len(whole) - len(whole.lstrip()))
    tree = _parsed(text, source, columns)
    _check(tree, source, limits, columns)
    return Syntax(tree, columns)


def _columns(source: str, text: str, pieces: list[tuple[str, int]], cut: int) -> Columns:
    """Returns the columns of `(text)`, where `cut` characters were cut off at the start of the pieces."""
    places, start = [], 1 - cut
    for piece, origin in pieces:
        places.append((max(1, start), origin + max(0, 1 - start)))
        start += len(piece)
    return Columns(source, f"({text}\n)", places)


def _parsed(text: str, source: str, columns: Columns) -> ast.expr:
    try:
        tree = _read(f"({text}\n)")
    except SyntaxError as error:
        raise _unreadable(text, source, columns, error) from error
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise ExpressionError(
            "limit", "The expression is nested too deeply, or contains a character that cannot be read.", "Simplify it.", source=source
        ) from error
    if (tree.lineno, tree.col_offset) == (1, 0) and not isinstance(tree, ast.Tuple | ast.GeneratorExp):
        raise _unreadable(text, source, columns, SyntaxError("unmatched ')'"))
    return tree


def _read(text: str) -> ast.expr:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text, mode="eval").body


def _unreadable(text: str, source: str, columns: Columns, error: SyntaxError) -> ExpressionError:
    """Returns the error of a text that is no expression. Without the brackets around it, Python says what is wrong with what the author wrote."""
    column = columns.at(error.lineno, error.offset - 1) if error.lineno and error.offset else None
    if not _NEW_LINE.search(text) or column is None:
        try:
            _read(text)
        except SyntaxError as own:
            error = own
            column = columns.at(1, own.offset) if own.offset and own.lineno == 1 else column
    message, hint = said_of_syntax(error.msg)
    return ExpressionError("syntax", f"The expression does not parse: {message}.", _hint_for(text) or hint, source=source, column=column)


def _hint_for(text: str) -> str:
    for sign, word in (("&&", "and"), ("||", "or"), ("===", "=="), ("!(", "not (")):
        if sign in text:
            return f"Write {word!r} instead of {sign!r}."
    return ""


def _check(tree: ast.expr, source: str, limits: ExpressionLimits, columns: Columns) -> None:
    pending: list[tuple[ast.AST, int, ast.expr]] = [(tree, 1, tree)]
    while pending:
        node, depth, near = pending.pop()
        near = node if isinstance(node, ast.expr) else near
        problem = _problem(node)
        if depth > limits.syntax_depth:
            raise ExpressionError(
                "limit",
                f"The expression is nested deeper than {limits.syntax_depth} levels.",
                "Simplify it.",
                source=source,
                column=columns.start_of(near),
            )
        if problem:
            raise ExpressionError("not_allowed", *problem, source=source, column=columns.of(near))
        pending.extend((child, depth + 1, near) for child in ast.iter_child_nodes(node))


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
