"""How everything here is read: one statement, rows as dictionaries, errors as ours."""

from typing import Any, Literal, LiteralString

from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane.database_errors import database_errors

Pool = AsyncConnectionPool[Any]
Row = dict[str, Any]


async def read_rows(pool: Pool, statement: LiteralString, **values: Any) -> list[Row]:
    """The rows of one statement.

    Raises:
        InterlockError: as `database_errors` says.
    """
    with database_errors():
        async with pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(statement, values)
            rows: list[Row] = await cursor.fetchall()
    return rows


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
