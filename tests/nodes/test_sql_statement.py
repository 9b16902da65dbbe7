"""How a statement is read before it is sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.nodes.action_node.sql_query.statement import StatementRefused, read_statement


@pytest.mark.parametrize(
    ("query", "text", "names"),
    [
        ("select :a", "select %(a)s", {"a"}),
        ("select :a, :b_2 + :a", "select %(a)s, %(b_2)s + %(a)s", {"a", "b_2"}),
        ("select '2020-01-01'::date, :a::int", "select '2020-01-01'::date, %(a)s::int", {"a"}),
        ("select ':a', \":b\", ':a''::c'", "select ':a', \":b\", ':a''::c'", set()),
        ("select E'it\\'s :a', e':b'", "select E'it\\'s :a', e':b'", set()),
        ("select $$ :a ; $$, $x$ :b $$ ; $x$", "select $$ :a ; $$, $x$ :b $$ ; $x$", set()),
        ("select 1 -- :a ; x\n, :b", "select 1  \n, %(b)s", {"b"}),
        ("select /* :a ; /* nested */ ' */ :b", "select   %(b)s", {"b"}),
        ("select 'a' like '%' and 7 % 2 = 1", "select 'a' like '%%' and 7 %% 2 = 1", set()),
        ("select (array[1, 2, 3])[1:2], f(x := 3)", "select (array[1, 2, 3])[1:2], f(x := 3)", set()),
        ("select a$b, '{}'::jsonb ? :k", "select a$b, '{}'::jsonb ? %(k)s", {"k"}),
        ("select 1;  -- done\n /* yes */ ", "select 1", set()),
        ("select 'ä:x', ä from ö", "select 'ä:x', ä from ö", set()),
    ],
)
def test_names_are_bound_where_they_are_not_part_of_something_else(query: str, text: str, names: set[str]) -> None:
    statement = read_statement(query)
    assert (statement.text, set(statement.names)) == (text, names)


@pytest.mark.parametrize(
    "query",
    [
        "", "  ", ";", "-- nothing", "/* nothing */", "select 1; select 2", "select 1;;select 2", "select 1; -- x\n drop table t",
        "select 'a", 'select "a', "select $$ a", "select $x$ a $$", "select /* a", "select /* /* a */", "begin", "COMMIT", "rollback",
        "Start transaction", "savepoint a", "end", "prepare transaction 'x'", "copy t from stdin", "copy t to program 'x'", "/* x */ commit",
        "discard all",
    ],
)  # fmt: skip
def test_a_text_that_is_not_one_statement_is_refused(query: str) -> None:
    with pytest.raises(StatementRefused):
        read_statement(query)


@pytest.mark.parametrize(
    ("query", "gives_rows"),
    [
        ("select 1", True),
        ("values (1)", True),
        ("table t", True),
        ("show all", True),
        ("insert into t values (1)", False),
        ("insert into t values (1) returning id", True),
        ("insert into t select 'returning'", False),
        ("with a as (select 1) select * from a", True),
        ("with a as (delete from t returning *) insert into u select * from a", False),
        ("with a as (delete from t returning *) insert into u select * from a returning 1", True),
        ("create table t (a int)", False),
        ("do $$ begin end $$", False),
    ],
)
def test_a_statement_says_whether_it_returns_rows(query: str, gives_rows: bool) -> None:
    assert read_statement(query).gives_rows is gives_rows


@given(st.text(alphabet="ab:$'\"/*-;E\\ \n%()e1", max_size=40))
def test_any_text_is_either_read_or_refused(query: str) -> None:
    try:
        statement = read_statement(query)
    except StatementRefused:
        return
    assert statement.text
