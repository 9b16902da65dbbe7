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
from interlock.insight.reading import Scope, read_rows
from interlock.worker.answers import Failure, classify_failure

Pool = AsyncConnectionPool[Any]
SOURCES = Path(interlock.__file__).parent
STATEMENTS: dict[str, type[InterlockError]] = {
    "select interlock.raise_error('IL001', 'There is none.', 'here', 'Look there.')": ExecutionNotFound,
    "select interlock.no_such_function()": SchemaOutdated,
    "select * from interlock.no_such_table": SchemaOutdated,
    "select no_such_column from interlock.workflows": SchemaOutdated,
    "select array_in('{1}', 4294967295, -1)": DatabaseUnavailable,  # what a statement sees whose function or type a migration has just replaced
    "select 'x'::text::integer": BadRequest,
    "select pg_terminate_backend(pg_backend_pid())": DatabaseUnavailable,
}


async def _by_call(pool: Pool, statement: Any) -> object:
    return await call(pool, statement)


async def _by_reading(pool: Pool, statement: Any) -> object:
    return await read_rows(Scope(pool), statement)


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


async def test_no_message_quotes_our_sql(database_url: str) -> None:
    """The server adds to its sentence which statement it was in, and in which line."""
    options = {"autocommit": True, "options": "-c statement_timeout=200 -c lock_timeout=100"}
    statements = [
        "do $$ begin perform pg_sleep(5); end $$",
        "do $$ begin lock table interlock.workflows in access exclusive mode; end $$",
        "select interlock.begin_sign_in(1, 'a', 2)",
        "select * from interlock.no_such_table where secret = 1",
        "do $$ begin perform 'x'::text::integer; end $$",
    ]
    async with (
        AsyncConnectionPool(database_url, min_size=1, max_size=2, open=False, kwargs=options) as pool,
        pool.connection() as holder,
        holder.transaction(),
    ):
        await holder.execute("lock table interlock.workflows in access share mode")
        for statement in statements:
            with pytest.raises(InterlockError) as raised:
                await call(pool, statement)
            told = f"{raised.value.message} {raised.value.details} {raised.value.hint}"
            assert "\n" not in told
            for quoted in ("LINE 1", "PL/pgSQL", "SQL statement", "perform", "select", "(integer", "secret"):
                assert quoted not in told, told


FAMILIES = ("08", "40", "53", "55P03", "57", "58", "25006", "25P03", "25P04")
"""The beginnings of the SQLSTATEs that tell of a server that is away, stops, starts, was replaced, or lacks something for a while."""
ALL_STATES = {
    kind.sqlstate: kind for kind in vars(psycopg.errors).values() if isinstance(kind, type) and issubclass(kind, psycopg.Error) and kind.sqlstate
}


@pytest.mark.parametrize("state", sorted(state for state in ALL_STATES if state.startswith(FAMILIES)))
def test_each_sqlstate_of_a_bad_day_is_unavailable(state: str) -> None:
    error = interlock_error(ALL_STATES[state]("the server says so"))
    assert type(error) is DatabaseUnavailable
    assert error.hint
    assert classify_failure(ALL_STATES[state]("the server says so")) is (Failure.TOO_SLOW if state == "57014" else Failure.AWAY)


@pytest.mark.parametrize("state", sorted(state for state in ALL_STATES if state.startswith("54")))
def test_what_exceeds_a_limit_of_the_server_is_refused_and_not_repeated(state: str) -> None:
    assert type(interlock_error(ALL_STATES[state]("too long"))) is BadRequest
    assert classify_failure(ALL_STATES[state]("too long")) is Failure.REFUSED


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("connection failed: FATAL:  sorry, too many clients already", "every connection of the database is in use"),
        ("connection failed: FATAL:  remaining connection slots are reserved for roles", "every connection of the database is in use"),
        ("connection failed: FATAL:  the database system is starting up", "the database is starting or stopping"),
        ("connection failed: session is read-only", "the database takes no writes now: it is a standby, or it was set to read only"),
        ("could not fork new process for connection: Cannot allocate memory", "the database is short of memory"),
    ],
)
def test_a_refused_connection_has_no_sqlstate_and_is_told_by_its_words(text: str, message: str) -> None:
    error = interlock_error(psycopg.OperationalError(text))
    assert isinstance(error, DatabaseUnavailable)
    assert error.message == message


def test_a_defect_does_not_become_an_error_of_the_product() -> None:
    assert interlock_error(psycopg.errors.SyntaxError("select")) is None
    assert interlock_error(ValueError("no")) is None
    assert classify_failure(psycopg.errors.SyntaxError("select")) is Failure.REFUSED


CATCHERS = {
    "controlplane/connecting.py": "an address that cannot be read",
    "controlplane/database_errors.py": "the mapping",
    "controlplane/database_watch.py": "is the database there?",
    "controlplane/one_server.py": "a connection that was closed at this moment; why the last attempt to connect failed",
    "controlplane/pool.py": "says why there is no connection",
    "controlplane/listener.py": "tries again, whatever it is",
    "controlplane/prepared_statements.py": "the session is another one: asks again without a prepared statement",
    "controlplane/migrating.py": "a first connection, whose address may be wrong; a lock that is not got",
    "insight/diagnosis/diagnose.py": "a check that the role may not make is a note",
    "worker/exchange_connection.py": "passes what libpq raises in a callback to the request that waits",
    "worker/heartbeat.py": "tries again, whatever it is",
    "worker/worker.py": "says goodbye, or not",
    "api/shared_pool.py": "passes it on, and lets one call at a time try again",
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
