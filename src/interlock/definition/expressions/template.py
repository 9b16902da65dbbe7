"""Templates: JSON values whose texts may contain `{{ expression }}`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from interlock.definition.expressions.braces import Part, parts
from interlock.definition.expressions.errors import ExpressionError
from interlock.definition.expressions.expression import Expression, parse_expression
from interlock.definition.expressions.references import References
from interlock.definition.expressions.scope import Scope

Piece = str | Expression
LONGEST_TEXT = 8_388_608


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedPiece:
    """A piece of a template as text: what its author wrote, or the value of an expression."""

    text: str
    is_expression: bool


Join: TypeAlias = Callable[[Sequence[RenderedPiece]], str]
"""Makes one text of the pieces, for a parameter whose text has a syntax of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """One parsed text: its pieces of text and its expressions, in order."""

    pieces: tuple[Piece, ...]
    starts: tuple[int, ...]
    """Where each piece begins in the text."""

    @property
    def expressions(self) -> tuple[Expression, ...]:
        return tuple(piece for piece in self.pieces if not isinstance(piece, str))

    @property
    def references(self) -> References:
        return References.together(expression.references for expression in self.expressions)

    def render(self, scope: Scope) -> Any:
        """Returns the value of a lone `{{ expression }}` with its type; otherwise a text that contains text as it is and everything else as JSON.

        Raises:
            ExpressionError: an expression has no value over this scope, the text grows beyond 8 MiB, or the scope's budget is spent.
        """
        if len(self.pieces) == 1 and not isinstance(self.pieces[0], str):
            try:
                return _value(self.pieces[0], scope)
            except ExpressionError as error:
                raise error.behind(self.starts[0]) from error
        return self.render_text(scope)

    def render_text(self, scope: Scope) -> str:
        """Returns the same as `render`, but always as text.

        Raises:
            ExpressionError: as `render`.
        """
        return "".join(piece.text for piece in self._rendered(scope))

    def render_joined(self, scope: Scope, join: Join) -> Any:
        """Returns the same as `render`, with the text made by `join`; a lone `{{ expression }}` is not joined to anything.

        Raises:
            ExpressionError: as `render`.
        """
        is_lone = len(self.pieces) == 1 and not isinstance(self.pieces[0], str)
        return self.render(scope) if is_lone else join(self._rendered(scope))

    def _rendered(self, scope: Scope) -> list[RenderedPiece]:
        made = []
        for piece, start in zip(self.pieces, self.starts, strict=True):
            if isinstance(piece, str):
                made.append(RenderedPiece(text=piece, is_expression=False))
                continue
            try:
                made.append(RenderedPiece(text=_text(piece, scope), is_expression=True))
            except ExpressionError as error:
                raise error.behind(start) from error
        if sum(len(piece.text) for piece in made) > LONGEST_TEXT:
            raise ExpressionError("limit", f"The text would have more than {LONGEST_TEXT:,} characters.", "Make a shorter text.")
        return made


def parse_template(text: str) -> Template:
    """Parses one text.

    Raises:
        ExpressionError: an expression in it cannot be read, or a `{{` is not closed.
    """
    found = list(parts(text))
    return Template(tuple(_piece(part, text) for part in found), tuple(part.start for part in found))


def render(template: Any, scope: Scope) -> Any:
    """Returns a JSON value with every text in it rendered; keys of objects stay as they are. The given value is not changed.

    Raises:
        ExpressionError: an expression cannot be read, or has no value over this scope.
    """
    if isinstance(template, str):
        return parse_template(template).render(scope) if "{{" in template else template
    if isinstance(template, dict):
        return {key: render(value, scope) for key, value in template.items()}
    return [render(value, scope) for value in template] if isinstance(template, list) else template


def texts_in(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yields every text in a JSON value that contains `{{`, with its path."""
    if isinstance(value, str):
        if "{{" in value:
            yield place, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts_in(item, (*place, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from texts_in(item, (*place, position))


def _piece(part: Part, text: str) -> Piece:
    if not part.is_expression:
        return part.text
    try:
        return parse_expression(part.text, in_braces=True)
    except ExpressionError as error:
        raise ExpressionError(error.code, error.message, error.hint, source=text, column=part.start + (error.column or 1)) from error


def _value(expression: Expression, scope: Scope) -> Any:
    value = expression.evaluate(scope)
    if expression.is_path:
        try:
            scope.budget.pass_on(value)
        except ExpressionError as error:
            raise error.located(expression.source, None) from error
    return value


def _text(expression: Expression, scope: Scope) -> str:
    try:
        return scope.budget.text_of(expression.evaluate(scope), LONGEST_TEXT)
    except ExpressionError as error:
        raise error if error.source else error.located(expression.source, None) from error
    except RecursionError as error:
        raise ExpressionError("limit", "A value is nested too deeply.", "Use a part of it.", source=expression.source) from error
