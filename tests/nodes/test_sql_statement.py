"""How a statement is read before it is sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.nodes.action_node.sql_query.statement import Cast, StatementRefused, read_statement


@pytest.mark.parametrize(
    ("query", "text", "names"),
    [
        ("select :a", "select $1", {"a"}),
        ("select :a, :b_2 + :a", "select $1, $2 + $1", {"a", "b_2"}),
        ("select '2020-01-01'::date, :a::int", "select '2020-01-01'::date, $1::int", {"a"}),
        ("select ':a', \":b\", ':a''::c'", "select ':a', \":b\", ':a''::c'", set()),
        ("select E'it\\'s :a', e':b'", "select E'it\\'s :a', e':b'", set()),
        ("select $$ :a ; $$, $x$ :b $$ ; $x$", "select $$ :a ; $$, $x$ :b $$ ; $x$", set()),
        ("select 1 -- :a ; x\n, :b", "select 1  \n, $1", {"b"}),
        ("select /* :a ; /* nested */ ' */ :b", "select   $1", {"b"}),
        ("select 'a' like '%' and 7 % 2 = 1", "select 'a' like '%' and 7 % 2 = 1", set()),
        ("select (array[1, 2, 3])[1:2], f(x := 3)", "select (array[1, 2, 3])[1:2], f(x := 3)", set()),
        ("select a$b, '{}'::jsonb ? :k", "select a$b, '{}'::jsonb ? $1", {"k"}),
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
        "discard all", "select $1", "select :a + $2",
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


@pytest.mark.parametrize(
    ("query", "casts"),
    [
        ("select :a", [Cast.NONE]),
        ("select :a + 1, a[1]", [Cast.NONE]),
        ("select :a::int", [Cast.VALUE]),
        ("select :a /* so */ :: int -- and\n [ ]", [Cast.ARRAY]),
        ("select :a::int[][], :a::_int4", [Cast.ARRAY]),
        ("select :a::text[3], :b::text array", [Cast.ARRAY, Cast.ARRAY]),
        ("select :a::numeric(10, 2)[], :b::numeric(10, 2)", [Cast.ARRAY, Cast.VALUE]),
        ("select :a::timestamp(3) without time zone[], :b::double precision []", [Cast.ARRAY, Cast.ARRAY]),
        ("select :a::double precision, :b::character varying(3)", [Cast.VALUE, Cast.VALUE]),
        ("select :a::jsonb, :b::JSON, :c::pg_catalog.jsonb", [Cast.JSON, Cast.JSON, Cast.JSON]),
        ("select :a::jsonb[], :b::json array, :c::_jsonb", [Cast.JSON_ARRAY, Cast.JSON_ARRAY, Cast.JSON_ARRAY]),
        ("select cast(:a as int[]), CAST ( :b AS jsonb ), cast(:c as date)", [Cast.ARRAY, Cast.JSON, Cast.VALUE]),
        ('select :a::shop."Kind"[], :b::shop."Kind", :c::"Kind"', [Cast.ARRAY, Cast.VALUE, Cast.VALUE]),
        ("select :a::jsonb -> 'x', :a::int[] [1], :a", [Cast.JSON, Cast.ARRAY, Cast.NONE]),
        ("select f(:a as b), :b::", [Cast.NONE, Cast.VALUE]),
        ("select (:a)::int[], (cast(:b) as jsonb)", [Cast.NONE, Cast.NONE]),
    ],
)
def test_a_placeholder_says_what_it_is_cast_to(query: str, casts: list[Cast]) -> None:
    assert [placeholder.cast for placeholder in read_statement(query).placeholders] == casts


def test_a_name_with_two_casts_is_two_parameters() -> None:
    statement = read_statement("select :a::jsonb, :a::int[], :a::jsonb")
    assert (statement.text, set(statement.names)) == ("select $1::jsonb, $2::int[], $1::jsonb", {"a"})


@given(st.text(alphabet="ab:$'\"/*-;E\\ \n%()e1", max_size=40))
def test_any_text_is_either_read_or_refused(query: str) -> None:
    try:
        statement = read_statement(query)
    except StatementRefused:
        return
    assert statement.text
