"""Maps the exceptions of psycopg to the errors of the product; no other module does."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg

from interlock.errors import BadRequest, DatabaseUnavailable, DatabaseUnsuitable, InterlockError, SchemaOutdated, errors_by_code

_NO_ANSWER: Final = (psycopg.OperationalError, psycopg.InterfaceError)
"""The errors of the pool are subclasses of these."""
_PASSING: Final = frozenset({"25006", "26000", "0A000"})
"""SQLSTATEs that pass: a standby that takes no writes yet, a statement prepared on another server connection, a table that changed meanwhile."""
_SCHEMA_MISSING: Final = (psycopg.errors.UndefinedFunction, psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName)


def interlock_error(error: BaseException) -> InterlockError | None:
    """Returns the error of the product for an exception; None if the exception says nothing about the database."""
    if isinstance(error, psycopg.Error):
        return _raised_in_sql(error) or _of_psycopg(error)
    return error if isinstance(error, InterlockError) else None


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
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return _lacking_right(error)
    if isinstance(error, _SCHEMA_MISSING):
        message = f"the database does not have the Interlock schema of this version: {_without_arguments(_primary(error))}"
        return SchemaOutdated(message, hint="run `interlock migrate` on it")
    if isinstance(error, _NO_ANSWER) or error.sqlstate in _PASSING:
        return DatabaseUnavailable(f"no answer from the database: {_primary(error)}", hint="the call may be repeated")
    if isinstance(error, psycopg.DataError):
        return BadRequest(_primary(error), hint="the database cannot store this, or look for it; text may not have NUL characters")
    return None


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
