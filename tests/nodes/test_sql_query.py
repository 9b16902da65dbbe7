"""SQL_QUERY on a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from interlock.definition import check_definition
from interlock.nodes import FinalError, NodeError, NodeExecutorFactory, RetryableError
from interlock.nodes.action_node.sql_query.connections import SqlConnections
from interlock.nodes.action_node.sql_query.executor import SqlQuery
from tests.nodes.contexts import context_for

USER, READER = "interlock_test_sql_user", "interlock_test_sql_reader"


@pytest.fixture
def database(empty_database_url: str) -> Iterator[str]:
    """A database with a control plane's schema, and a user that does not own it; the URL is the user's."""
    with psycopg.connect(empty_database_url, autocommit=True) as admin:
        for role in (USER, READER):
            admin.execute(f"drop role if exists {role}")
            admin.execute(f"create role {role} login password 'pa55word'")
        admin.execute(f"grant {READER} to {USER}")
        admin.execute("create schema interlock")
        admin.execute(f"create schema shop authorization {USER}")
        admin.execute("create table shop.items (id int primary key, name text not null, price numeric, unique (name))")
        admin.execute(f"alter table shop.items owner to {USER}")
        admin.execute(f"grant usage on schema shop to {READER}; grant select on shop.items to {READER}")
        yield make_conninfo(empty_database_url, user=USER, password="pa55word", options="-c search_path=shop")
        admin.execute("drop schema shop cascade")
        admin.execute(f"drop owned by {USER}, {READER}")
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = any (%s)", [[USER, READER]])
        admin.execute(f"drop role {USER}, {READER}")


@pytest.fixture
async def executor(database: str) -> AsyncIterator[SqlQuery]:
    made = SqlQuery(connections=SqlConnections(environment={"INTERLOCK_SQL_SHOP_URL": database}, limit=2))
    yield made
    await made.close()


async def run(executor: SqlQuery, query: str, parameters: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    context = context_for(executor, {"database": "shop", "query": query, "parameters": parameters or {}, **more}, idempotency_key="visit-7")
    return dict((await executor.execute(context)).output)


async def rows(executor: SqlQuery, query: str, parameters: dict[str, Any] | None = None, **more: Any) -> Any:
    return (await run(executor, query, parameters, **more))["rows"]


async def failure(executor: SqlQuery, query: str, parameters: dict[str, Any] | None = None, **more: Any) -> NodeError:
    with pytest.raises(NodeError) as raised:
        await run(executor, query, parameters, **more)
    return raised.value


async def test_rows_are_returned_as_objects_and_changes_as_a_count(executor: SqlQuery) -> None:
    insert = "insert into items select i, 'item ' || i, i + 0.5 from generate_series(1, 3) i"
    assert await run(executor, insert) == {"rows": [], "row_count": 3}
    assert await run(executor, "select id, name, price from items where id > :least order by id", {"least": 1}) == {
        "rows": [{"id": 2, "name": "item 2", "price": 2.5}, {"id": 3, "name": "item 3", "price": 3.5}],
        "row_count": 2,
    }
    assert await rows(executor, "update items set price = 0 where id = 1 returning id, price") == [{"id": 1, "price": 0}]
    assert await run(executor, "delete from items") == {"rows": [], "row_count": 3}
    assert await run(executor, "create table more (a int)") == {"rows": [], "row_count": 0}


async def test_parameters_are_bound_and_never_part_of_the_text(executor: SqlQuery) -> None:
    nasty = "'); drop table items; -- %s %(a)s :b"
    await run(executor, "insert into items values (1, :name, null)", {"name": nasty})
    assert await rows(executor, "select name from items") == [{"name": nasty}]


async def test_json_values_are_bound_as_what_they_are(executor: SqlQuery) -> None:
    values = {"t": "x", "i": 7, "f": 1.5, "b": True, "n": None, "o": {"a": [1]}, "l": [1, 2], "m": [{"a": 1}], "e": []}
    query = """select :t || '' as t, :i + 1 as i, :f::float8 as f, :b and true as b, :n::int as n, :o::jsonb -> 'a' as o, 2 = any (:l) as l,
        :m::jsonb -> 0 as m, cardinality(:e::int[]) as e"""
    assert await rows(executor, query, values) == [{"t": "x", "i": 8, "f": 1.5, "b": True, "n": None, "o": [1], "l": True, "m": {"a": 1}, "e": 0}]


async def test_a_parameter_that_is_not_json_is_a_final_error(executor: SqlQuery) -> None:
    error = await failure(executor, "select :o::jsonb as o", {"o": {"a": [float("nan")]}})
    assert (error.code, error.retryable, error.details["place"], error.details["parameter"]) == ("parameter_refused", False, "/a/0", "o")


async def test_the_idempotency_key_is_always_bound(executor: SqlQuery) -> None:
    assert await rows(executor, "select :idempotency_key as key") == [{"key": "visit-7"}]


async def test_a_failure_undoes_the_whole_statement(executor: SqlQuery) -> None:
    await run(executor, "insert into items values (1, 'a', 1)")
    error = await failure(executor, "insert into items values (2, 'b', 2), (1, 'c', 3)")
    assert (error.code, error.retryable) == ("sql_failed", False)
    assert error.details == {"sqlstate": "23505", "constraint": "items_pkey", "table": "items"}
    assert "(1)" not in error.message
    assert await rows(executor, "select count(*) from items") == [{"count": 1}]


@pytest.mark.parametrize("limits", [{"max_rows": 10}, {"max_result_bytes": 100}])
async def test_a_result_beyond_the_limits_is_an_error_and_undoes_the_statement(executor: SqlQuery, limits: dict[str, int]) -> None:
    query = "insert into items select i, 'item ' || i, i from generate_series(1, :count) i returning id, name"
    assert not (await failure(executor, query, {"count": 20_000 if "max_rows" in limits else 50}, **limits)).retryable
    assert await rows(executor, "select count(*) from items") == [{"count": 0}]
    assert len(await rows(executor, "select i from generate_series(1, 10) i", max_rows=10)) == 10


async def test_a_huge_result_is_not_read(executor: SqlQuery) -> None:
    error = await asyncio.wait_for(failure(executor, "select generate_series(1, 100000000), repeat('x', 1000)"), 20)
    assert error.code == "too_many_rows"
    assert await rows(executor, "select 1 as one") == [{"one": 1}]


async def test_a_statement_that_takes_too_long_is_ended_by_the_server(executor: SqlQuery) -> None:
    error = await failure(executor, "select pg_sleep(30)", statement_timeout_seconds=0.2)
    assert (error.code, error.retryable) == ("sql_timeout", True)
    assert await rows(executor, "select 1 as one") == [{"one": 1}]


async def test_read_only_is_read_only(executor: SqlQuery) -> None:
    error = await failure(executor, "insert into items values (1, 'a', 1)", read_only=True)
    assert (error.details["sqlstate"], error.retryable) == ("25006", False)
    assert await rows(executor, "select count(*) from items", read_only=True) == [{"count": 0}]


async def test_a_role_is_set_for_one_statement_only(executor: SqlQuery) -> None:
    assert await rows(executor, "select current_user::text as me", role=READER) == [{"me": READER}]
    assert (await failure(executor, "delete from items", role=READER)).details["sqlstate"] == "42501"
    assert await rows(executor, "select current_user::text as me") == [{"me": USER}]
    assert (await failure(executor, "select 1", role='no"body; --')).details["sqlstate"] == "22023"


async def test_a_statement_leaves_no_session_state_for_the_next_one(executor: SqlQuery) -> None:
    await run(executor, "select set_config('interlock.test', 'left', false), pg_advisory_lock(7)")
    await run(executor, "create temp table scratch (a int)")
    left = "select nullif(current_setting('interlock.test', true), '') as setting, to_regclass('scratch')::text as scratch"
    assert await rows(executor, left) == [{"setting": None, "scratch": None}]
    assert await rows(executor, "select count(*) from pg_locks where locktype = 'advisory' and objid = 7") == [{"count": 0}]


@pytest.mark.parametrize(("query", "state"), [("selec 1", "42601"), ("select * from nothing", "42P01"), ("select 1 / 0", "22012")])
async def test_a_statement_that_cannot_work_is_a_final_error(executor: SqlQuery, query: str, state: str) -> None:
    error = await failure(executor, query)
    assert (type(error), error.details["sqlstate"]) == (FinalError, state)


async def test_a_serialization_failure_and_a_deadlock_are_retryable(executor: SqlQuery) -> None:
    for state in ("40001", "40P01", "55P03", "57P01"):
        error = await failure(executor, f"do $$ begin raise exception 'no' using errcode = '{state}'; end $$")
        assert isinstance(error, RetryableError), state


async def test_a_connection_that_is_killed_is_retryable_and_replaced(executor: SqlQuery) -> None:
    assert isinstance(await failure(executor, "select pg_terminate_backend(pg_backend_pid())"), RetryableError)
    assert await rows(executor, "select 1 as one") == [{"one": 1}]


async def test_an_idle_connection_that_was_killed_is_replaced(executor: SqlQuery, empty_database_url: str) -> None:
    await run(executor, "select 1")
    async with await psycopg.AsyncConnection.connect(empty_database_url, autocommit=True) as admin:
        await admin.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = %s", [USER])
    assert await rows(executor, "select 1 as one") == [{"one": 1}]


async def test_a_worker_keeps_few_connections(executor: SqlQuery) -> None:
    most = await asyncio.gather(
        *(rows(executor, "select pg_sleep(0.05)::text, count(*) from pg_stat_activity where usename = current_user") for _ in range(8))
    )
    assert max(result[0]["count"] for result in most) <= 2


async def test_cancelling_ends_the_statement_at_the_server(executor: SqlQuery, empty_database_url: str) -> None:
    running = "select count(*) from pg_stat_activity where usename = %s and state = 'active' and query like '%%pg_sleep(60)%%'"
    async with await psycopg.AsyncConnection.connect(empty_database_url, autocommit=True) as admin:

        async def until(count: int) -> None:
            async with asyncio.timeout(60):
                while await (await admin.execute(running, [USER])).fetchone() != (count,):  # noqa: ASYNC110  the server does not tell
                    await asyncio.sleep(0.01)

        task = asyncio.create_task(run(executor, "select pg_sleep(60)"))
        await until(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(0)
    assert await rows(executor, "select 1 as one") == [{"one": 1}]


async def test_two_columns_with_the_same_name_are_an_error(executor: SqlQuery) -> None:
    error = await failure(executor, "select 1 as a, 2 as a")
    assert (error.code, error.details) == ("column_doubled", {"column": "a"})


async def test_an_error_of_a_value_names_the_column_and_the_row(executor: SqlQuery) -> None:
    error = await failure(executor, "select i, (case i when 3 then 'NaN' else i::text end)::float8 as \"The share\" from generate_series(1, 5) i")
    assert (error.code, error.details) == ("column_unreadable", {"column": "The share", "type": "double precision", "row": 3})
    assert "'The share'" in error.message
    assert error.hint is not None
    assert '"The share"::text' in error.hint
    missing = await failure(executor, "insert into items values (1, null, 1)")
    assert missing.details["column"] == "name"


async def test_a_value_that_cannot_be_read_undoes_the_statement(executor: SqlQuery) -> None:
    assert (await failure(executor, "insert into items values (1, 'a', 'NaN') returning price")).code == "column_unreadable"
    assert await rows(executor, "select count(*) from items") == [{"count": 0}]


async def test_a_float_keeps_every_digit_in_a_column_of_numbers(executor: SqlQuery) -> None:
    await run(executor, "insert into items values (1, 'a', :price)", {"price": 0.12345678901234566})
    assert await rows(executor, "select price from items") == [{"price": 0.12345678901234566}]


async def test_an_empty_list_is_an_empty_list_in_columns_of_any_kind(executor: SqlQuery) -> None:
    await run(executor, "create table lists (tags text[], data jsonb)")
    await run(executor, "insert into lists values (:tags, :data)", {"tags": [], "data": []})
    await run(executor, "insert into lists values (:tags, :data)", {"tags": ["a", "b"], "data": [1, "a", None]})
    assert await rows(executor, "select * from lists order by cardinality(tags)") == [
        {"tags": [], "data": []},
        {"tags": ["a", "b"], "data": [1, "a", None]},
    ]


async def test_a_procedure_without_rows_completes(executor: SqlQuery) -> None:
    await run(executor, "create procedure add_item() language sql as $$ insert into shop.items values (1, 'a', 1) $$")
    assert await run(executor, "call add_item()") == {"rows": [], "row_count": 0}
    assert await rows(executor, "select count(*) from items") == [{"count": 1}]


async def test_an_unknown_database_names_the_setting(executor: SqlQuery) -> None:
    error = await failure(executor, "select 1", database="Other_2")
    assert (error.code, error.retryable) == ("database_unknown", False)
    assert error.hint is not None
    assert "INTERLOCK_SQL_OTHER_2_URL" in error.hint


async def test_the_control_planes_own_user_is_refused(empty_database_url: str, database: str) -> None:
    del database  # makes the schema
    executor = SqlQuery(connections=SqlConnections(environment={"INTERLOCK_SQL_SHOP_URL": empty_database_url}))
    error = await failure(executor, "select 1")
    assert (error.code, error.retryable) == ("database_refused", False)
    await executor.close()


@pytest.mark.parametrize(
    ("url", "code", "retryable"),
    [
        ("postgresql://u:s3cret@127.0.0.1:1/x", "database_unavailable", True),
        ("postgresql://u:s3cret@nowhere.invalid/x", "database_unavailable", True),
        ("postgresql://u:s3cret@[/x", "database_unusable", False),
        ("s3cret", "database_unusable", False),
        ("host=127.0.0.1 colour=s3cret", "database_unusable", False),
    ],
)
async def test_a_url_that_does_not_work_is_not_shown(url: str, code: str, retryable: bool) -> None:
    executor = SqlQuery(connections=SqlConnections(environment={"INTERLOCK_SQL_SHOP_URL": url}))
    error = await failure(executor, "select 1")
    assert (error.code, error.retryable) == (code, retryable)
    assert "s3cret" not in str(error.to_json()) + repr(error)


async def test_a_wrong_password_is_final_and_not_shown(database: str) -> None:
    executor = SqlQuery(connections=SqlConnections(environment={"INTERLOCK_SQL_SHOP_URL": make_conninfo(database, password="wr0ng")}))
    error = await failure(executor, "select 1")
    assert (error.code, error.retryable) == ("database_login", False)
    assert "wr0ng" not in str(error.to_json())


@pytest.mark.parametrize(
    "parameters",
    [
        {"query": "select :missing"},
        {"query": "select 1; select 2"},
        {"query": "commit"},
        {"query": "select 1", "database": "a b"},
        {"query": "select 1", "url": "postgresql://"},
        {"query": "select 1", "max_rows": -1},
    ],
)
def test_errors_of_the_statement_are_found_when_it_is_saved(parameters: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        SqlQuery.parameters.model_validate({"database": "shop", **parameters})


def test_a_parameter_that_the_query_does_not_use_is_a_warning() -> None:
    node_types = NodeExecutorFactory.from_entry_points()

    def warnings(**parameters: Any) -> list[tuple[str, str, str | None]]:
        query = {"id": "query", "type": "ACTION_NODE", "subtype": "SQL_QUERY", "parameters": {"database": "shop", **parameters}}
        start = {"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL"}
        checked = check_definition({"name": "w", "nodes": [start, query], "connections": [{"from": "start", "to": "query"}]}, node_types)
        assert checked.sound is not None, checked.report
        return [(warning.code, warning.place, warning.node) for warning in checked.sound.warnings]

    unused = [("unused_parameter", "/nodes/1/parameters/parameters/b", "query"), ("unused_parameter", "/nodes/1/parameters/parameters/c", "query")]
    assert warnings(query="select :a, ':b' -- :c", parameters={"a": 1, "b": "{{ input.b }}", "c": None}) == unused
    assert warnings(query="select :a::int, :idempotency_key", parameters={"a": 1}) == []
