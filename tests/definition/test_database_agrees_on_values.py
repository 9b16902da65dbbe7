"""Wherever the database evaluates a value program, rendering the template gives the same value."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from interlock.controlplane.connecting import open_pool
from interlock.definition import Scope, render
from interlock.definition.expressions.program import value_program
from interlock.json_text import write_json
from interlock.nodes import NodeExecutorFactory
from interlock.worker.versions import PreparedVersion
from tests.controlplane.plane import Plane
from tests.definition.conditions import literals, objects, paths
from tests.model.graphs import step
from tests.servers import TestServer, run_apart


@dataclass(frozen=True, slots=True)
class Place:
    """A database with a running execution, and what the worker that runs it sees as `execution`."""

    connection: psycopg.Connection
    execution_id: str
    execution: Mapping[str, Any]


@pytest.fixture(scope="module")
def place(server: TestServer) -> Iterator[Place]:
    with server.fresh_database(migrated=True) as url, psycopg.connect(url, autocommit=True) as connection:
        execution = run_apart(lambda: claimed_execution(url))
        yield Place(connection, execution["id"], execution)


async def claimed_execution(url: str) -> Mapping[str, Any]:
    """Starts an execution, claims its visit, and returns `execution` as the expressions of a worker see it."""
    async with open_pool(url) as pool:
        plane = Plane(pool)
        version_id = await plane.deploy([step("A")], ["S -> A"])
        await plane.start()
        worker = await plane.worker()
        assignment = (await worker.claim())["A/1"].row
        version = PreparedVersion(await plane.control.get_version(version_id), NodeExecutorFactory([]))
        return version.node(assignment["node_no"]).scope_of(assignment).execution


pieces = st.one_of(
    paths().map(lambda path: f"{{{{ {path} }}}}"),
    st.sampled_from(["", ".id", ".workflow", ".version", ".started_at", ".trace_parent"]).map(lambda key: f"{{{{ execution{key} }}}}"),
    literals.map(lambda literal: f"{{{{ {literal} }}}}"),
    st.sampled_from(["a", " ", "é: "]),
)
templates = st.lists(pieces, min_size=1, max_size=3).map("".join)


def asked(place: Place, program: dict[str, Any], data: str, context: str, subject: str | None) -> tuple[Any, ...]:
    """Returns the input and the context as a worker reads them, whether the database has a value, and the value."""
    query = """
        select d, c, v is not null, v
        from (select %s::jsonb d, %s::jsonb c) given, lateral interlock.evaluate_program(%s, d, c, %s, %s) v
    """
    row = place.connection.execute(query, [data, context, Jsonb(program, dumps=write_json), subject, place.execution_id]).fetchone()
    assert row is not None
    return row


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(template=templates, data=objects, context=objects, subject=st.sampled_from([None, "", "s", "5", "é"]))
def test_values_are_the_same(place: Place, template: str, data: str, context: str, subject: str | None) -> None:
    program = value_program(template)
    assume(program is not None)
    assert program is not None
    read, read_context, is_known, value = asked(place, program, data, context, subject)
    if is_known:
        scope = Scope(input=read, context=read_context, execution=place.execution, subject=subject)
        assert stored(place.connection, render(template, scope)) == (isinstance(value, bool), value)


def test_the_whole_of_execution_is_the_same(place: Place) -> None:
    """Also where a template passes on all of it: the worker adds nothing, and writes the time as the database does."""
    program = value_program("{{ execution }}")
    assert program is not None
    assert asked(place, program, "{}", "{}", None)[3] == render("{{ execution }}", Scope(execution=place.execution))
    assert set(place.execution) == {"id", "workflow", "version", "started_at"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", place.execution["started_at"])


def stored(database: psycopg.Connection, value: Any) -> tuple[bool, Any]:
    """A value as it reads once a worker has reported it."""
    row = database.execute("select %s::jsonb", [write_json(value).decode()]).fetchone()
    assert row is not None
    return isinstance(row[0], bool), row[0]
