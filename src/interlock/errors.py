"""Every error that a call can answer with: one code each, the same in SQL, Python, REST, gRPC, logs and the pages.

What an assignment fails with is listed in `interlock.assignment_errors`.

InterlockError
├── ExecutionNotFound (IL001)      AssignmentLost (IL002)        VersionNotFound (IL003)
├── ResultMalformed (IL004)        WorkflowNotFound (IL005)      WorkflowVersionNotFound (IL006)
├── TriggerNotFound (IL007)        LockValueMissing (IL008)      ExecutionEnded (IL009)
├── WorkerUnknown (IL010)          WorkerLost (IL011)            RequestOutOfOrder (IL012)
├── BadRequest (IL013)             DefinitionNotCompiled (IL014) ExecutionNotEnded (IL015)
├── NothingToRetry (IL016)         LockHeld (IL017)              VersionIncompatible (IL018)
├── VersionConflict (IL019)        DefinitionRefused (IL020)     NameTaken (IL021)
├── DraftNotFound (IL024)          DraftChanged (IL025)          TooManyDrafts (IL026)
├── NotSignedIn (IL030)            NotAllowed (IL031)            SignInRefused (IL032)
├── TooManyTries (IL033)           CsrfRefused (IL034)           PasswordMustChange (IL035)
├── UserNotFound (IL036)           LastAdmin (IL037)             ApiKeyNotFound (IL038)
├── IdentityUnavailable (IL039)
├── CredentialNotFound (IL040)     EncryptionKeyMissing (IL041)  CredentialUnreadable (IL042)
├── EncryptionKeyInvalid (IL043)
├── RequestTooLarge (IL050)        PageNotFound (IL051)          MethodNotAllowed (IL052)
├── MediaTypeUnknown (IL053)       InvalidRequest (IL054)        NodeTypeNotFound (IL055)
├── TooBusy (IL056)                ServerUnreachable (IL057)     RequestTooSlow (IL058)
├── HeadTooLarge (IL059)
├── WorkspaceNotFound (IL060)      WorkspaceInUse (IL061)        LimitReached (IL062)
├── StorageFull (IL063)            WorkspaceSwitched (IL064)
├── DatabaseUnavailable (IL090)    IsolationTooStrict (IL091)    TransitionRefused (IL092)
├── SchemaOutdated (IL093)         ServerTooOld (IL094)          DatabaseUnsuitable (IL095)
└── InternalError (IL099)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final


class InterlockError(Exception):
    """What happened (`message`), where (`details`), and how to fix it (`hint`).

    `code` is stable; `http_status` and `grpc_status` are what those protocols answer; `retryable` says whether the same call may
    succeed later, and `retry_after_seconds` when, if this error knows it.
    """

    code: ClassVar[str] = "IL099"
    http_status: ClassVar[int] = 500
    grpc_status: ClassVar[str] = "INTERNAL"
    retryable: ClassVar[bool] = False
    retry_after_seconds: int | None = None

    def __init__(self, message: str, *, details: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        self.hint = hint
        self.request_id = ""
        """Of the request that a server answered with this error, as in its log; empty where no server did."""

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidField:
    """What is wrong at one place of a request, and how to fix it."""

    place: str
    message: str
    code: str = ""
    hint: str = ""
    line: int | None = None
    column: int | None = None


class ExecutionNotFound(InterlockError):
    """There is no such execution, or it has no such assignment."""

    code, http_status, grpc_status = "IL001", 404, "NOT_FOUND"


class AssignmentLost(InterlockError):
    """The worker no longer holds the assignment, so its result is dropped."""

    code, http_status, grpc_status = "IL002", 409, "FAILED_PRECONDITION"


class VersionNotFound(InterlockError):
    """There is no version with this id."""

    code, http_status, grpc_status = "IL003", 404, "NOT_FOUND"


class ResultMalformed(InterlockError):
    """A worker sent a result that does not have the form of a result."""

    code, http_status, grpc_status = "IL004", 422, "INVALID_ARGUMENT"


class WorkflowNotFound(InterlockError):
    """There is no workflow with this name or id."""

    code, http_status, grpc_status = "IL005", 404, "NOT_FOUND"


class WorkflowVersionNotFound(InterlockError):
    """The workflow has no version with this number."""

    code, http_status, grpc_status = "IL006", 404, "NOT_FOUND"


class TriggerNotFound(InterlockError):
    """The version does not have the trigger that the execution is to start from."""

    code, http_status, grpc_status = "IL007", 422, "FAILED_PRECONDITION"


class LockValueMissing(InterlockError):
    """The lock of the workflow is made from the input, and this input gives it no value."""

    code, http_status, grpc_status = "IL008", 422, "INVALID_ARGUMENT"


class ExecutionEnded(InterlockError):
    """The execution has ended, and an ended execution never changes."""

    code, http_status, grpc_status = "IL009", 409, "FAILED_PRECONDITION"


class WorkerUnknown(InterlockError):
    """The worker has not registered, or it ended so long ago that its record was deleted."""

    code, http_status, grpc_status = "IL010", 404, "NOT_FOUND"


class WorkerLost(InterlockError):
    """The worker sent no sign of life in time, so its assignments went to others. It goes on with a new id."""

    code, http_status, grpc_status = "IL011", 409, "FAILED_PRECONDITION"


class RequestOutOfOrder(InterlockError):
    """A request of a worker arrived after a later request of the same worker."""

    code, http_status, grpc_status = "IL012", 409, "FAILED_PRECONDITION"


class BadRequest(InterlockError):
    """The call does not have the form that it must have."""

    code, http_status, grpc_status = "IL013", 400, "INVALID_ARGUMENT"


class DefinitionNotCompiled(InterlockError):
    """A definition was saved without its compiled form."""

    code, http_status, grpc_status = "IL014", 422, "INVALID_ARGUMENT"


class ExecutionNotEnded(InterlockError):
    """Only an execution that has ended can be retried."""

    code, http_status, grpc_status = "IL015", 409, "FAILED_PRECONDITION"


class NothingToRetry(InterlockError):
    """Nothing failed in the execution and no node was named to run again from, or the execution never visited that node."""

    code, http_status, grpc_status = "IL016", 409, "FAILED_PRECONDITION"


class LockHeld(InterlockError):
    """Another execution, or somebody by hand, holds the lock of the workflow."""

    code, http_status, grpc_status, retryable = "IL017", 409, "ABORTED", True


class VersionIncompatible(InterlockError):
    """The newest version lacks nodes or connections that the execution has been through, or leads to some of them again."""

    code, http_status, grpc_status = "IL018", 409, "FAILED_PRECONDITION"


class VersionConflict(InterlockError):
    """Somebody else saved the workflow since it was opened, so its newest version is not the one that was edited."""

    code, http_status, grpc_status = "IL019", 412, "ABORTED"


class DefinitionRefused(InterlockError):
    """The definition has errors. The answer lists each with its place and its hint."""

    code, http_status, grpc_status = "IL020", 422, "INVALID_ARGUMENT"

    def __init__(self, message: str, *, details: str = "", hint: str = "", fields: Sequence[InvalidField] = ()) -> None:
        super().__init__(message, details=details, hint=hint)
        self.fields = tuple(fields)


class NameTaken(InterlockError):
    """The name is taken."""

    code, http_status, grpc_status = "IL021", 409, "ALREADY_EXISTS"


class DraftNotFound(InterlockError):
    """The caller has no such draft: it was discarded or published."""

    code, http_status, grpc_status = "IL024", 404, "NOT_FOUND"


class DraftChanged(InterlockError):
    """The caller saved the draft in another tab or browser, or began another one of the workflow there. Nothing was overwritten."""

    code, http_status, grpc_status = "IL025", 409, "ABORTED"


class TooManyDrafts(InterlockError):
    """The caller has as many drafts as one person may have in a workspace."""

    code, http_status, grpc_status = "IL026", 409, "RESOURCE_EXHAUSTED"


class IdempotencyKeyReused(InterlockError):
    """The idempotency key was used before, for another request."""

    code, http_status, grpc_status = "IL022", 409, "ALREADY_EXISTS"


class NotSignedIn(InterlockError):
    """The operation needs a sign-in, an API key or a token, and the request has none that is valid."""

    code, http_status, grpc_status = "IL030", 401, "UNAUTHENTICATED"


class NotAllowed(InterlockError):
    """The role of the caller does not allow this."""

    code, http_status, grpc_status = "IL031", 403, "PERMISSION_DENIED"


class SignInRefused(InterlockError):
    """No user has this email address and this password."""

    code, http_status, grpc_status = "IL032", 401, "UNAUTHENTICATED"


class TooManyTries(InterlockError):
    """Too many sign-ins failed. Wait as long as the answer says, then try again."""

    code, http_status, grpc_status, retryable = "IL033", 429, "RESOURCE_EXHAUSTED", True
    retry_after_seconds: int

    def __init__(self, message: str, *, details: str = "", hint: str = "", retry_after_seconds: int = 60) -> None:
        super().__init__(message, details=details, hint=hint)
        self.retry_after_seconds = retry_after_seconds


class CsrfRefused(InterlockError):
    """A request with a session cookie asked for a change, without the CSRF token of the session or from a page of another origin."""

    code, http_status, grpc_status = "IL034", 403, "PERMISSION_DENIED"


class PasswordMustChange(InterlockError):
    """The user signed in with a one-time password and has to choose a password before anything else."""

    code, http_status, grpc_status = "IL035", 403, "FAILED_PRECONDITION"


class UserNotFound(InterlockError):
    """There is no such user."""

    code, http_status, grpc_status = "IL036", 404, "NOT_FOUND"


class LastAdmin(InterlockError):
    """This is the last admin, and at least one has to remain."""

    code, http_status, grpc_status = "IL037", 409, "FAILED_PRECONDITION"


class ApiKeyNotFound(InterlockError):
    """There is no such API key."""

    code, http_status, grpc_status = "IL038", 404, "NOT_FOUND"


class IdentityUnavailable(InterlockError):
    """Supabase did not answer, or its answer cannot be used, so nobody can sign in with it now. Safe to repeat."""

    code, http_status, grpc_status, retryable = "IL039", 503, "UNAVAILABLE", True


class CredentialNotFound(InterlockError):
    """There is no such credential."""

    code, http_status, grpc_status = "IL040", 404, "NOT_FOUND"


class EncryptionKeyMissing(InterlockError):
    """No key to encrypt credentials with is configured."""

    code, http_status, grpc_status = "IL041", 503, "FAILED_PRECONDITION"


class CredentialUnreadable(InterlockError):
    """The credential cannot be decrypted: its key is not configured here, or its row in the database was damaged."""

    code, http_status, grpc_status = "IL042", 500, "FAILED_PRECONDITION"


class EncryptionKeyInvalid(InterlockError):
    """The key to encrypt credentials with is configured, and cannot be read or does not have the form of a key."""

    code, http_status, grpc_status = "IL043", 503, "FAILED_PRECONDITION"


class RequestTooLarge(InterlockError):
    """The request is larger than the server accepts."""

    code, http_status, grpc_status = "IL050", 413, "RESOURCE_EXHAUSTED"


class PageNotFound(InterlockError):
    """There is nothing at this address."""

    code, http_status, grpc_status = "IL051", 404, "UNIMPLEMENTED"


class MethodNotAllowed(InterlockError):
    """The address exists, but not with this method."""

    code, http_status, grpc_status = "IL052", 405, "UNIMPLEMENTED"


class MediaTypeUnknown(InterlockError):
    """The server does not read bodies of this media type."""

    code, http_status, grpc_status = "IL053", 415, "INVALID_ARGUMENT"


class InvalidRequest(InterlockError):
    """Fields of the request have wrong values. The answer lists each with its place and its hint."""

    code, http_status, grpc_status = "IL054", 422, "INVALID_ARGUMENT"

    def __init__(self, message: str, *, details: str = "", hint: str = "", fields: Sequence[InvalidField] = ()) -> None:
        super().__init__(message, details=details, hint=hint)
        self.fields = tuple(fields)

    @classmethod
    def of(cls, place: str, message: str, code: str, hint: str) -> "InvalidRequest":
        """Returns the error of one field."""
        return cls(f"{place}: {message}", hint=hint, fields=[InvalidField(place=place, message=message, code=code, hint=hint)])


class NodeTypeNotFound(InterlockError):
    """There is no such node type."""

    code, http_status, grpc_status = "IL055", 404, "NOT_FOUND"


class TooBusy(InterlockError):
    """This process is busy with as many requests as it takes. Try again, or ask another process."""

    code, http_status, grpc_status, retryable = "IL056", 503, "RESOURCE_EXHAUSTED", True


class ServerUnreachable(InterlockError):
    """The Interlock server did not answer, or a proxy in front of it answered instead."""

    code, http_status, grpc_status, retryable = "IL057", 503, "UNAVAILABLE", True


class RequestTooSlow(InterlockError):
    """The request did not arrive completely in time."""

    code, http_status, grpc_status, retryable = "IL058", 408, "DEADLINE_EXCEEDED", True


class HeadTooLarge(InterlockError):
    """The address and the headers of the request are larger than the server accepts."""

    code, http_status, grpc_status = "IL059", 431, "RESOURCE_EXHAUSTED"


class WorkspaceNotFound(InterlockError):
    """There is no such workspace, or the caller is not a member of it."""

    code, http_status, grpc_status = "IL060", 404, "NOT_FOUND"


class WorkspaceInUse(InterlockError):
    """A workspace with open executions or workflows cannot be deleted, and `default` never."""

    code, http_status, grpc_status = "IL061", 409, "FAILED_PRECONDITION"


class LimitReached(InterlockError):
    """The caller, or the workspace, has as many requests, event streams or open assignments as its limit allows. Wait as long as the answer says."""

    code, http_status, grpc_status, retryable = "IL062", 429, "RESOURCE_EXHAUSTED", True
    retry_after_seconds: int

    def __init__(self, message: str, *, details: str = "", hint: str = "", retry_after_seconds: int = 5) -> None:
        """`details` is the name of the limit, for example `user_requests`."""
        super().__init__(message, details=details, hint=hint)
        self.retry_after_seconds = retry_after_seconds


class StorageFull(InterlockError):
    """The workspace stores as much as its limit allows, so it starts no executions and saves no definitions. What is under way goes on.
    It is measured again every minute, which `Retry-After` says; a raised limit counts at once.
    """

    code, http_status, grpc_status = "IL063", 507, "RESOURCE_EXHAUSTED"
    retry_after_seconds = 60


class WorkspaceSwitched(InterlockError):
    """The request says which workspace it is meant for, and the caller is in another one by now, so nothing was done."""

    code, http_status, grpc_status = "IL064", 412, "FAILED_PRECONDITION"


class DatabaseUnavailable(InterlockError):
    """The database did not answer. Safe to repeat."""

    code, http_status, grpc_status, retryable = "IL090", 503, "UNAVAILABLE", True


class IsolationTooStrict(InterlockError):
    """The transaction has another isolation level than read committed, the only one in which the control plane works."""

    code, http_status, grpc_status = "IL091", 500, "INTERNAL"


class TransitionRefused(InterlockError):
    """The status cannot change like this. What has ended never changes."""

    code, http_status, grpc_status = "IL092", 409, "FAILED_PRECONDITION"


class SchemaOutdated(InterlockError):
    """The database does not have the schema that this program needs."""

    code, http_status, grpc_status = "IL093", 503, "FAILED_PRECONDITION"


class ServerTooOld(InterlockError):
    """The database server is older than PostgreSQL 15."""

    code, http_status, grpc_status = "IL094", 503, "FAILED_PRECONDITION"


class DatabaseUnsuitable(InterlockError):
    """The database answers and cannot be used: its encoding is not UTF8, or its user does not have a right that is needed."""

    code, http_status, grpc_status = "IL095", 503, "FAILED_PRECONDITION"


class InternalError(InterlockError):
    """Interlock has a defect, or a definition was damaged. If it stopped an execution, that execution has failed and nothing else."""

    code, http_status, grpc_status = "IL099", 500, "INTERNAL"


def errors_by_code() -> Mapping[str, type[InterlockError]]:
    """Every error class by its code."""
    return {error.code: error for error in InterlockError.__subclasses__()}


LIST_OF_CODES: Final = tuple(sorted(errors_by_code()))
