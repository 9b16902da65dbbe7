"""Errors that operations raise because of their kind, so that no operation lists them itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from interlock.api.auth.permissions import Permission
from interlock.api.operations.operation import Operation
from interlock.errors import (
    BadRequest,
    CsrfRefused,
    DatabaseUnavailable,
    DatabaseUnsuitable,
    HeadTooLarge,
    IdentityUnavailable,
    InterlockError,
    InternalError,
    InvalidRequest,
    IsolationTooStrict,
    LimitReached,
    MediaTypeUnknown,
    NotAllowed,
    NotSignedIn,
    PasswordMustChange,
    RequestTooLarge,
    RequestTooSlow,
    SchemaOutdated,
    ServerUnreachable,
    TooBusy,
    WorkspaceSwitched,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneralErrors:
    """Errors of every operation of one kind.

    Attributes:
        kind: the operations, in words; the reference shows it.
        applies: whether an operation is one of them.
    """

    kind: str
    errors: Sequence[type[InterlockError]]
    applies: Callable[[Operation], bool]


GENERAL_ERRORS: Final[Sequence[GeneralErrors]] = (
    GeneralErrors(
        kind="every operation",
        errors=(
            BadRequest,
            CsrfRefused,
            IdentityUnavailable,
            InvalidRequest,
            TooBusy,
            RequestTooSlow,
            HeadTooLarge,
            DatabaseUnavailable,
            DatabaseUnsuitable,
            IsolationTooStrict,
            SchemaOutdated,
            InternalError,
        ),
        applies=lambda operation: True,  # noqa: ARG005 - every one
    ),
    GeneralErrors(
        kind="every operation that needs a sign-in",
        errors=(NotSignedIn, LimitReached, WorkspaceSwitched),
        applies=lambda operation: operation.permission is not Permission.PUBLIC,
    ),
    GeneralErrors(
        kind="every operation that needs a permission",
        errors=(NotAllowed,),
        applies=lambda operation: operation.permission not in {Permission.PUBLIC, Permission.ACCOUNT},
    ),
    GeneralErrors(
        kind="every operation that needs a sign-in, except those of `session`",
        errors=(PasswordMustChange,),
        applies=lambda operation: operation.permission is not Permission.PUBLIC and operation.service != "session",
    ),
    GeneralErrors(
        kind="every operation with a body, and over gRPC every operation",
        errors=(RequestTooLarge, MediaTypeUnknown),
        applies=lambda operation: operation.has_body,
    ),
    GeneralErrors(
        kind="every operation that streams, over gRPC, when the process stops or the client takes nothing",
        errors=(ServerUnreachable,),
        applies=lambda operation: operation.streams,
    ),
)


def general_errors(operation: Operation) -> Sequence[type[InterlockError]]:
    """Returns the errors of an operation that its kind brings with it."""
    return [error for general in GENERAL_ERRORS if general.applies(operation) for error in general.errors]


def errors_of(operation: Operation) -> Sequence[type[InterlockError]]:
    """Returns every error that an operation can answer with, each once, by code."""
    return sorted({*general_errors(operation), *operation.errors}, key=lambda error: error.code)
