"""One call of one SQL function, and what its failures are called."""

from typing import Any, LiteralString

from psycopg_pool import AsyncConnectionPool

from interlock.controlplane.database_errors import database_errors
from interlock.controlplane.exact_json import dumps_exactly
from interlock.errors import BadRequest, DatabaseUnavailable
from interlock.tracing import database_call


async def call(pool: AsyncConnectionPool[Any], statement: LiteralString, *parameters: Any) -> Any:
    """The one value that the statement answers with, from a transaction of its own.

    Raises:
        InterlockError: as the function raised it, or as `database_errors` says.
    """
    with database_errors(), database_call(_function_of(statement)):
        async with pool.connection() as connection:
            row = await (await connection.execute(statement, parameters)).fetchone()
            if not connection.autocommit:
                await connection.commit()
    if row is None:
        raise DatabaseUnavailable("the database answered without a row")
    return row[0]


def _function_of(statement: str) -> str:
    return statement.removeprefix("select interlock.").partition("(")[0]


def json_text(value: Any) -> str:
    try:
        return dumps_exactly(value).decode()
    except (TypeError, ValueError) as error:
        raise BadRequest(
            f"not JSON: {error}", hint="inputs are made of objects with text keys, arrays, text, numbers, true, false and null"
        ) from error
