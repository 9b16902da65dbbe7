"""How everything here is read: one statement, its rows as dictionaries or as records, errors as ours."""

from typing import Any, Literal, LiteralString, TypeVar

from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane.database_errors import database_errors
from interlock.insight.records.base import Record

Pool = AsyncConnectionPool[Any]
Row = dict[str, Any]
RecordT = TypeVar("RecordT", bound=Record)


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


async def read_records(pool: Pool, record: type[RecordT], statement: LiteralString, **values: Any) -> list[RecordT]:
    """The rows of one statement as records; the statement's columns are the record's fields. Raises what `read_rows` raises."""
    return [record.model_validate(row) for row in await read_rows(pool, statement, **values)]


def short_error(table: Literal["a", "e"]) -> LiteralString:
    """The column `error`, without its details where they are large: a list, or a stream of events, may have many."""
    error: LiteralString = f"{table}.error"
    return f"case when octet_length({error}::text) > 8192 and jsonb_typeof({error}) = 'object' then {error} - 'details' else {error} end as error"
