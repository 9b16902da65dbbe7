"""The migrations and the tree give the same schema, and its tables name the right functions and codes."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from interlock.controlplane import migrate, pending_migrations
from interlock.controlplane.migrating import migrations
from interlock.controlplane.reference import codes_in_sql, states_page
from interlock.controlplane.schema import schema_folders, schema_sql
from interlock.errors import LIST_OF_CODES, SchemaOutdated
from tests.controlplane.plane import Plane
from tests.servers import TestServer

FROZEN = {
    "0001_initial.sql": "a2d5307f4a0f8e7da23cbefee2debf5c2d3686d394af23305d034f12b7b57809",
    "0002_speed.sql": "fdfea01df32aded4829ae764e7137afd6c495000ec3848eabdb6ead506443658",
    "0003_trust.sql": "1e36f5a01bf67cbfd9d1d8aa3d87381d7d57647d99fcc997f457fb3e4da7fc63",
    "0004_workspaces.sql": "c224b7c4fd8eda105903afd1a4519d834b8a4797cb20c5eb93fcaa516ea206b4",
    "0005_building.sql": "e920c43f5614741e64643fc530ad238b5cac6ae2caf9abd6f2f0461d966b1a22",
}
DOCS = Path(__file__).parents[2] / "docs"
CATALOG: Mapping[str, LiteralString] = {
    "tables": """select c.relname, c.relkind, c.reloptions, c.relacl::text from pg_class c
                 where c.relnamespace = 'interlock'::regnamespace and c.relkind in ('r', 'v', 'S', 'c')""",
    "columns": """select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
                         row_number() over (partition by a.attrelid order by a.attnum),
                         pg_get_expr(d.adbin, d.adrelid)
                  from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
                  where c.relnamespace = 'interlock'::regnamespace and a.attnum > 0 and not a.attisdropped""",
    "constraints": """select c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid) from pg_constraint c
                      where c.connamespace = 'interlock'::regnamespace""",
    "indexes": "select indexname, indexdef from pg_indexes where schemaname = 'interlock'",
    "functions": """select p.oid::regprocedure::text, pg_get_functiondef(p.oid), p.proacl::text from pg_proc p
                    where p.pronamespace = 'interlock'::regnamespace""",
    "triggers": """select t.tgrelid::regclass::text, t.tgname, pg_get_triggerdef(t.oid) from pg_trigger t
                   join pg_class c on c.oid = t.tgrelid where c.relnamespace = 'interlock'::regnamespace and not t.tgisinternal""",
    "views": "select viewname, definition from pg_views where schemaname = 'interlock'",
    "schema": "select nspname, nspacl::text from pg_namespace where nspname = 'interlock'",
    "execution transitions": "select from_status, to_status, done_by from interlock.execution_transitions",
    "assignment transitions": "select from_status, to_status, done_by from interlock.assignment_transitions",
    "users": "select id::text, name, is_system from interlock.users",
}


async def catalog(url: str) -> dict[str, set[tuple[object, ...]]]:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        return {
            name: {tuple(str(value) for value in row) for row in await (await connection.execute(query)).fetchall()}
            for name, query in CATALOG.items()
        }


async def test_the_migrations_give_the_same_database_as_the_tree(server: TestServer, database_url: str, empty_database_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(empty_database_url, autocommit=True) as connection:
        await connection.execute(schema_sql().encode())
    tree, migrated = await catalog(empty_database_url), await catalog(database_url)
    for name in CATALOG:
        assert tree[name] == migrated[name], name
        assert tree[name], f"nothing was compared: {name}"


def test_a_migration_that_databases_have_never_changes() -> None:
    """A change of the schema is a new file, and a new line here."""
    assert {step.name: step.checksum for step in migrations()} == FROZEN


async def test_a_database_from_before_the_schema_was_fixed_is_refused_with_the_reason_and_the_way_out(database_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        await connection.execute("update interlock.migrations set checksum = 'another' where name = '0001_initial.sql'")
    with pytest.raises(SchemaOutdated, match="before the schema was fixed made it") as refused:
        await migrate(database_url)
    assert "name another folder with --data or another database" in refused.value.hint
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        cursor = await connection.execute("select count(*) from interlock.users")
        assert await cursor.fetchone() == (3,), "nothing in it was touched"


async def test_migrating_twice_changes_nothing(empty_database_url: str) -> None:
    assert len(await pending_migrations(empty_database_url)) == len(await migrate(empty_database_url)) > 0
    before = await catalog(empty_database_url)
    assert await migrate(empty_database_url) == []
    assert await catalog(empty_database_url) == before


async def test_every_function_has_a_file_of_its_name(plane: Plane) -> None:
    there = {row["proname"] for row in await plane.rows("select proname from pg_proc where pronamespace = 'interlock'::regnamespace")}
    files = {
        file.name.removesuffix(".sql")
        for folder in schema_folders()
        for file in folder.iterdir()
        if re.search("^create (or replace )?function|create function", file.read_text(), re.MULTILINE)
    }
    assert there == files | {"resolve_inline"}  # make_resolver writes it, from the rows of node_kinds


async def test_every_function_that_the_transition_tables_name_exists(plane: Plane) -> None:
    named = await plane.rows(
        """select distinct trim(f.name) as name from (
               select unnest(string_to_array(done_by, ',')) from interlock.execution_transitions
               union all select unnest(string_to_array(done_by, ',')) from interlock.assignment_transitions) f (name)"""
    )
    there = {row["proname"] for row in await plane.rows("select proname from pg_proc where pronamespace = 'interlock'::regnamespace")}
    assert {row["name"] for row in named} - there == set()


async def test_every_named_function_writes_a_status_itself(plane: Plane) -> None:
    writers = await plane.rows(
        """select proname from pg_proc
           where pronamespace = 'interlock'::regnamespace and prosrc ~ 'update interlock\\.(assignments|executions)[^;]*set status'"""
    )
    named = await plane.rows(
        """select distinct trim(f.name) as name from (
               select unnest(string_to_array(done_by, ',')) from interlock.execution_transitions
               union all select unnest(string_to_array(done_by, ',')) from interlock.assignment_transitions) f (name)"""
    )
    assert {row["name"] for row in named} == {row["proname"] for row in writers}


async def test_statuses_are_the_same_in_transitions_and_constraints(plane: Plane) -> None:
    for table in ("execution", "assignment"):
        definition = await plane.value("select pg_get_constraintdef(oid) from pg_constraint where conname = %s", f"{table}_status_fits_the_row")
        allowed = {status for statuses in re.findall(r"'\{([\w,]+)\}'", definition) for status in statuses.split(",")}
        query: dict[str, LiteralString] = {
            "execution": "select from_status as s from interlock.execution_transitions union select to_status from interlock.execution_transitions",
            "assignment": "select from_status as s from interlock.assignment_transitions union select to_status from interlock.assignment_transitions",  # noqa: E501
        }
        assert {row["s"] for row in await plane.rows(query[table])} == allowed


async def test_the_page_of_states_is_printed_from_the_transition_tables(plane: Plane) -> None:
    """docs/states.md is generated from the files; the rows of a database are the same."""
    page = (DOCS / "states.md").read_text()
    assert page == states_page(), "run: python -m interlock.controlplane.reference docs"
    for table in (
        await plane.rows("select * from interlock.execution_transitions"),
        await plane.rows("select * from interlock.assignment_transitions"),
    ):
        for row in table:
            by = ", ".join(f"`{name}`" for name in row["done_by"].split(", "))
            assert f"| `{row['from_status']}` | `{row['to_status']}` | {by} |" in page


def test_codes_are_the_same_in_sql_python_and_docs() -> None:
    in_docs = set(re.findall(r"^### (IL\d{3})", (DOCS / "errors.md").read_text(), re.MULTILINE))
    assert set(LIST_OF_CODES) == in_docs
    assert codes_in_sql() <= in_docs


async def test_the_statuses_of_python_are_those_of_the_tables(plane: Plane) -> None:
    from interlock.insight.records.executions import ALL_STATUSES

    found = await plane.rows(
        "select from_status as s from interlock.execution_transitions union select to_status from interlock.execution_transitions"
    )
    assert {row["s"] for row in found} == set(ALL_STATUSES)
