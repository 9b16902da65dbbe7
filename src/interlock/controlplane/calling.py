"""Calls one SQL function, and raises its failures as errors of the product."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, LiteralString

from psycopg_pool import AsyncConnectionPool

from interlock.controlplane.connecting import BoundedConnection
from interlock.controlplane.database_errors import DatabaseRefusal, database_errors, read_only
from interlock.controlplane.pool import may_be_old
from interlock.controlplane.prepared_statements import run_prepared
from interlock.errors import BadRequest, DatabaseUnavailable
from interlock.json_text import STANDARD_LIMITS, UnreadableValue, WrittenJson, write_json, write_json_array
from interlock.tracing import database_call

_IN_WORKSPACE: Final[LiteralString] = (
    " from (select pg_catalog.set_config('interlock.workspace', %s, true) as workspace offset 0) w where w.workspace is not null"
)
"""Runs before the function, because PostgreSQL reads a row before it computes what is selected."""


async def call(pool: AsyncConnectionPool[Any], statement: LiteralString, *parameters: Any, workspace_id: int | None = None) -> Any:
    """Returns the one value of the statement, which runs in its own transaction.

    Args:
        statement: `select interlock.<name>(%s, …)`.
        workspace_id: the workspace that the function is limited to; None: it is not limited.

    Raises:
        InterlockError: as the function raised it, or as `database_errors` says.
    """
    if workspace_id is not None:
        statement, parameters = statement + _IN_WORKSPACE, (*parameters, str(workspace_id))
    with database_errors(), database_call(_function_of(statement)):
        async with pool.connection() as connection:
            value = await _run(connection, statement, parameters)
            if value is None and may_be_old(pool, connection):  # what it looked for may be on the new server
                raise DatabaseRefusal(read_only())
    return value


async def _run(connection: Any, statement: LiteralString, parameters: Sequence[Any]) -> Any:
    if isinstance(connection, BoundedConnection) and connection.prepared is not None:
        return await run_prepared(connection, statement, parameters)
    row = await (await connection.execute(statement, parameters)).fetchone()
    if not connection.autocommit:
        await connection.commit()
    if row is None:
        raise DatabaseUnavailable("the database answered without a row")
    return row[0]


class SqlFunctions:
    """What calls SQL functions over a pool, all of them in one workspace; see `call`.

    Args:
        pool: any pool of psycopg connections.
        workspace_id: the workspace that every call is limited to: what others own does not exist. None: calls are not limited, and names are
            those of the first workspace.
    """

    def __init__(self, pool: AsyncConnectionPool[Any], workspace_id: int | None = None) -> None:
        self._pool = pool
        self._workspace_id = workspace_id

    async def _call(self, statement: LiteralString, *parameters: Any) -> Any:
        return await call(self._pool, statement, *parameters, workspace_id=self._workspace_id)


def _function_of(statement: str) -> str:
    return statement.removeprefix("select interlock.").partition("(")[0]


def json_text(value: Any) -> str:
    """Returns the JSON text of a value, which may be one already.

    Raises:
        BadRequest: it is not JSON within the limits of `json_text`; the message begins with the place.
    """
    if isinstance(value, WrittenJson):
        return value.text.decode()
    try:
        return write_json(value).decode()
    except UnreadableValue as error:
        raise _refused(error) from error


def json_array(items: Iterable[Any]) -> str:
    """Returns the JSON text of an array of requests or results. The limits hold for each value in them. Raises as `json_text`."""
    try:
        return write_json_array(items, STANDARD_LIMITS.inside(1)).decode()
    except UnreadableValue as error:
        raise _refused(error) from error


def json_array_of_good(items: Sequence[Any]) -> tuple[str, Mapping[int, BadRequest]]:
    """Returns the JSON text of an array of those items that are JSON, and why each of the others is not, by its position."""
    try:
        return json_array(items), {}
    except BadRequest:
        refused: dict[int, BadRequest] = {}
        for position, item in enumerate(items):
            try:
                write_json(item, STANDARD_LIMITS.inside(1))
            except UnreadableValue as error:
                refused[position] = _refused(error)
        return json_array(item for position, item in enumerate(items) if position not in refused), refused


def _refused(error: UnreadableValue) -> BadRequest:
    return BadRequest(error.sentence, hint=error.hint)
