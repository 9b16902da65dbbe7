"""Reads which rows of each table belong to a workspace, so that a change of any of them is seen."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import psycopg
from psycopg import sql

from tests.api.isolation.twins import UUID_PATTERN

_OF_EXECUTION: Final = "execution_id in (select e.id from interlock.executions e where e.workspace_id = %(workspace)s)"
_OF_VERSION: Final = """version_id in (
    select v.id from interlock.workflow_versions v join interlock.workflows w on w.id = v.workflow_id where w.workspace_id = %(workspace)s)"""
_OF_WORKER: Final = "worker_id in (select w.id from interlock.workers w where %(workspace)s = any (w.workspaces))"
_DIRECTLY: Final = "workspace_id = %(workspace)s"

ROWS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "api_keys": _DIRECTLY,
        "assignment_attempts": _OF_EXECUTION,
        "assignments": _OF_EXECUTION,
        "audit_log": _DIRECTLY,
        "connections": _OF_VERSION,
        "context_changes": _OF_EXECUTION,
        "credentials": _DIRECTLY,
        "drafts": _DIRECTLY,
        "editors": _DIRECTLY,
        "exchanges": _OF_WORKER,
        "executions": _DIRECTLY,
        "joining_nodes": _OF_VERSION,
        "locks": "interlock.workspace_of(lock_key) = %(workspace)s",
        "nodes": _OF_VERSION,
        "plain_nodes": _OF_VERSION,
        "queues": _DIRECTLY,
        "reaches": _OF_VERSION,
        "revocations": _OF_WORKER,
        "sessions": _DIRECTLY,
        "tokens": _OF_EXECUTION,
        "user_executions": _OF_EXECUTION,
        # who is in another workspace too is of both, and what they do there shows in their row
        "users": """id in (select m.user_id from interlock.workspace_members m where m.workspace_id = %(workspace)s)
            and id not in (select m.user_id from interlock.workspace_members m where m.workspace_id <> %(workspace)s)""",
        "workers": "%(workspace)s = any (workspaces)",
        "workflow_versions": "workflow_id in (select w.id from interlock.workflows w where w.workspace_id = %(workspace)s)",
        "workflows": _DIRECTLY,
        "workspace_members": _DIRECTLY,
        "workspaces": "id = %(workspace)s",
    }
)
"""By table, which rows are of a workspace."""
OF_NO_WORKSPACE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "assignment_transitions": "the same everywhere",
        "execution_transitions": "the same everywhere",
        "node_kinds": "the same everywhere",
        "wait_kinds": "the same everywhere",
        "migrations": "of the installation",
        "test_clock": "of the installation",
        "listeners": "processes of the installation",
        "sweeps": "when the installation was looked at last",
        "sign_in_throttles": "counts tries to sign in to the installation, by hashes",
    }
)


async def rows_of(connection: psycopg.AsyncConnection[Any], workspace_id: int) -> dict[str, list[str]]:
    """Returns all rows of a workspace as texts, by table."""
    found = {}
    for table, condition in ROWS.items():
        statement = sql.SQL("select t::text from interlock.{} t where {} order by 1").format(sql.Identifier(table), sql.SQL(condition))
        found[table] = [row[0] for row in await (await connection.execute(statement, {"workspace": workspace_id})).fetchall()]
    return found


async def digest_of(connection: psycopg.AsyncConnection[Any], workspace_id: int) -> str:
    """Returns a text that changes with any of these rows."""
    parts = [
        sql.SQL("(select md5(coalesce(string_agg(t::text, chr(10) order by t::text), '')) from interlock.{} t where {})").format(
            sql.Identifier(table),
            sql.SQL(condition),
        )
        for table, condition in ROWS.items()
    ]
    statement = sql.SQL("select concat_ws(' ', {})").format(sql.SQL(", ").join(parts))
    row = await (await connection.execute(statement, {"workspace": workspace_id}, prepare=True)).fetchone()
    assert row is not None
    return str(row[0])


async def tables_changed(before: Mapping[str, list[str]], connection: psycopg.AsyncConnection[Any], workspace_id: int) -> dict[str, list[str]]:
    """Returns the rows that were not there before, or are no longer there."""
    after = await rows_of(connection, workspace_id)
    return {table: changed for table in ROWS if (changed := sorted(set(before[table]) ^ set(after[table])))}


async def ids_of(connection: psycopg.AsyncConnection[Any], workspace_id: int) -> frozenset[str]:
    """Returns every id in these rows that is in no row of another workspace, of the installation or of a virtual user."""
    return frozenset(each for rows in (await rows_of(connection, workspace_id)).values() for row in rows for each in UUID_PATTERN.findall(row))


async def tables(connection: psycopg.AsyncConnection[Any]) -> set[str]:
    statement = "select relname from pg_catalog.pg_class where relnamespace = 'interlock'::regnamespace and relkind in ('r', 'p')"
    return {row[0] for row in await (await connection.execute(statement)).fetchall()}
