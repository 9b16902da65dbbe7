"""An expression: parsed once, evaluated often."""

import ast
from dataclasses import dataclass, field
from typing import Any, Final

from interlock.definition.expressions.build import Builder, Evaluate
from interlock.definition.expressions.errors import ExpressionError
from interlock.definition.expressions.frame import Frame
from interlock.definition.expressions.limits import STANDARD_LIMITS, ExpressionLimits
from interlock.definition.expressions.references import References, references_of
from interlock.definition.expressions.scope import Scope
from interlock.definition.expressions.syntax import parse_syntax

_PATH: Final = (ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.Load, ast.UnaryOp, ast.USub)
"""What an expression consists of that names a part of the scope and makes nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A parsed expression.

    Attributes:
        source: as written.
        tree: its syntax tree, checked.
        references: the nodes and the context that it reads.
        is_path: whether its value is a part of the scope or a literal.
    """

    source: str
    tree: ast.expr
    references: References
    is_path: bool
    _run: Evaluate = field(repr=False)

    def evaluate(self, scope: Scope) -> Any:
        """Returns its value, a JSON value. The scope is never changed.

        Raises:
            ExpressionError: it has no value over this scope, or needs more than the scope's budget.
        """
        try:
            value = self._run(Frame(scope))
            if not self.is_path:
                scope.budget.make(scope.budget.weigh(value))  # a short expression can nest one list in itself until its JSON fills the disk
            return value
        except ExpressionError as error:
            raise error if error.source else error.located(self.source, None) from error
        except (RecursionError, MemoryError) as error:
            raise ExpressionError("limit", "A value is nested too deeply, or too large.", "Use a part of it.", source=self.source) from error

    def is_true(self, scope: Scope) -> bool:
        """Whether its value counts as true in Python: not false, null, 0, or empty.

        Raises:
            ExpressionError: as `evaluate`.
        """
        return bool(self.evaluate(scope))


def parse_expression(source: str, limits: ExpressionLimits = STANDARD_LIMITS, *, in_braces: bool = False) -> Expression:
    """Parses an expression; `{{amount}} > 10000` is the same as `amount > 10000`.

    Args:
        source: at most 10,000 characters.
        limits: how long it may be, and how deep.
        in_braces: it comes from between `{{` and `}}`, so braces in its texts have no special meaning.

    Raises:
        ExpressionError: `syntax`, `not_allowed` or `limit`, with the column.
    """
    syntax = parse_syntax(source, limits, in_braces=in_braces)
    tree = syntax.tree
    is_path = all(isinstance(node, _PATH) for node in ast.walk(tree))
    return Expression(source, tree, references_of(tree), is_path, Builder(source, syntax.columns).build(tree))
