"""What the database can do for a node without a worker."""

from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class DecidedInline(Protocol):
    """Parameters of a node that the database resolves if it can."""

    def inline(self) -> dict[str, Any] | None:
        """Returns the program for the database, or None if a worker must evaluate the node.

        Raises:
            ExpressionError: an expression or template cannot be read.
        """
        ...


def inline_program(parameters: object) -> dict[str, Any] | None:
    """Returns the program of a node's parameters, or None, also if their type has none.

    Raises:
        ExpressionError: an expression or template cannot be read.
    """
    return parameters.inline() if isinstance(parameters, DecidedInline) else None
