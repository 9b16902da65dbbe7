"""Maps the exceptions of psycopg to the errors of the product; no other module does."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import psycopg

from interlock.errors import BadRequest, DatabaseUnavailable, DatabaseUnsuitable, InterlockError, SchemaOutdated, errors_by_code

_NO_ANSWER: Final = (psycopg.OperationalError, psycopg.InterfaceError)
"""The errors of the pool are subclasses of these."""
_PASSING: Final = frozenset({"26000", "0A000"})
"""SQLSTATEs that pass: a statement prepared on another server connection, a table that changed meanwhile."""
_REPLACED: Final = ("cache lookup failed for ", "could not open relation with OID ", "tuple concurrently updated", "tuple concurrently deleted")
"""What the server says, without a SQLSTATE of its own, of a statement that was begun when a migration replaced what it uses."""
_TOO_LARGE: Final = "54"
"""The class of SQLSTATEs for values and statements that exceed a limit of the server: a repeat fails again."""


@dataclass(frozen=True, slots=True)
class _Trouble:
    """What is wrong with the database, for as long as it lasts.

    Attributes:
        message: what happened.
        hint: what to do.
        words: what the server says of it when it refuses a connection; such errors have no SQLSTATE.
    """

    message: str
    hint: str
    words: tuple[str, ...] = ()


_STARTS: Final = _Trouble("the database is starting or stopping", "the call may be repeated", ("the database system is ", "terminating connection"))
_UNDONE: Final = _Trouble("the database undid the call, because another one changed the same rows at the same time", "the call may be repeated")
_TROUBLES: Final[Mapping[str, _Trouble]] = {
    "25006": _Trouble(
        "the database takes no writes now: it is a standby, or it was set to read only",
        "the call may be repeated: a server that takes writes again, or in its place, is found without a restart",
        ("session is read-only", "server is in hot standby mode"),
    ),
    "25P03": _Trouble("the database ended the transaction, because this process did not go on with it in time", "the call may be repeated"),
    "25P04": _Trouble("the database ended the transaction, because it took too long", "the call may be repeated; look at transaction_timeout"),
    "40001": _UNDONE,
    "40P01": _UNDONE,
    "53100": _Trouble(
        "the disk of the database is full",
        "free some space, or give it a larger disk; everything goes on by itself afterwards",
        ("No space left on device", "Disk quota exceeded"),
    ),
    "53200": _Trouble(
        "the database is short of memory",
        "the call may be repeated; lower work_mem or max_connections, or add memory",
        ("out of memory", "Cannot allocate memory"),
    ),
    "53300": _Trouble(
        "every connection of the database is in use",
        "the call may be repeated; raise max_connections, or put PgBouncer in front",
        ("too many clients already", "remaining connection slots are reserved", "too many connections for ", "no more connections allowed"),
    ),
    "55P03": _Trouble("somebody else holds a lock that the call needs", "the call may be repeated"),
    "57014": _Trouble("the database ended the call before it was done", "the call may be repeated when less is going on; look at statement_timeout"),
    "57P01": _STARTS,
    "57P02": _STARTS,
    "57P03": _STARTS,
    "58030": _Trouble("the database cannot read or write its files", "look at its log and its disk; the call may be repeated"),
}
"""The SQLSTATEs that tell of a bad day of the database, each of them unavailable, with words of its own."""
_SCHEMA_MISSING: Final = (
    psycopg.errors.UndefinedFunction,
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.InvalidSchemaName,
)


def interlock_error(error: BaseException) -> InterlockError | None:
    """Returns the error of the product for an exception; None if the exception says nothing about the database."""
    if isinstance(error, psycopg.Error):
        return _raised_in_sql(error) or _of_psycopg(error)
    return error if isinstance(error, InterlockError) else None


class DatabaseRefusal(psycopg.OperationalError):
    """A pool refuses a call at once, because the database does not answer; `known` says why."""

    def __init__(self, known: InterlockError) -> None:
        super().__init__(known.message)
        self.known = copy_of(known)


def copy_of(error: InterlockError) -> InterlockError:
    """Returns an error with the same words: one that is raised again and again would hold every place that raised it."""
    return type(error)(error.message, details=error.details, hint=error.hint)


def read_only() -> DatabaseUnavailable:
    """Returns the error for a database that takes no writes."""
    trouble = _TROUBLES["25006"]
    return DatabaseUnavailable(trouble.message, hint=trouble.hint)


def disk_full(left: str) -> DatabaseUnavailable:
    """Returns the error for a disk that is full, or so full that nothing new is begun; `left` says how much is left."""
    trouble = _TROUBLES["53100"]
    return DatabaseUnavailable(f"{trouble.message}: {left} are left", hint=trouble.hint)


def takes_no_writes(error: psycopg.Error) -> bool:
    """Returns whether the server said that this connection can no longer write."""
    return error.sqlstate == "25006"


def is_refused_by_sql(error: psycopg.Error) -> bool:
    """Returns whether a SQL function of the product raised the error, so that nothing of the call was kept."""
    return (error.sqlstate or "") in errors_by_code()


def was_too_slow(error: BaseException) -> bool:
    """Returns whether the server ended the statement because it took longer than `statement_timeout` allows."""
    return any(isinstance(one, psycopg.errors.QueryCanceled) for one in (error, error.__cause__))


@contextmanager
def database_errors() -> Iterator[None]:
    """Raises the exceptions of psycopg in the block as errors of the product.

    Raises:
        InterlockError: as a SQL function raised it.
        DatabaseUnavailable: no answer came.
        DatabaseUnsuitable: the database's user lacks a right.
        SchemaOutdated: the schema is missing, or of another version.
        BadRequest: the database cannot store a value.
        psycopg.Error: any other exception; it is a defect.
    """
    try:
        yield
    except psycopg.Error as error:
        known = interlock_error(error)
        if known is None:
            raise
        raise known from error


def _raised_in_sql(error: psycopg.Error) -> InterlockError | None:
    """Returns the error that `interlock.raise_error` raised, with its details and hint."""
    kind = errors_by_code().get(error.sqlstate or "")
    if kind is None:
        return None
    return kind(error.diag.message_primary or "", details=error.diag.message_detail or "", hint=error.diag.message_hint or "")


def _of_psycopg(error: psycopg.Error) -> InterlockError | None:
    if isinstance(error, DatabaseRefusal):
        return error.known
    return _unsuitable(error) or _unavailable(error) or _refused_value(error)


def _unsuitable(error: psycopg.Error) -> InterlockError | None:
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return _lacking_right(error)
    if isinstance(error, _SCHEMA_MISSING):
        message = f"the database does not have the Interlock schema of this version: {_without_arguments(_primary(error))}"
        return SchemaOutdated(message, hint="run `interlock migrate` on it")
    return None


def _unavailable(error: psycopg.Error) -> InterlockError | None:
    trouble = _trouble_of(error)
    if trouble is not None:
        return DatabaseUnavailable(trouble.message, details=error.diag.message_primary or "", hint=trouble.hint)
    if isinstance(error, psycopg.errors.InternalError_) and _primary(error).startswith(_REPLACED):
        return DatabaseUnavailable(f"the schema changed under the call: {_primary(error)}", hint="the call may be repeated")
    is_too_large = (error.sqlstate or "").startswith(_TOO_LARGE)
    if error.sqlstate in _PASSING or (isinstance(error, _NO_ANSWER) and not is_too_large):
        return DatabaseUnavailable(f"no answer from the database: {_primary(error)}", hint="the call may be repeated")
    return None


def _refused_value(error: psycopg.Error) -> InterlockError | None:
    if (error.sqlstate or "").startswith(_TOO_LARGE):
        return BadRequest(f"the database cannot take this: {_primary(error)}", hint="make the value smaller")
    if isinstance(error, psycopg.DataError):
        return BadRequest(_primary(error), hint="the database cannot store this, or look for it; text may not have NUL characters")
    return None


def _trouble_of(error: psycopg.Error) -> _Trouble | None:
    if error.sqlstate is not None:
        return _TROUBLES.get(error.sqlstate)
    text = str(error) if isinstance(error, psycopg.OperationalError) else ""
    return next((trouble for trouble in _TROUBLES.values() if any(words in text for words in trouble.words)), None)


def _lacking_right(error: psycopg.errors.InsufficientPrivilege) -> DatabaseUnsuitable:
    return DatabaseUnsuitable(
        f"the database's user lacks a right: {error.diag.message_primary}",
        hint="use the user that owns the schema `interlock`; one that is to make it needs the right: grant create on database … to …",
    )


def _primary(error: psycopg.Error) -> str:
    """Returns what the server, or the driver, says in one sentence. The rest of its text may quote our SQL, which nobody outside needs."""
    return error.diag.message_primary or "; ".join(line.strip() for line in str(error).splitlines()) or type(error).__name__


def _without_arguments(message: str) -> str:
    """Returns a message about a missing function with its name only."""
    return re.sub(r"\([^()]*\)", "", message)
