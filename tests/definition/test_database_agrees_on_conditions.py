"""Wherever a real PostgreSQL answers a condition, the evaluator in Python gives the same answer."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, assume, given, settings

from interlock.definition import ExpressionError, Scope, parse_expression
from interlock.definition.expressions.conditions import JsonPathCondition, compile_condition
from tests.definition.conditions import conditions, objects, values
from tests.servers import TestServer

ASK = """
    select (select d from data), (select c from data), (select s from data),
           case when %(known)s::text is null then true else jsonb_path_match(d, %(known)s::jsonpath, v, true) end,
           jsonb_path_match(d, %(path)s::jsonpath, v, true)
    from (select d, jsonb_build_object('context', c, 'subject', s, 'execution', c) v from data) asked
"""


@pytest.fixture(scope="module")
def database(server: TestServer) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        yield connection


def ask(database: psycopg.Connection, condition: JsonPathCondition, data: str, context: str = "{}", subject: str = "null") -> tuple[Any, ...]:
    query = "with data as (select %(data)s::jsonb d, %(context)s::jsonb c, %(subject)s::jsonb s) " + ASK
    row = database.execute(query, {"data": data, "context": context, "subject": subject, "known": condition.known, "path": condition.path}).fetchone()
    assert row is not None
    return row


def evaluated(source: str, scope: Scope) -> bool | str:
    try:
        return parse_expression(source).is_true(scope)
    except ExpressionError as error:
        return error.code


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(source=conditions, data=objects, context=objects, subject=values)
def test_the_database_answers_as_python_does(database: psycopg.Connection, source: str, data: str, context: str, subject: str) -> None:
    condition = compile_condition(parse_expression(source).tree)
    assume(condition is not None)
    assert condition is not None
    read, read_context, read_subject, known, answer = ask(database, condition, data, context, subject)
    if known is True:
        assert evaluated(source, Scope(input=read, context=read_context, execution=read_context, subject=read_subject)) is answer


@pytest.mark.parametrize(
    ("source", "data", "expected"),
    [
        ('amount > 10000 and region == "EU"', {"amount": 20000, "region": "EU"}, True),
        ('amount > 10000 and region == "EU"', {"amount": 20000, "region": None}, False),
        ('amount > 10000 and region == "EU"', {"amount": 2, "region": 5}, False),
        ('amount > 10000 and region == "EU"', {"amount": 2}, False),
        ('amount > 10000 or region == "EU"', {"amount": 20000}, True),
        ("{{amount}} > 10000", {"amount": 20000.5}, True),
        ("flag == 1", {"flag": True}, True),
        ("flag == true", {"flag": 1}, True),
        ("flag is true", {"flag": 1}, False),
        ("value == 5", {"value": "5"}, False),
        ("value == null", {"value": {}}, False),
        ("value is None", {"value": None}, True),
        ("not value", {"value": []}, True),
        ("value", {"value": "x"}, True),
        ('region in ["EU", "US"]', {"region": "US"}, True),
        ('region not in ("EU", "US")', {"region": 3}, True),
        ("items[-1].price >= 5", {"items": [{"price": 1}, {"price": 5}]}, True),
        ("0 < amount <= 10", {"amount": 10.0}, True),
        ("input[\"it's\"] == 'a\"b'", {"it's": 'a"b'}, True),
        ('name > "é"', {"name": "z"}, False),
        ('name > "z"', {"name": "é"}, True),
        ("false or true", {}, True),
    ],
)
def test_plain_conditions_are_known(database: psycopg.Connection, source: str, data: dict[str, Any], expected: bool) -> None:
    condition = compile_condition(parse_expression(source).tree)
    assert condition is not None
    _, _, _, known, answer = ask(database, condition, json.dumps(data))
    assert (known, answer, evaluated(source, Scope(input=data))) == (True, expected, expected)


@pytest.mark.parametrize(
    ("source", "data"),
    [
        ("amount > 10", "{}"),
        ("amount > 10", '{"amount": null}'),
        ("amount > 10", '{"amount": "20"}'),
        ("amount > 10", '{"amount": true}'),
        ("amount > 10", '{"amount": [20]}'),
        ("amount.net > 10", '{"amount": 20}'),
        ("items[2] == 1", '{"items": [1]}'),
        ("items[0] == 1", '{"items": "1"}'),
        ('name == "x" and missing', '{"name": "x"}'),
        ("value >= 1", '{"value": 0.99999999999999999999}'),
        ("value == 0.1", '{"value": 0.1000000000000000055}'),
        ("value", '{"value": {}}'),
        ("value == 1e23", '{"value": 100000000000000000000000}'),
        ("value == 1e23", '{"value": 100000000000000000000000.0}'),
        ("value <= 6.022e23", '{"value": 602200000000000000000001}'),
    ],
)
def test_other_conditions_are_not_known(database: psycopg.Connection, source: str, data: str) -> None:
    condition = compile_condition(parse_expression(source).tree)
    assert condition is not None
    assert ask(database, condition, data)[3] is not True


@pytest.mark.parametrize(
    "source",
    [
        "a > b", "len(a) > 1", "a + 1 > 2", "nodes.x.output.y == 1", "item.x == 1", '"x" in a', "a == [1]", "a[b] == 1", "a == 9007199254740993",
        "a if b else c", "a.lower() == 'x'", "a[0:1] == 'x'", "a in b", "a > None", "a > true",
    ],
)  # fmt: skip
def test_richer_conditions_are_left_to_the_evaluator(source: str) -> None:
    assert compile_condition(parse_expression(source).tree) is None


def test_a_condition_that_would_be_huge_is_left_to_the_evaluator() -> None:
    assert compile_condition(parse_expression(" and ".join(f"a{number} > 1" for number in range(400))).tree) is None
