"""One call of one SQL function, and what its failures are called."""

from typing import Any, LiteralString

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from interlock.controlplane.connecting import lacking_right
from interlock.controlplane.exact_json import dumps_exactly
from interlock.errors import BadRequest, DatabaseUnavailable, InterlockError, errors_by_code
from interlock.tracing import database_call


async def call(pool: AsyncConnectionPool[Any], statement: LiteralString, *parameters: Any) -> Any:
    """The one value that the statement answers with, from a transaction of its own.

    Raises:
        InterlockError: as the function raised it.
        BadRequest: the database cannot store what was given.
        DatabaseUnavailable: no answer came.
        DatabaseUnsuitable: the database's user may not call it.
    """
    try:
        with database_call(_function_of(statement)):
            async with pool.connection() as connection:
                row = await (await connection.execute(statement, parameters)).fetchone()
                if not connection.autocommit:
                    await connection.commit()
    except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
        raise DatabaseUnavailable(f"no answer from the database: {error}", hint="the call may be repeated") from error
    except psycopg.DataError as error:
        raise BadRequest(str(error).splitlines()[0], hint="the database cannot store this; text may not have NUL characters") from error
    except psycopg.Error as error:
        raise _typed(error) from error
    if row is None:
        raise DatabaseUnavailable("the database answered without a row")
    return row[0]


def _function_of(statement: str) -> str:
    return statement.removeprefix("select interlock.").partition("(")[0]


def _typed(error: psycopg.Error) -> Exception:
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return lacking_right(error)
    kind: type[InterlockError] | None = errors_by_code().get(error.sqlstate or "")
    if kind is None:
        return error
    return kind(error.diag.message_primary or "", details=error.diag.message_detail or "", hint=error.diag.message_hint or "")


def json_text(value: Any) -> str:
    try:
        return dumps_exactly(value).decode()
    except (TypeError, ValueError) as error:
        raise BadRequest(
            f"not JSON: {error}", hint="inputs are made of objects with text keys, arrays, text, numbers, true, false and null"
        ) from error
