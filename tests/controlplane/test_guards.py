"""The schema itself refuses forbidden transitions, roles without grants, strict isolation and illegal rows."""

from collections.abc import Mapping
from itertools import product
from typing import LiteralString

import psycopg
import pytest

from tests.conftest import Connect
from tests.controlplane.plane import Plane, completed
from tests.model.graphs import flow, step


async def test_d18_terminal_is_final(plane: Plane, connection: psycopg.AsyncConnection) -> None:
    """D18: no update by hand leads out of a terminal status, under any role."""
    await plane.deploy([step("A")], ["S -> A"])
    ends = {"completed": await plane.start(), "cancelled": await plane.start(), "failed": await plane.start()}
    worker = await plane.worker()
    _, claimed = await worker.exchange(limit=10)
    by_execution = {held.execution_id: held for held in claimed}
    await worker.report(completed(by_execution[ends["completed"]]))
    await plane.control.cancel(ends["cancelled"])
    await plane.control.cancel_assignment(ends["failed"], by_execution[ends["failed"]].assignment_id)
    for status, execution in ends.items():
        assert await plane.status(execution) == status
        for target in ("running", "waiting", "pending", *(other for other in ends if other != status)):
            ended_at = "now()" if target in ends else "null"
            change = f"update interlock.executions set status = %s, ended_at = {ended_at}, error = null where id = %s".encode()
            with pytest.raises(psycopg.Error, match=f"from {status} to {target}") as refused:
                await connection.execute(change, (target, execution))
            assert refused.value.sqlstate == "IL092"
    for status, execution in (("completed", ends["completed"]), ("cancelled", ends["cancelled"])):
        with pytest.raises(psycopg.Error, match="cannot go from") as refused:
            await connection.execute(
                "update interlock.assignments set status = 'pending', ended_at = null, output = null, worker_id = null, due_at = now()"
                " where execution_id = %s and status = %s",
                (execution, status),
            )
        assert refused.value.sqlstate == "IL092"


# The other columns of a row by its status, so that only the transition can be wrong.
FITTING: Mapping[str, Mapping[str, LiteralString]] = {
    "assignments": {
        "holding": "ended_at = null, wait_for = null, output = null, worker_id = null, due_at = null",
        "pending": "ended_at = null, wait_for = null, output = null, worker_id = null, due_at = now()",
        "running": "ended_at = null, wait_for = null, output = null, worker_id = gen_random_uuid()",
        "waiting": "ended_at = null, wait_for = 'time'",
        **dict.fromkeys(("completed", "failed", "cancelled"), "ended_at = now(), wait_for = null"),
    },
    "executions": {
        **dict.fromkeys(("pending", "running", "waiting", "paused"), "ended_at = null, error = null"),
        **dict.fromkeys(("completed", "failed", "cancelled", "timed_out"), "ended_at = now(), error = null"),
    },
}


@pytest.mark.parametrize("table", FITTING)
async def test_every_change_that_is_not_a_row_is_refused(plane: Plane, connection: psycopg.AsyncConnection, table: str) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    await plane.start()
    rows = await plane.rows(
        "select * from interlock.assignment_transitions" if table == "assignments" else "select * from interlock.execution_transitions"
    )
    allowed = {(row["from_status"], row["to_status"]) for row in rows}
    assert {status for pair in allowed for status in pair} == FITTING[table].keys()
    for before, after in product(FITTING[table], FITTING[table]):
        update = f"update interlock.{table} set status = %s, {{}}"
        await connection.execute("set session_replication_role = replica")  # the starting point, by no transition
        await connection.execute(update.format(FITTING[table][before]).encode(), (before,))
        await connection.execute("reset session_replication_role")
        moved = update.format(FITTING[table][after]).encode()
        if before == after or (before, after) in allowed:
            await connection.execute(moved, (after,))
            continue
        with pytest.raises(psycopg.Error, match=f"cannot go from {before} to {after}") as refused:
            await connection.execute(moved, (after,))
        assert refused.value.sqlstate == "IL092"
    assert not [pair for pair in allowed if pair[0] in ("completed", "failed", "cancelled", "timed_out")]


