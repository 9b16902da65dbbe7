"""Wherever the database evaluates a value program, rendering the template gives the same value."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from interlock.definition import Scope, render
from interlock.definition.expressions.program import value_program
from interlock.json_text import write_json
from tests.definition.conditions import literals, objects, paths
from tests.servers import TestServer


@pytest.fixture(scope="module")
def database(server: TestServer) -> Iterator[psycopg.Connection]:
    with server.fresh_database(migrated=True) as url, psycopg.connect(url, autocommit=True) as connection:
        yield connection


pieces = st.one_of(
    paths().map(lambda path: f"{{{{ {path} }}}}"), literals.map(lambda literal: f"{{{{ {literal} }}}}"), st.sampled_from(["a", " ", "é: "])
)
templates = st.lists(pieces, min_size=1, max_size=3).map("".join)


def asked(database: psycopg.Connection, program: dict[str, Any], data: str, context: str, subject: str | None) -> tuple[Any, ...]:
    """Returns the input and the context as a worker reads them, whether the database has a value, and the value."""
    query = """
        select d, c, v is not null, v
        from (select %s::jsonb d, %s::jsonb c) given, lateral interlock.evaluate_program(%s, d, c, %s, null) v
    """
    row = database.execute(query, [data, context, Jsonb(program, dumps=write_json), subject]).fetchone()
    assert row is not None
    return row


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(template=templates, data=objects, context=objects, subject=st.sampled_from([None, "", "s", "5", "é"]))
def test_values_are_the_same(database: psycopg.Connection, template: str, data: str, context: str, subject: str | None) -> None:
    assume("execution" not in template)
    program = value_program(template)
    assume(program is not None)
    assert program is not None
    read, read_context, is_known, value = asked(database, program, data, context, subject)
    if is_known:
        assert stored(database, render(template, Scope(input=read, context=read_context, subject=subject))) == (isinstance(value, bool), value)


def stored(database: psycopg.Connection, value: Any) -> tuple[bool, Any]:
    """A value as it reads once a worker has reported it."""
    row = database.execute("select %s::jsonb", [write_json(value).decode()]).fetchone()
    assert row is not None
    return isinstance(row[0], bool), row[0]
