"""How everything here is read: one statement, rows as dictionaries, errors as ours."""

from typing import Any, Literal, LiteralString

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from interlock.controlplane.connecting import lacking_right
from interlock.errors import BadRequest, DatabaseUnavailable

Pool = AsyncConnectionPool[Any]
Row = dict[str, Any]


async def read_rows(pool: Pool, statement: LiteralString, **values: Any) -> list[Row]:
    """The rows of one statement.

    Raises:
        DatabaseUnavailable: no answer came.
        DatabaseUnsuitable: the database's user may not read this.
        BadRequest: a value cannot be a value of PostgreSQL.
    """
    try:
        async with pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(statement, values)
            rows: list[Row] = await cursor.fetchall()
            return rows
    except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
        raise DatabaseUnavailable(f"no answer from the database: {error}", hint="the call may be repeated") from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise lacking_right(error) from error
    except psycopg.DataError as error:
        raise BadRequest(str(error).splitlines()[0], hint="the database cannot look for this") from error


def short_error(table: Literal["a", "e"]) -> LiteralString:
    """The column `error`, without its details where they are large: a list, or a stream of events, may have many."""
    error: LiteralString = f"{table}.error"
    return f"case when octet_length({error}::text) > 8192 and jsonb_typeof({error}) = 'object' then {error} - 'details' else {error} end as error"


def told_error(error: Any) -> Row | None:
    """An error as it was stored, in the form in which it is told; executors of others store what they like."""
    if not isinstance(error, dict):
        return None if error is None else {"code": "", "message": str(error)}
    return {
        "code": str(error.get("code", "")),
        "message": str(error.get("message", "")),
        "hint": None if error.get("hint") is None else str(error["hint"]),
        "details": error["details"] if isinstance(error.get("details"), dict) else {},
        "retryable": error["retryable"] if isinstance(error.get("retryable"), bool) else None,
        "attempt": error["attempt"] if type(error.get("attempt")) is int else None,
    }
