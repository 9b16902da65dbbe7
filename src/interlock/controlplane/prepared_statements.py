"""Runs statements over libpq, prepared by name. psycopg takes twice as long for a short one, and the server parses it anew each time."""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import generators, pq
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result

from interlock.controlplane.connecting import BoundedConnection
from interlock.json_text import read_stored_json

_PLAIN: Final = frozenset({str, int, bool, UUID, type(None)})
_JSON_TYPES: Final = frozenset({114, 3802})
_NOT_PREPARED: Final = frozenset({"26000", "42P05", "0A000", "42883"})
"""The session is another one: the statement is not prepared there, or somebody else prepared it. Or its function returns another type now, or takes
others than those that were chosen when the statement was prepared. It had no effect."""


async def run_prepared(connection: BoundedConnection, statement: str, parameters: Sequence[Any]) -> Any:
    """Returns the one value of a statement with the placeholders `%s`. The connection is in autocommit, and nobody else uses it.

    Raises:
        psycopg.Error: as psycopg raises it.
    """
    name, text = _named(statement)
    values = _as_text(connection, parameters)
    try:
        if connection.prepared is not None and name not in connection.prepared:
            connection.pgconn.send_prepare(name, text)
            await _result(connection)
            connection.prepared.add(name)
        connection.pgconn.send_query_prepared(name, values)
        result = await _result(connection)
    except psycopg.Error as error:
        if error.sqlstate not in _NOT_PREPARED:
            raise
        connection.prepared = None
        connection.pgconn.send_query_params(text, values)
        result = await _result(connection)
    data = result.get_value(0, 0)
    if data is None:
        return None
    if result.ftype(0) in _JSON_TYPES:
        return read_stored_json(data)
    return Transformer.from_context(connection).get_loader(result.ftype(0), pq.Format.TEXT).load(data)


async def _result(connection: BoundedConnection) -> pq.abc.PGresult:
    """Returns the result of what was sent. If the caller is cancelled, the statement is cancelled too."""
    result: pq.abc.PGresult = (await connection.wait(generators.execute(connection.pgconn)))[-1]
    if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
        raise error_from_result(result)
    return result


@lru_cache(maxsize=1000)
def _named(statement: str) -> tuple[bytes, bytes]:
    """Returns the statement with the placeholders `$1`, `$2` …, and a name for it, which is the same in every process."""
    first, *rest = statement.split("%s")
    text = (first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))).encode()
    return b"interlock_" + blake2b(text, digest_size=8).hexdigest().encode(), text


def _as_text(connection: BoundedConnection, parameters: Sequence[Any]) -> Sequence[Any]:
    """Returns parameters in PostgreSQL's text format.

    Raises:
        psycopg.DataError: a text has a NUL character, at which libpq would end it.
    """
    if not all(type(parameter) in _PLAIN for parameter in parameters):
        return Transformer.from_context(connection).dump_sequence(parameters, [PyFormat.TEXT] * len(parameters))
    texts = [None if parameter is None else str(parameter) for parameter in parameters]
    if any(text is not None and "\0" in text for text in texts):
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return [None if text is None else text.encode() for text in texts]
