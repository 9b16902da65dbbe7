"""Runs one statement within a scope and returns its rows, as dictionaries or as records."""

from dataclasses import dataclass
from typing import Any, Literal, LiteralString, TypeVar

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane.database_errors import database_errors
from interlock.controlplane.pool import may_be_old
from interlock.insight.records.base import Record

Pool = AsyncConnectionPool[Any]
Row = dict[str, Any]
RecordT = TypeVar("RecordT", bound=Record)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a reader may see: one workspace of a database, or all of them.

    Attributes:
        workspace_id: what belongs to another workspace does not exist. None: nothing is hidden; names are those of the first workspace.
    """

    pool: Pool
    workspace_id: int | None = None


async def read_rows(scope: Scope, statement: LiteralString, **values: Any) -> list[Row]:
    """Return the rows of one statement. Where they may be old, because another server has taken over, they are read again over a new connection.

    Args:
        statement: compares with `%(workspace)s`, which is null if nothing is hidden; `in_workspace` writes the condition.

    Raises:
        InterlockError: what `database_errors` raises.
    """
    values["workspace"] = scope.workspace_id
    rows, are_old = await _read_once(scope, statement, values)
    if are_old:
        rows, _ = await _read_once(scope, statement, values)
    return rows


async def _read_once(scope: Scope, statement: LiteralString, values: Row) -> tuple[list[Row], bool]:
    """Return the rows, and whether they may be old."""
    with database_errors():
        async with scope.pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            if scope.workspace_id is None:
                await cursor.execute(statement, values)
            else:
                async with connection.pipeline():  # one transaction, and one way to the server and back
                    await limit(connection, scope.workspace_id)
                    await cursor.execute(statement, values)
            rows: list[Row] = await cursor.fetchall()
            return rows, may_be_old(scope.pool, connection)


async def limit(connection: AsyncConnection[Any], workspace_id: int) -> None:
    """Limit the transaction of a connection to reading in one workspace. SQL: reading/read_as_workspace.sql"""
    await connection.execute("select interlock.read_as_workspace(%s)", [workspace_id])


async def read_records(scope: Scope, record: type[RecordT], statement: LiteralString, **values: Any) -> list[RecordT]:
    """Return the rows of one statement as records: its columns are the fields. Raises what `read_rows` raises."""
    return [record.model_validate(row) for row in await read_rows(scope, statement, **values)]


def in_workspace(table: Literal["e", "q", "w"]) -> LiteralString:
    """Return the SQL condition that a row of this table is in the scope."""
    return f"coalesce(%(workspace)s::integer, {table}.workspace_id) = {table}.workspace_id"


IS_ALIVE: LiteralString = "w.status = 'alive' and w.heartbeat_at > interlock.now() - make_interval(secs => w.lease_seconds)"
"""The SQL condition that a worker has given a sign of life within its lease."""
OWN: LiteralString = "coalesce(%(workspace)s::integer, 1)"
"""The SQL of the workspace that names are of: that of the scope, or the first one."""


def short_error(table: Literal["a", "e"]) -> LiteralString:
    """Return the SQL of the column `error`, without details where they are large: a list or a stream of events may have many errors."""
    error: LiteralString = f"{table}.error"
    return f"case when octet_length({error}::text) > 8192 and jsonb_typeof({error}) = 'object' then {error} - 'details' else {error} end as error"
