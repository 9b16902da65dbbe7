"""One code of the closed list of errors that an assignment can end with."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentErrorCode:
    """What is known of an error by its code alone. The message and the hint of a single error say more: they have its values.

    Attributes:
        code: stable, lower case with underscores.
        meaning: what happened.
        cause: what it usually comes from.
        hint: how to fix it.
        retryable: whether another attempt may succeed; None where each error says so itself.
    """

    code: str
    meaning: str
    cause: str
    hint: str
    retryable: bool | None = False
