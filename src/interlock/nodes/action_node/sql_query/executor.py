"""`ACTION_NODE/SQL_QUERY`."""

import asyncio
import math
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from interlock.json_text import UnreadableValue, write_json
from interlock.nodes.action_node.sql_query.connections import Address, SqlConnections
from interlock.nodes.action_node.sql_query.errors import ERRORS
from interlock.nodes.action_node.sql_query.parameters import SqlQueryParameters
from interlock.nodes.action_node.sql_query.statement import Statement, read_statement
from interlock.nodes.contract import NodeExecutionContext, NodeExecutor
from interlock.nodes.errors import FinalError, NodeError, RetryableError
from interlock.nodes.json_values import to_json
from interlock.nodes.results import Completed

if TYPE_CHECKING:
    import psycopg
    from psycopg.types.json import Jsonb

    from interlock.nodes.action_node.sql_query.connections import Connection

# Serialization failures and deadlocks, lost connections, lack of resources, a server that stops or starts, a lock that was not free in time,
# a worker that was silent for too long in a transaction, a server that takes no writes any more because another one has taken its place.
_RETRYABLE_CLASSES = ("08", "40", "53", "57")
_RETRYABLE_STATES = frozenset({"55P03", "55006", "25P03"})
_READ_ONLY_STATE = "25006"  # passes, unless the node itself wants to change nothing
_FINAL_STATES = frozenset({"57P04"})  # the database is gone
_TIMEOUT_STATE = "57014"
_GRACE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _Limits:
    """How long the server lets the statement run, and how long it waits for a worker that is silent in the middle of a transaction."""

    statement_seconds: float
    frozen_seconds: float


class SqlQuery(NodeExecutor[SqlQueryParameters]):
    """Runs one SQL statement in a transaction of its own. Its output is `{"rows", "row_count"}`.

    `database` names a connection that the operator of the worker has set up; or `credential` names a credential of the kind `postgres`. The user of
    the connection must not own the tables of Interlock.

    Values are bound, and never written into the text of the statement. Another attempt follows a serialization failure, a deadlock, a timeout and a
    lost connection; any other error is final. If the connection is lost during the commit, nobody knows whether the statement took effect, and the
    next attempt may do it a second time: use `:idempotency_key`, which is the same for all attempts.
    """

    type = "ACTION_NODE"
    subtype = "SQL_QUERY"
    parameters = SqlQueryParameters
    errors = ERRORS
    raw = frozenset({"query"})

    def __init__(self, *, connections: SqlConnections | None = None) -> None:
        self._connections = connections or SqlConnections()

    async def execute(self, context: NodeExecutionContext[SqlQueryParameters]) -> Completed:
        import psycopg

        parameters = context.parameters
        seconds = min(parameters.statement_timeout_seconds, context.timeout_seconds or parameters.statement_timeout_seconds)
        limits = _Limits(seconds, self._connections.frozen_seconds)
        statement = read_statement(parameters.query)
        given = {"idempotency_key": context.idempotency_key, **parameters.parameters}
        values = {name: _bound(given[name]) for name in statement.names}
        try:
            async with (
                asyncio.timeout(seconds + _GRACE_SECONDS),
                self._connections.connection(self._address(context)) as connection,
            ):
                rows, row_count = await _transaction(connection, statement, values, parameters, limits)
        except TimeoutError:
            raise _timeout(parameters) from None
        except psycopg.Error as error:
            raise _classify(error, context) from None
        return Completed(output={"rows": rows, "row_count": row_count})

    def _address(self, context: NodeExecutionContext[SqlQueryParameters]) -> Address:
        if context.parameters.database is not None:
            return self._connections.address_of(context.parameters.database)
        credential = context.credentials["credential"]
        return Address(credential.name, credential.field("dsn"), hint="save its dsn again")

    async def close(self) -> None:
        await self._connections.close()


def _bound(value: Any) -> Any:
    if isinstance(value, str) and "\x00" in value:
        raise FinalError("parameter_refused", "a parameter contains a NUL character, which PostgreSQL cannot store")
    if isinstance(value, Mapping) or (isinstance(value, list) and any(isinstance(item, (Mapping, list)) for item in value)):
        return _written(value)
    return value


def _written(value: Any) -> "Jsonb":
    from psycopg.types.json import Jsonb

    try:
        text = write_json(value)
    except UnreadableValue as error:
        raise FinalError("parameter_refused", f"a parameter is not JSON: {error.sentence}", details=error.details, hint=error.hint) from None
    return Jsonb(value, dumps=lambda _: text)


async def _transaction(
    connection: "Connection", statement: Statement, values: dict[str, Any], parameters: SqlQueryParameters, limits: _Limits
) -> tuple[list[dict[str, Any]], int]:
    await connection.execute(_opening(parameters, limits))
    rows, row_count = await (_read_rows if statement.gives_rows else _run)(connection, statement, values, parameters)
    await _commit(connection, parameters)
    return rows, row_count


