"""The error of an expression."""

from typing import Final

LONGEST_MESSAGE: Final = 500
"""Characters of a message; a value that it names may be longer."""


class ExpressionError(ValueError):
    """An expression cannot be parsed, or has no value over this scope.

    Attributes:
        code: `syntax`, `not_allowed`, `limit`, `missing_name`, `missing_key`, `wrong_type` or `bad_value`.
        message: what is wrong, with the values, as far as they are short.
        source: the expression.
        column: where in it, in characters from 1; None where that is unknown.
        start: how many characters stand before the expression in its template.
        hint: what to do.
    """

    def __init__(self, code: str, message: str, hint: str = "", *, source: str = "", column: int | None = None, start: int = 0) -> None:
        if len(message) > LONGEST_MESSAGE:
            message = f"{message[:LONGEST_MESSAGE]}…"
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.source = source
        self.column = column
        self.start = start

    @property
    def position(self) -> int | None:
        """Where in the text that has the expression, in characters from 1; None where that is unknown."""
        return None if self.column is None else self.start + self.column

    def located(self, source: str, column: int | None) -> "ExpressionError":
        """Returns the same error, with this source and column if it has none yet."""
        own = self.column if self.column is not None else column
        return ExpressionError(self.code, self.message, self.hint, source=self.source or source, column=own, start=self.start)

    def behind(self, start: int) -> "ExpressionError":
        """Returns the same error of an expression that stands behind so many characters of a template."""
        return ExpressionError(self.code, self.message, self.hint, source=self.source, column=self.column, start=start)

    def __str__(self) -> str:
        place = f" (in {_shortened(self.source)!r}" + (f", column {self.column})" if self.column is not None else ")") if self.source else ""
        return f"{self.message}{place}" + (f" {self.hint}" if self.hint else "")


def _shortened(source: str) -> str:
    return source if len(source) <= 120 else source[:117] + "..."
