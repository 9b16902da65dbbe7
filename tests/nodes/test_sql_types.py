"""Every row of every table of docs/reference/sql-types.md, on a real PostgreSQL."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from interlock.json_text import read_json, write_json
from interlock.nodes import FinalError
from interlock.nodes.action_node.sql_query.connections import SqlConnections
from interlock.nodes.action_node.sql_query.executor import SqlQuery
from tests.nodes.contexts import context_for

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "sql-types.md"
USER = "interlock_test_sql_types"


def rows_under(heading: str) -> list[list[str]]:
    """The rows of the table whose head begins with these words, as texts without their backticks."""
    lines = PAGE.read_text().splitlines()
    start = lines.index(heading) + 2
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        rows.append([cell[1:-1] if re.fullmatch(r"`[^`]*`", cell) else cell for cell in cells])
    assert rows, heading
    return rows


@pytest.fixture
def url(empty_database_url: str) -> Iterator[str]:
    """A database with an enumeration, a domain and a type of rows, and the URL of a user whose settings are all unusual."""
    with psycopg.connect(empty_database_url, autocommit=True) as admin:
        admin.execute(f"drop role if exists {USER}")
        admin.execute(f"create role {USER} login password 'pa55word'")
        for setting in ("timezone = 'Asia/Tokyo'", "datestyle = 'German, DMY'", "intervalstyle = 'sql_standard'", "extra_float_digits = -5"):
            admin.execute(f"alter role {USER} set {setting}")
        admin.execute(f"alter role {USER} set bytea_output = 'escape'")
        admin.execute("create type mood as enum ('sad', 'glad')")
        admin.execute("create domain small_number as int check (value < 100)")
        admin.execute("create type pair as (a int, b text)")
        yield make_conninfo(empty_database_url, user=USER, password="pa55word")
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", [USER])
        admin.execute(f"drop role {USER}")


@pytest.fixture
async def executor(url: str) -> AsyncIterator[SqlQuery]:
    made = SqlQuery(connections=SqlConnections(environment={"INTERLOCK_SQL_SHOP_URL": url}))
    yield made
    await made.close()


async def select(executor: SqlQuery, expression: str, **parameters: Any) -> Any:
    context = context_for(executor, {"database": "shop", "query": f"select {expression} as v", "parameters": parameters})
    [row] = (await executor.execute(context)).output["rows"]
    return row["v"]


def same(given: Any, documented: str) -> bool:
    """Whether both are the same JSON, a whole number and a float being different."""
    return write_json(given) == write_json(read_json(documented))


async def test_each_type_is_returned_and_bound_back_as_the_table_says(executor: SqlQuery) -> None:
    for kind, selected, documented, back in rows_under("| type | selected | in JSON | bound back |"):
        value = await select(executor, selected)
        assert same(value, documented), (kind, value)
        is_same = f"({back})::text is not distinct from ({selected})::text" if "json" in kind else f"({back}) is not distinct from ({selected})"
        if kind.startswith("`money`"):
            is_same = f"({back}) ~= ({selected})"
        assert await select(executor, is_same, v=value) is True, kind


async def test_what_json_cannot_hold_is_an_error_that_names_the_column_and_what_to_select(executor: SqlQuery) -> None:
    for kind, selected, instead, documented in rows_under("| type | selected | in its place | in JSON |"):
        with pytest.raises(FinalError) as raised:
            await select(executor, selected)
        error = raised.value
        assert (error.code, error.details["column"], error.details["row"]) == ("column_unreadable", "v", 1), kind
        assert "'v'" in error.message
        assert error.hint is not None
        assert error.details["type"] in error.message
        assert same(await select(executor, instead), documented), kind


@pytest.mark.parametrize("number", [1, 2])
async def test_each_value_is_bound_as_the_table_says(executor: SqlQuery, number: int) -> None:
    heading = "| value of `v` | in the statement | gives |"
    lines = PAGE.read_text().splitlines()
    assert lines.count(heading) == 2
    tables = [rows_under(heading)]
    second = lines.index(heading, lines.index(heading) + 1)
    tables.append(
        [
            [cell.strip()[1:-1].replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            for line in lines[second + 2 : lines.index("", second)]
        ]
    )
    for value, expression, documented in tables[number - 1]:
        result = await select(executor, expression, v=json.loads(value))
        assert same(result, documented), (value, expression, result)


async def test_a_list_of_which_nobody_says_the_type_is_refused_with_the_casts_that_help(executor: SqlQuery) -> None:
    for value, expression, instead in rows_under("| value of `v` | in the statement | write |"):
        with pytest.raises(FinalError) as raised:
            await select(executor, expression, v=json.loads(value))
        assert (raised.value.code, raised.value.details["parameter"]) == ("parameter_refused", "v"), expression
        assert raised.value.hint
        if "::" in instead:
            assert "::jsonb" in raised.value.hint
            await select(executor, instead, v=json.loads(value))
