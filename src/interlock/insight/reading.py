"""Runs one statement and returns its rows, as dictionaries or as records."""

from typing import Any, Literal, LiteralString, TypeVar

from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane.database_errors import database_errors
from interlock.insight.records.base import Record

Pool = AsyncConnectionPool[Any]
Row = dict[str, Any]
RecordT = TypeVar("RecordT", bound=Record)


async def read_rows(pool: Pool, statement: LiteralString, **values: Any) -> list[Row]:
    """Return the rows of one statement.

    Raises:
        InterlockError: what `database_errors` raises.
    """
    with database_errors():
        async with pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(statement, values)
            rows: list[Row] = await cursor.fetchall()
    return rows


async def read_records(pool: Pool, record: type[RecordT], statement: LiteralString, **values: Any) -> list[RecordT]:
    """Return the rows of one statement as records: its columns are the fields. Raises what `read_rows` raises."""
    return [record.model_validate(row) for row in await read_rows(pool, statement, **values)]


def short_error(table: Literal["a", "e"]) -> LiteralString:
    """Return the SQL of the column `error`, without details where they are large: a list or a stream of events may have many errors."""
    error: LiteralString = f"{table}.error"
    return f"case when octet_length({error}::text) > 8192 and jsonb_typeof({error}) = 'object' then {error} - 'details' else {error} end as error"
