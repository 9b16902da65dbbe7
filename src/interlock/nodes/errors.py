"""What an executor raises.

NodeError
 ├── RetryableError    another attempt may succeed: a timeout, a lost connection, a busy service
 └── FinalError        no attempt will: a bad parameter, a refused address, a rule that decided so

Anything else that leaves an executor counts as retryable and is logged with its traceback. Cancellation is not an `Exception`.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from interlock.definition.expressions.errors import ExpressionError


class NodeError(Exception):
    """The failure of an executor, as the assignment will show it.

    Args:
        code: stable, lower case with underscores; what a definition or a program may test.
        message: what happened, with the values; never a secret.
        hint: how to fix it.
        details: JSON object with what a program may need (a status, a delay, a limit).
    """

    retryable: ClassVar[bool]

    def __init__(self, code: str, message: str, *, hint: str | None = None, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.details: dict[str, Any] = dict(details or {})

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def to_json(self) -> dict[str, Any]:
        """Returns the `error` of the result of an assignment."""
        return {"code": self.code, "message": self.message, "hint": self.hint, "details": self.details, "retryable": self.retryable}


class RetryableError(NodeError):
    """This attempt failed. The retry policy of the node decides whether another one follows."""

    retryable = True


class FinalError(NodeError):
    """No other attempt follows. The `on_error` of the node decides what happens next."""

    retryable = False


def expression_error(error: ExpressionError) -> FinalError:
    """Returns the error of a visit whose expression has no value. It is final, because the same input would fail again."""
    details = {"expression": error.source[:1000], "column": error.column}
    return FinalError(f"expression_{error.code}", error.message, details=details, hint=error.hint or None)
