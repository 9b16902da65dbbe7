"""`ACTION_NODE/SQL_QUERY`."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interlock.definition.node_types import ParameterWarning
from interlock.json_text import write_json
from interlock.nodes.action_node.sql_query.binding import Bound, bind, bind_as, check_value
from interlock.nodes.action_node.sql_query.connections import Address, SqlConnections
from interlock.nodes.action_node.sql_query.errors import ERRORS
from interlock.nodes.action_node.sql_query.parameters import SqlQueryParameters
from interlock.nodes.action_node.sql_query.reading import TYPES_OF, Column, RowReader, SqlType, check_names, unknown_types
from interlock.nodes.action_node.sql_query.statement import Statement, read_statement
from interlock.nodes.contract import NodeExecutionContext, NodeExecutor
from interlock.nodes.errors import FinalError, NodeError, RetryableError
from interlock.nodes.results import Completed

if TYPE_CHECKING:
    import psycopg

    from interlock.nodes.action_node.sql_query.connections import Connection

# Serialization failures and deadlocks, lost connections, lack of resources, a server that stops or starts, a lock that was not free in time,
# a worker that was silent for too long in a transaction, a server that takes no writes any more because another one has taken its place.
_RETRYABLE_CLASSES = ("08", "40", "53", "57")
_RETRYABLE_STATES = frozenset({"55P03", "55006", "25P03"})
_READ_ONLY_STATE = "25006"  # passes, unless the node itself wants to change nothing
_FINAL_STATES = frozenset({"57P04"})  # the database is gone
_TIMEOUT_STATE = "57014"
_GRACE_SECONDS = 5.0
_RAW_FACTOR = 4
"""A result whose columns have this many times more bytes than allowed is not read to its end to see how long it is as JSON."""
# Texts mean the same in every database: dates are read year first, times and intervals are written in ISO 8601, floats with all digits.
_SESSION = """; set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'iso_8601'
; set local extra_float_digits = 1; set local bytea_output = 'hex'"""


@dataclass(frozen=True, slots=True)
class _Limits:
    """How long the server lets the statement run, and how long it waits for a worker that is silent in the middle of a transaction."""

    statement_seconds: float
    frozen_seconds: float


class SqlQuery(NodeExecutor[SqlQueryParameters]):
    """Runs one SQL statement in a transaction of its own. Its output is `{"rows", "row_count"}`.

    `database` names a connection that the operator of the worker has set up; or `credential` names a credential of the kind `postgres`, which leads
    only to addresses that HTTP_REQUEST may reach. Users are refused who are superusers, who reach files or programs of the server (members of
    `pg_execute_server_program`, `pg_read_server_files` or `pg_write_server_files`), or who own the tables of Interlock.

    [One table](sql-types.md) says how each type is bound and returned. What JSON cannot hold is the error `column_unreadable`, never another form.
    The statement runs in the time zone UTC and reads dates year first.

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
        for name in sorted(statement.names):
            check_value(name, given[name])
        values = [given[placeholder.name] for placeholder in statement.placeholders]
        bound = [bind(placeholder, value) for placeholder, value in zip(statement.placeholders, values, strict=True)]
        try:
            async with (
                asyncio.timeout(seconds + _GRACE_SECONDS),
                self._connections.connection(self._address(context)) as connection,
            ):
                rows, row_count = await _transaction(connection, _Prepared(statement, values, bound), parameters, limits)
        except TimeoutError:
            raise _timeout(parameters) from None
        except psycopg.Error as error:
            raise _classify(error, context) from None
        return Completed(output={"rows": rows, "row_count": row_count})

    @classmethod
    def warnings_of(cls, parameters: Any) -> Iterable[ParameterWarning]:
        used = read_statement(parameters.query).names
        for name in parameters.parameters:
            if name not in used:
                yield ParameterWarning(
                    code="unused_parameter",
                    place=("parameters", name),
                    message=f"The query does not use :{name:.100}.",
                    hint=f"Write :{name:.100} in the query, or remove the parameter.",
                )

    def _address(self, context: NodeExecutionContext[SqlQueryParameters]) -> Address:
        if context.parameters.database is not None:
            return self._connections.address_of(context.parameters.database)
        credential = context.credentials["credential"]
        return Address(
            name=credential.name,
            url=credential.field("dsn"),
            hint="save its dsn again",
            asks_for_private=context.parameters.allow_private_addresses,
        )

    async def close(self) -> None:
        await self._connections.close()


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A statement and its values, one for each placeholder; `bound` is None for a list about whose type the server is asked."""

    statement: Statement
    values: list[Any]
    bound: list[Bound | None]

    @property
    def asks(self) -> bool:
        return None in self.bound


async def _transaction(
    connection: "Connection", prepared: _Prepared, parameters: SqlQueryParameters, limits: _Limits
) -> tuple[list[dict[str, Any]], int]:
    await connection.execute(_opening(parameters, limits, connection).encode())
    bound = await _types_of_lists(connection, prepared) if prepared.asks else [each for each in prepared.bound if each is not None]
    if prepared.statement.gives_rows:
        rows = await _read_rows(connection, prepared.statement, bound, parameters)
        row_count = len(rows)
    else:
        rows, row_count = [], await _run(connection, prepared.statement, bound)
    await _commit(connection, parameters)
    return rows, row_count


def _opening(parameters: SqlQueryParameters, limits: "_Limits", connection: "Connection") -> str:
    """Begins the transaction. The last two timeouts are for a worker that is frozen in the middle of it: the server ends it, with its locks.

    It is not begun `read write`: that would write where the server was set to take no writes.
    """
    from psycopg.sql import Identifier

    statement, frozen = (max(1, int(seconds * 1000)) for seconds in (limits.statement_seconds, limits.frozen_seconds))
    opening = (
        f"begin {'read only' if parameters.read_only else ''}; set local statement_timeout = {statement}"
        f"; set local idle_in_transaction_session_timeout = {frozen}; set local tcp_user_timeout = {frozen}{_SESSION}"
    )
    return opening if parameters.role is None else f"{opening}; set local role {Identifier(parameters.role).as_string(connection)}"


async def _types_of_lists(connection: "Connection", prepared: _Prepared) -> list[Bound]:
    """Binds lists without a cast as what the server expects at their places, or by their elements where it cannot say."""
    import psycopg

    types = ", ".join("unknown" if bound is None else bound.type_name for bound in prepared.bound)
    expected: list[str | None]
    await connection.execute(b"savepoint interlock_types")
    try:
        async with connection.pipeline():  # with the extended protocol: the server takes only one statement
            await connection.execute(f"prepare interlock_types ({types}) as {prepared.statement.text}".encode())
        asked = b"select unnest(parameter_types)::text from pg_catalog.pg_prepared_statements where name = 'interlock_types'"
        expected = [row[0].decode() for row in await (await connection.execute(asked)).fetchall()]
    except psycopg.ProgrammingError:
        await connection.execute(b"rollback to savepoint interlock_types")
        expected = [None] * len(prepared.bound)
    return [
        bind_as(placeholder.name, value, kind) if bound is None else bound
        for placeholder, value, bound, kind in zip(prepared.statement.placeholders, prepared.values, prepared.bound, expected, strict=True)
    ]


async def _run(connection: "Connection", statement: Statement, bound: list[Bound]) -> int:
    """Runs a statement without rows. In a pipeline the driver uses the extended protocol, in which the server takes only one statement."""
    async with connection.pipeline():
        cursor = await connection.execute(statement.text.encode(), bound)
    return max(0, cursor.rowcount)


async def _read_rows(connection: "Connection", statement: Statement, bound: list[Bound], parameters: SqlQueryParameters) -> list[dict[str, Any]]:
    """Reads row by row, so that a result beyond the limits is never in memory."""
    import psycopg

    raw: list[tuple[bytes | None, ...]] = []
    size = 0
    columns: list[Column] = []
    async with connection.cursor() as cursor, aclosing(_stream(cursor, statement, bound)) as stream:
        try:
            async for row in stream:
                if not raw:
                    columns = [Column(each.name, each.type_code) for each in cursor.description or ()]
                    check_names(columns)
                raw.append(row)
                size += sum(len(value) for value in row if value is not None)
                _check_size(len(raw), size // _RAW_FACTOR, parameters)
        except psycopg.ProgrammingError:
            if connection.info.transaction_status is not psycopg.pq.TransactionStatus.INTRANS:
                raise
            return []  # it succeeded and has no rows, as a procedure without results does
    reader = RowReader(columns, await _types_of(connection, unknown_types(columns)))
    rows: list[dict[str, Any]] = []
    size = 0
    for number, row in enumerate(raw, start=1):
        rows.append(reader.read(row, number))
        size += len(write_json(rows[-1]))
        _check_size(len(rows), size, parameters)
    return rows


async def _types_of(connection: "Connection", oids: list[int]) -> Mapping[int, SqlType]:
    if not oids:
        return {}
    cursor = await connection.execute(TYPES_OF, [Bound("{" + ",".join(map(str, oids)) + "}")])
    return dict(map(SqlType.of_row, await cursor.fetchall()))


def _check_size(count: int, size: int, parameters: SqlQueryParameters) -> None:
    if count > parameters.max_rows:
        raise FinalError("too_many_rows", f"the result has more than {parameters.max_rows} rows", hint="add a limit to the query, or raise max_rows")
    if size > parameters.max_result_bytes:
        raise FinalError(
            "result_too_large",
            f"the result has more than {parameters.max_result_bytes} bytes",
            hint="select less, or raise max_result_bytes",
        )


async def _stream(
    cursor: "psycopg.AsyncCursor[tuple[Any, ...]]", statement: Statement, bound: list[Bound]
) -> AsyncGenerator[tuple[bytes | None, ...], None]:
    async for row in cursor.stream(statement.text.encode(), bound):
        yield row


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