def _opening(parameters: SqlQueryParameters, limits: "_Limits") -> "psycopg.sql.Composed":
    """Begins the transaction. The last two settings are for a worker that is frozen in the middle of it: the server ends it, with its locks."""
    from psycopg.sql import SQL, Identifier, Literal

    opening = SQL(
        "begin {}; set local statement_timeout = {}; set local idle_in_transaction_session_timeout = {}; set local tcp_user_timeout = {}"
    ).format(
        SQL("read only" if parameters.read_only else ""),  # not "read write": that would write where the server was set to take no writes
        *(Literal(max(1, int(seconds * 1000))) for seconds in (limits.statement_seconds, limits.frozen_seconds, limits.frozen_seconds)),
    )
    return opening if parameters.role is None else opening + SQL("; set local role {}").format(Identifier(parameters.role))


async def _run(connection: "Connection", statement: Statement, values: dict[str, Any], _: SqlQueryParameters) -> tuple[list[dict[str, Any]], int]:
    """Runs a statement without rows. In a pipeline the driver uses the extended protocol, in which the server takes only one statement."""
    async with connection.pipeline():
        cursor = await connection.execute(statement.text.encode(), values)
    return [], max(0, cursor.rowcount)


async def _read_rows(
    connection: "Connection", statement: Statement, values: dict[str, Any], parameters: SqlQueryParameters
) -> tuple[list[dict[str, Any]], int]:
    """Reads row by row, so that a result beyond the limits is never in memory."""
    import psycopg

    rows: list[dict[str, Any]] = []
    size = 0
    async with connection.cursor() as cursor, aclosing(_stream(cursor, statement, values)) as stream:
        try:
            async for row in stream:
                _check_columns(cursor, row)
                rows.append(_storable(row))
                size += len(write_json(rows[-1]))
                _check_size(len(rows), size, parameters)
        except psycopg.ProgrammingError:
            if connection.info.transaction_status is not psycopg.pq.TransactionStatus.INTRANS:
                raise
            return [], 0  # it succeeded and has no rows, as a procedure without results does
    return rows, len(rows)


def _check_columns(cursor: "psycopg.AsyncCursor[dict[str, Any]]", row: Mapping[str, Any]) -> None:
    if cursor.description is not None and len(row) < len(cursor.description):
        raise FinalError("column_doubled", "two columns of the result have the same name", hint="give one of them another name with `as`")


def _check_size(count: int, size: int, parameters: SqlQueryParameters) -> None:
    if count > parameters.max_rows:
        raise FinalError("too_many_rows", f"the result has more than {parameters.max_rows} rows", hint="add a limit to the query, or raise max_rows")
    if size > parameters.max_result_bytes:
        raise FinalError(
            "result_too_large",
            f"the result has more than {parameters.max_result_bytes} bytes",
            hint="select less, or raise max_result_bytes",
        )


def _stream(cursor: "psycopg.AsyncCursor[dict[str, Any]]", statement: Statement, values: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
    return cast("AsyncGenerator[dict[str, Any], None]", cursor.stream(statement.text.encode(), values))


def _storable(row: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a row as JSON. A value whose type has no form in JSON becomes the text that PostgreSQL writes."""
    return {name: _storable_value(value) for name, value in row.items()}


def _storable_value(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(Decimal(value))  # as PostgreSQL writes them: NaN, Infinity
    if isinstance(value, list):
        return [_storable_value(item) for item in value]
    try:
        return to_json(value)
    except UnreadableValue:
        return str(value)


async def _commit(connection: "Connection", parameters: SqlQueryParameters) -> None:
    import psycopg

    try:
        await connection.execute("commit")
    except psycopg.OperationalError as error:
        if error.sqlstate is None or error.sqlstate.startswith(("08", "57P")):
            message = f"the connection to {parameters.connection_name!r} was lost during the commit: the statement may have taken effect"
            raise RetryableError("outcome_unknown", message, hint="make the statement safe to repeat, with :idempotency_key") from None
        raise


def _timeout(parameters: SqlQueryParameters) -> RetryableError:
    seconds = parameters.statement_timeout_seconds
    return RetryableError("sql_timeout", f"the statement did not end within {seconds:g} s", details={"statement_timeout_seconds": seconds})


def _classify(error: "psycopg.Error", context: NodeExecutionContext[SqlQueryParameters]) -> NodeError:
    """Returns the error with the message of the server, but without its DETAIL, which quotes rows."""
    import psycopg

    state, parameters = error.sqlstate, context.parameters
    if state == _TIMEOUT_STATE:
        return _timeout(parameters)
    if state is None:
        if isinstance(error, psycopg.OperationalError):
            return RetryableError("database_unavailable", f"the connection to {parameters.connection_name!r} was lost")
        return FinalError("sql_failed", context.credentials.cut(str(error).split("\n", 1)[0], 500))
    diagnosis = error.diag
    details = {"sqlstate": state, "constraint": diagnosis.constraint_name, "table": diagnosis.table_name, "column": diagnosis.column_name}
    passes = state in _RETRYABLE_STATES or (state == _READ_ONLY_STATE and not parameters.read_only)
    retryable = (state.startswith(_RETRYABLE_CLASSES) or passes) and state not in _FINAL_STATES
    kind = RetryableError if retryable else FinalError
    message = context.credentials.cut((diagnosis.message_primary or type(error).__name__).replace("\x00", "\ufffd"), 500)
    return kind("sql_failed", message, details={key: value for key, value in details.items() if value is not None})