async def test_statuses_that_the_guard_cannot_tell_apart_are_refused(connection: psycopg.AsyncConnection) -> None:
    await connection.execute("insert into interlock.assignment_transitions values ('running', 'rumbling', 'a test')")
    with pytest.raises(psycopg.Error, match="begin with the same two letters"):
        await connection.execute("select interlock.guard_transitions()")


async def test_the_triggers_are_made_from_the_rows(plane: Plane, connection: psycopg.AsyncConnection) -> None:
    await plane.deploy([flow("E", "END")], ["S -> E"])
    execution = await plane.start()
    await connection.execute("insert into interlock.execution_transitions values ('completed', 'failed', 'a test')")
    await connection.execute("select interlock.guard_transitions()")
    await connection.execute("update interlock.executions set status = 'failed' where id = %s", (execution,))
    assert await plane.status(execution) == "failed"


CALLS: tuple[LiteralString, ...] = (
    "select interlock.exchange(gen_random_uuid(), 1, '[]', '{}', '{}')",
    "select interlock.start_executions('flow', '[{}]')",
    "select interlock.tick()",
    "select interlock.cancel(gen_random_uuid())",
    "select interlock.suspend(gen_random_uuid())",
    "select interlock.continue(gen_random_uuid())",
    "select interlock.retry(gen_random_uuid())",
    "select interlock.cancel_assignment(gen_random_uuid(), gen_random_uuid())",
    "select interlock.save_workflow('w', '{}', '{}', 'x')",
    "select interlock.register_worker(gen_random_uuid(), 'w', '{}', 10)",
    "select interlock.stop_worker(gen_random_uuid())",
    "select interlock.heartbeat(gen_random_uuid())",
    "select interlock.acquire_workflow_lock('k', 'me')",
    "select interlock.release_workflow_lock('k', 'me')",
    "select interlock.workflow_start()",
    "select interlock.workflow_route()",
    "select interlock.workflow_consensus()",
    "select interlock.workflow_consensus_holding()",
)


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
async def test_stricter_isolation_is_refused(connection: psycopg.AsyncConnection, level: str) -> None:
    for call in CALLS:
        await connection.execute(f"begin isolation level {level}".encode())
        with pytest.raises(psycopg.Error, match=f"not {level}") as refused:
            await connection.execute(call)
        assert refused.value.sqlstate == "IL091", call
        await connection.execute("rollback")


@pytest.fixture
async def stranger(connect: Connect) -> psycopg.AsyncConnection:
    """A connection as a role without any grant."""
    connection = await connect()
    await connection.execute("do $$ begin create role interlock_stranger; exception when duplicate_object then null; end $$")
    await connection.execute("set role interlock_stranger")
    return connection


