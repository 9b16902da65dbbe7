"""One module turns every exception of psycopg into one error of the product."""

import ast
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool, PoolTimeout

import interlock
from interlock.controlplane.calling import call
from interlock.controlplane.database_errors import interlock_error
from interlock.errors import BadRequest, DatabaseUnavailable, DatabaseUnsuitable, ExecutionNotFound, InterlockError, SchemaOutdated
from interlock.insight.reading import read_rows
from interlock.worker.answers import Failure, classify_failure

Pool = AsyncConnectionPool[Any]
SOURCES = Path(interlock.__file__).parent
STATEMENTS: dict[str, type[InterlockError]] = {
    "select interlock.raise_error('IL001', 'There is none.', 'here', 'Look there.')": ExecutionNotFound,
    "select interlock.no_such_function()": SchemaOutdated,
    "select * from interlock.no_such_table": SchemaOutdated,
    "select 'x'::text::integer": BadRequest,
    "select pg_terminate_backend(pg_backend_pid())": DatabaseUnavailable,
}


async def _by_call(pool: Pool, statement: Any) -> object:
    return await call(pool, statement)


async def _by_reading(pool: Pool, statement: Any) -> object:
    return await read_rows(pool, statement)


@pytest.mark.parametrize("ask", [_by_call, _by_reading])
@pytest.mark.parametrize(("statement", "kind"), STATEMENTS.items())
async def test_calling_and_reading_raise_the_same(
    database_url: str, ask: Callable[[Pool, str], Awaitable[object]], statement: str, kind: type[InterlockError]
) -> None:
    async with AsyncConnectionPool(database_url, min_size=1, max_size=1, open=False, kwargs={"autocommit": True}) as pool:
        with pytest.raises(InterlockError) as raised:
            await ask(pool, statement)
    assert type(raised.value) is kind
    assert raised.value.message
    assert raised.value.hint


@pytest.mark.parametrize("ask", [_by_call, _by_reading])
async def test_the_error_for_a_user_without_rights_says_so(database_url: str, ask: Callable[[Pool, str], Awaitable[object]]) -> None:
    options = {"autocommit": True, "options": "-c role=pg_monitor"}
    async with AsyncConnectionPool(database_url, min_size=1, max_size=1, open=False, kwargs=options) as pool:
        with pytest.raises(DatabaseUnsuitable, match="permission denied for schema interlock"):
            await ask(pool, "select interlock.now()")


async def test_an_error_of_sql_keeps_its_details_and_its_hint(pool: Pool) -> None:
    with pytest.raises(ExecutionNotFound) as raised:
        await call(pool, "select interlock.raise_error('IL001', 'There is none.', 'here', 'Look there.')")
    assert (raised.value.message, raised.value.details, raised.value.hint) == ("There is none.", "here", "Look there.")


@pytest.mark.parametrize("error", [PoolTimeout("none"), psycopg.InterfaceError("closed"), psycopg.errors.ReadOnlySqlTransaction("standby")])
def test_a_database_that_may_answer_later_is_unavailable(error: Exception) -> None:
    assert isinstance(interlock_error(error), DatabaseUnavailable)
    assert classify_failure(error) is Failure.AWAY


def test_a_defect_does_not_become_an_error_of_the_product() -> None:
    assert interlock_error(psycopg.errors.SyntaxError("select")) is None
    assert interlock_error(ValueError("no")) is None
    assert classify_failure(psycopg.errors.SyntaxError("select")) is Failure.REFUSED


CATCHERS = {
    "controlplane/connecting.py": "an address that cannot be read",
    "controlplane/database_errors.py": "the mapping",
    "controlplane/listener.py": "tries again, whatever it is",
    "controlplane/prepared_statements.py": "the session is another one: asks again without a prepared statement",
    "controlplane/migrating.py": "a first connection, whose address may be wrong; a lock that is not got",
    "insight/diagnosis/diagnose.py": "a check that the role may not make is a note",
    "worker/exchange_connection.py": "passes what libpq raises in a callback to the request that waits",
    "worker/heartbeat.py": "tries again, whatever it is",
    "worker/worker.py": "says goodbye, or not",
    "api/grpc/health.py": "is the database there?",
    "cli/api.py": "waits for the database",
    "cli/connection.py": "waits for the database",
    "cli/installation.py": "asks again at the next start",
}


def test_no_other_module_interprets_the_errors_of_psycopg() -> None:
    """Nodes and embedded servers use databases of their own; every other module that catches an error of psycopg has a reason above."""
    found = set()
    for file in SOURCES.rglob("*.py"):
        place = file.relative_to(SOURCES).as_posix()
        if place.startswith(("nodes/", "embedded/", "credentials/rules")):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.ExceptHandler)
                and node.type is not None
                and any(word in ast.unparse(node.type) for word in ("psycopg", "errors."))
            ):
                found.add(place)
    assert found <= CATCHERS.keys()
