"""What the database can do for a node without a worker."""

from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class DecidedInline(Protocol):
    """Parameters of a node that the database resolves where it can."""

    def inline(self) -> dict[str, Any] | None:
        """The program for the database; None where a worker has to evaluate the node.

        Raises:
            ExpressionError: an expression or template cannot be read.
        """
        ...


def inline_program(parameters: object) -> dict[str, Any] | None:
    """The program of a node's parameters; None also where their type has none.

    Raises:
        ExpressionError: an expression or template cannot be read.
    """
    return parameters.inline() if isinstance(parameters, DecidedInline) else None