async def test_a_role_without_grants_can_do_nothing(plane: Plane, stranger: psycopg.AsyncConnection) -> None:
    functions = await plane.rows(
        "select p.oid::regprocedure::text as name, p.oid from pg_proc p where pronamespace = 'interlock'::regnamespace order by 1"
    )
    allowed = [
        row["name"] for row in functions if await plane.value("select has_function_privilege('interlock_stranger', %s::oid, 'execute')", row["oid"])
    ]
    assert allowed == []
    relations = await plane.rows(
        "select c.relname, c.oid, c.relkind from pg_class c where relnamespace = 'interlock'::regnamespace and relkind in ('r', 'v', 'S')"
    )
    assert len(relations) > 25
    for row in relations:
        kind: LiteralString = (
            "select has_sequence_privilege('interlock_stranger', %s::oid, 'usage, select, update')"
            if row["relkind"] == b"S" or row["relkind"] == "S"
            else "select has_table_privilege('interlock_stranger', %s::oid, 'select, insert, update, delete, truncate')"
        )
        assert not await plane.value(kind, row["oid"]), row["relname"]
    for statement in ("select interlock.tick()", "select * from interlock.executions", "create table interlock.mine (x int)"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await stranger.execute(statement)


async def test_a_role_that_may_only_work_cannot_move_the_clock(
    plane: Plane, connection: psycopg.AsyncConnection, stranger: psycopg.AsyncConnection
) -> None:
    await connection.execute("grant usage on schema interlock to interlock_stranger")
    await connection.execute("grant execute on all functions in schema interlock to interlock_stranger")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await stranger.execute("insert into interlock.test_clock (shift) values ('1 day')")


async def test_nothing_is_left_on_the_search_path(plane: Plane) -> None:
    """Every PL/pgSQL function has its own search path, so that it never uses a table of another schema."""
    loose = await plane.rows(
        """select p.proname from pg_proc p join pg_language l on l.oid = p.prolang
           where p.pronamespace = 'interlock'::regnamespace and l.lanname = 'plpgsql'
               and not coalesce(p.proconfig @> array['search_path=""'], false)"""
    )
    assert loose == []


async def test_it_works_with_a_hostile_search_path(plane: Plane, connect: Connect) -> None:
    await plane.deploy([flow("I", "IF", {"condition": "x == 1"}), step("A")], ["S -> I", "I.true -> A"])
    connection = await connect()
    await connection.execute("create schema hostile")
    await connection.execute("create function hostile.jsonb_typeof(jsonb) returns text language sql as $$ select 'stolen' $$")
    await connection.execute("create function hostile.coalesce_all() returns int language sql as $$ select 1 $$")
    await connection.execute("set search_path = hostile, public")
    row = await (await connection.execute("select interlock.start_executions('flow', '[{\"input\": {\"x\": 1}}]')")).fetchone()
    assert row
    assert row[0][0]["created"]


ILLEGAL: Mapping[str, tuple[str, LiteralString]] = {
    "the status is known": ("assignment_status_fits_the_row", "update interlock.assignments set status = 'resting' where status = 'pending'"),
    "the status is a whole word": ("assignment_status_fits_the_row", "update interlock.assignments set status = 'pend' where status = 'pending'"),
    "an output only when ended or waiting": (
        "assignment_status_fits_the_row",
        "update interlock.assignments set output = '{}' where status = 'pending'",
    ),
    "ended has a time": ("assignment_status_fits_the_row", "update interlock.assignments set status = 'completed' where status = 'pending'"),
    "only ended has a time": ("assignment_status_fits_the_row", "update interlock.assignments set ended_at = now() where status = 'pending'"),
    "ended waits for nothing": ("assignment_status_fits_the_row", "update interlock.assignments set wait_for = 'time' where status = 'completed'"),
    "running has a worker": ("assignment_status_fits_the_row", "update interlock.assignments set status = 'running' where status = 'pending'"),
    "only running has a worker": (
        "assignment_status_fits_the_row",
        "update interlock.assignments set worker_id = gen_random_uuid() where status = 'pending'",
    ),
    "waiting says for what": ("assignment_status_fits_the_row", "update interlock.assignments set status = 'waiting' where status = 'pending'"),
    "only waiting says for what": ("assignment_status_fits_the_row", "update interlock.assignments set wait_for = 'time' where status = 'pending'"),
    "pending is due some time": ("assignment_status_fits_the_row", "update interlock.assignments set due_at = null where status = 'pending'"),
    "the status of an execution is known": ("execution_status_fits_the_row", "update interlock.executions set status = 'resting'"),
    "an ended execution has a time": ("execution_status_fits_the_row", "update interlock.executions set status = 'completed'"),
    "only an ended execution has a time": ("execution_status_fits_the_row", "update interlock.executions set ended_at = now()"),
    "only an unhappy end has an error": ("execution_status_fits_the_row", "update interlock.executions set error = '{}'"),
    "a completed execution has no error": (
        "execution_status_fits_the_row",
        "update interlock.executions set status = 'completed', ended_at = now(), error = '{}'",
    ),
    "a workflow has a name": ("workflow_name_is_sensible", "update interlock.workflows set name = ''"),
    "a lease has a length": ("lease_is_sensible", "update interlock.workers set lease_seconds = 0"),
    "a lock has a key": ("lock_key_is_sensible", "insert into interlock.locks (lock_key) values ('')"),
}


@pytest.mark.parametrize("rule", ILLEGAL)
async def test_illegal_rows_are_impossible(plane: Plane, connection: psycopg.AsyncConnection, rule: str) -> None:
    constraint, statement = ILLEGAL[rule]
    await plane.deploy([step("A")], ["S -> A"])
    await plane.start()
    await plane.worker()
    with pytest.raises(psycopg.errors.CheckViolation) as refused:
        await connection.execute(statement)
    assert refused.value.diag.constraint_name == constraint
