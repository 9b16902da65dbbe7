"""Every error of the product: one code each, the same in SQL, Python, REST, gRPC, logs and the pages.

InterlockError
├── ExecutionNotFound (IL001)      AssignmentLost (IL002)        VersionNotFound (IL003)
├── ResultMalformed (IL004)        WorkflowNotFound (IL005)      WorkflowVersionNotFound (IL006)
├── TriggerNotFound (IL007)        LockValueMissing (IL008)      ExecutionEnded (IL009)
├── WorkerUnknown (IL010)          WorkerLost (IL011)            RequestOutOfOrder (IL012)
├── BadRequest (IL013)             DefinitionNotCompiled (IL014) ExecutionNotEnded (IL015)
├── NothingToRetry (IL016)         LockHeld (IL017)              VersionIncompatible (IL018)
├── DatabaseUnavailable (IL090)    IsolationTooStrict (IL091)    TransitionRefused (IL092)
└── SchemaOutdated (IL093)         ServerTooOld (IL094)          InternalError (IL099)
"""

from collections.abc import Mapping
from typing import ClassVar, Final


class InterlockError(Exception):
    """What happened (`message`), where (`details`), and what to do (`hint`).

    `code` is stable; `http_status` and `grpc_status` are what those protocols answer; `retryable` says whether the same call may
    succeed later.
    """

    code: ClassVar[str] = "IL099"
    http_status: ClassVar[int] = 500
    grpc_status: ClassVar[str] = "INTERNAL"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, details: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class ExecutionNotFound(InterlockError):
    """There is no such execution, or no such assignment in it."""

    code, http_status, grpc_status = "IL001", 404, "NOT_FOUND"


class AssignmentLost(InterlockError):
    """The worker no longer holds the assignment; what it did for it is void."""

    code, http_status, grpc_status = "IL002", 409, "FAILED_PRECONDITION"


class VersionNotFound(InterlockError):
    """There is no version with this id."""

    code, http_status, grpc_status = "IL003", 404, "NOT_FOUND"


class ResultMalformed(InterlockError):
    """A worker's result is not of the form."""

    code, http_status, grpc_status = "IL004", 422, "INVALID_ARGUMENT"


class WorkflowNotFound(InterlockError):
    """There is no workflow of this name."""

    code, http_status, grpc_status = "IL005", 404, "NOT_FOUND"


class WorkflowVersionNotFound(InterlockError):
    """The workflow has no version of this number."""

    code, http_status, grpc_status = "IL006", 404, "NOT_FOUND"


class TriggerNotFound(InterlockError):
    """The version has no such trigger to start from."""

    code, http_status, grpc_status = "IL007", 422, "FAILED_PRECONDITION"


class LockValueMissing(InterlockError):
    """The lock of the workflow has no value for this input."""

    code, http_status, grpc_status = "IL008", 422, "INVALID_ARGUMENT"


class ExecutionEnded(InterlockError):
    """The execution has ended, so this cannot be done to it."""

    code, http_status, grpc_status = "IL009", 409, "FAILED_PRECONDITION"


class WorkerUnknown(InterlockError):
    """The worker has not registered, or was forgotten long after it ended."""

    code, http_status, grpc_status = "IL010", 404, "NOT_FOUND"


class WorkerLost(InterlockError):
    """The worker was given up: its work is void, and it has to take a new id."""

    code, http_status, grpc_status = "IL011", 409, "FAILED_PRECONDITION"


class RequestOutOfOrder(InterlockError):
    """A worker's request came after a later one of the same worker."""

    code, http_status, grpc_status = "IL012", 409, "FAILED_PRECONDITION"


class BadRequest(InterlockError):
    """The call is not of the form."""

    code, http_status, grpc_status = "IL013", 400, "INVALID_ARGUMENT"


class DefinitionNotCompiled(InterlockError):
    """A definition was saved without its compiled form."""

    code, http_status, grpc_status = "IL014", 422, "INVALID_ARGUMENT"


class ExecutionNotEnded(InterlockError):
    """Only an execution that has ended can be retried."""

    code, http_status, grpc_status = "IL015", 409, "FAILED_PRECONDITION"


class NothingToRetry(InterlockError):
    """Nothing in the execution failed, and no node to run again from was named, or it was never visited."""

    code, http_status, grpc_status = "IL016", 409, "FAILED_PRECONDITION"


class LockHeld(InterlockError):
    """The lock of the workflow is held by somebody else."""

    code, http_status, grpc_status, retryable = "IL017", 409, "ABORTED", True


class VersionIncompatible(InterlockError):
    """The newest version lacks nodes or connections that the execution has been through."""

    code, http_status, grpc_status = "IL018", 409, "FAILED_PRECONDITION"


class DatabaseUnavailable(InterlockError):
    """No answer came from the database; safe to repeat."""

    code, http_status, grpc_status, retryable = "IL090", 503, "UNAVAILABLE", True


class IsolationTooStrict(InterlockError):
    """The control plane runs under read committed only."""

    code, http_status, grpc_status = "IL091", 500, "INTERNAL"


class TransitionRefused(InterlockError):
    """A status cannot change like this; terminal is final."""

    code, http_status, grpc_status = "IL092", 409, "FAILED_PRECONDITION"


class SchemaOutdated(InterlockError):
    """The schema in the database is not the one that this program needs."""

    code, http_status, grpc_status = "IL093", 503, "FAILED_PRECONDITION"


class ServerTooOld(InterlockError):
    """The database server is older than PostgreSQL 15."""

    code, http_status, grpc_status = "IL094", 503, "FAILED_PRECONDITION"


class InternalError(InterlockError):
    """The control plane could not move an execution: a damaged definition or a defect. The execution has failed, nothing else."""

    code, http_status, grpc_status = "IL099", 500, "INTERNAL"


def errors_by_code() -> Mapping[str, type[InterlockError]]:
    """Every error class by its code."""
    return {error.code: error for error in InterlockError.__subclasses__()}


LIST_OF_CODES: Final = tuple(sorted(errors_by_code()))
