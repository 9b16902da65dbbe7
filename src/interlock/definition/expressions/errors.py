"""The error of an expression."""


class ExpressionError(ValueError):
    """An expression cannot be parsed, or has no value over this scope.

    Attributes:
        code: `syntax`, `not_allowed`, `limit`, `missing_name`, `missing_key`, `wrong_type` or `bad_value`.
        message: what is wrong, with the values.
        source: the expression.
        column: where in it, from 1; None where that is unknown.
        hint: what to do.
    """

    def __init__(self, code: str, message: str, hint: str = "", *, source: str = "", column: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.source = source
        self.column = column

    def located(self, source: str, column: int | None) -> "ExpressionError":
        """Returns the same error, with this source and column if it has none yet."""
        return ExpressionError(
            self.code, self.message, self.hint, source=self.source or source, column=self.column if self.column is not None else column
        )

    def __str__(self) -> str:
        place = f" (in {_shortened(self.source)!r}" + (f", column {self.column})" if self.column is not None else ")") if self.source else ""
        return f"{self.message}{place}" + (f" {self.hint}" if self.hint else "")


def _shortened(source: str) -> str:
    return source if len(source) <= 120 else source[:117] + "..."
