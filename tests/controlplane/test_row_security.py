"""Row-level security is the second wall: the role that reads take sees the rows of one workspace, whatever a statement asks for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import migrate, open_pool
from interlock.controlplane.migrating import rights_to_ask_for
from interlock.controlplane.workspaces import Workspaces
from interlock.embedded import Server
from interlock.errors import BadRequest, DatabaseUnsuitable, ExecutionNotFound
from interlock.insight.diagnosis import diagnose, diagnose_within
from interlock.insight.execution_details import read_status
from interlock.insight.reading import Scope, read_rows
from tests.controlplane.plane import Plane
from tests.controlplane.test_other_workspaces import Owned, Side, made_by
from tests.controlplane.test_other_workspaces import everything as all_rows
from tests.worker.engine import until
from tests.worker.pgbouncer import running_pgbouncer, until_listening

OF_THE_INSTALLATION: Final = {
    "migrations": "which steps were applied",
    "test_clock": "the clock of tests",
    "node_kinds": "facts of the product",
    "wait_kinds": "facts of the product",
    "execution_transitions": "facts of the product",
    "assignment_transitions": "facts of the product",
    "sweeps": "when ticks looked for what is due; the role may not read it",
    "sign_in_throttles": "who signs in is in no workspace yet; the role may not read it",
    "user_executions": "what users of any workspace started, where that is limited; the role may not read it",
    "listeners": "processes that hear of ends; the role may not read it",
}
"""Tables without a policy, and why."""


@pytest.fixture
async def second(pool: AsyncConnectionPool[Any]) -> int:
    return (await Workspaces(pool).create_workspace("second", by="test")).id


@asynccontextmanager
async def as_reader(plane: Plane, workspace: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """A transaction of the role, which may read every table until it is rolled back."""
    async with plane.pool.connection() as connection, connection.transaction(force_rollback=True):
        await connection.execute("grant select on all tables in schema interlock to interlock_reader")
        await connection.execute("grant execute on all functions in schema interlock to interlock_reader")
        await connection.execute("select set_config('interlock.workspace', %s, true), set_config('role', 'interlock_reader', true)", [workspace])
        yield connection


async def rows_seen(plane: Plane, workspace: str) -> dict[str, set[str]]:
    """Returns the rows of each table that has policies."""
    tables = await plane.rows("select relname from pg_class where relnamespace = 'interlock'::regnamespace and relkind = 'r' and relrowsecurity")
    async with as_reader(plane, workspace) as connection:
        found = {}
        for table in tables:
            rows = await connection.execute(sql.SQL("select t::text from interlock.{} t").format(sql.Identifier(table["relname"])))
            found[table["relname"]] = {row[0] for row in await rows.fetchall()}
    return found


async def filled(plane: Plane, second: int) -> tuple[Owned, Owned]:
    """Two workspaces with something in every table."""
    both = [await made_by(Side(plane.pool, workspace), plane) for workspace in (1, second)]
    for workspace, owned in zip((1, second), both, strict=True):
        of = {"workspace": workspace, "execution": owned.execution_id, "assignment": owned.assignment_id, "version": owned.version_id}
        async with plane.pool.connection() as connection:
            for statement in FILL:
                await connection.execute(statement, of)
    return both[0], both[1]


FILL: Final = (
    """with made as (
           insert into interlock.users (id, email, name, created_at)
           values (interlock.uuidv7(), %(workspace)s || '@example.com', 'of ' || %(workspace)s, now()) returning id
       ), session as (
           insert into interlock.sessions (id, user_id, workspace_id, token_hash, proved_by, remote, created_at, expires_at)
           select id, id, %(workspace)s, sha256(id::text::bytea), 'password', '', now(), now() from made
       ), key as (
           insert into interlock.api_keys (id, user_id, workspace_id, name, prefix, key_hash, role, created_at)
           select id, id, %(workspace)s, 'k', 'p', sha256(id::text::bytea), 'admin', now() from made
       )
       insert into interlock.workspace_members (user_id, workspace_id, role, created_at) select id, %(workspace)s, 'admin', now() from made""",
    """with member as (select user_id from interlock.workspace_members where workspace_id = %(workspace)s limit 1
       ), draft as (
           insert into interlock.drafts (id, user_id, workspace_id, name, definition, created_at, updated_at)
           select user_id, user_id, %(workspace)s, '', '{}', now(), now() from member
       )
       insert into interlock.editors (workflow_id, user_id, workspace_id, since, seen_at)
       select v.workflow_id, m.user_id, %(workspace)s, now(), now() from member m, interlock.workflow_versions v where v.id = %(version)s""",
    """with made as (
           insert into interlock.workers (id, name, queues, lease_seconds, registered_at, heartbeat_at, workspaces)
           values (interlock.uuidv7(), 'w', '{q}', 30, now(), now(), array[%(workspace)s::integer]) returning id
       ), exchange as (insert into interlock.exchanges (worker_id, lane) select id, 0 from made)
       insert into interlock.revocations (worker_id, execution_id, assignment_id, attempt)
       select id, %(execution)s, %(assignment)s, 1 from made""",
    "insert into interlock.locks (lock_key) values (interlock.scoped_name(%(workspace)s, 'account'))",
    """insert into interlock.context_changes (execution_id, revision, assignment_id, patch) values (%(execution)s, 1, %(assignment)s, '{}')""",
    """insert into interlock.tokens (execution_id, join_node, visit, slot, from_assignment_id, token_number)
       values (%(execution)s, 1, 1, 0, %(assignment)s, 1)""",
    """insert into interlock.assignment_attempts (execution_id, assignment_id, attempt, loss_count, outcome, ended_at)
       values (%(execution)s, %(assignment)s, 1, 0, 'failed', now())""",
    "insert into interlock.joining_nodes (version_id, node_no, join_node, slot) values (%(version)s, 0, 1, 0)",
    "insert into interlock.reaches (version_id, join_node, from_node, to_node, from_slot, to_slot) values (%(version)s, 1, 0, 0, 0, 0)",
)


async def test_every_table_has_a_policy_or_a_reason_to_have_none(plane: Plane) -> None:
    tables = await plane.rows(
        """select c.relname as name, c.relrowsecurity as is_secured, exists (select from pg_policy p where p.polrelid = c.oid) as has_policy
           from pg_class c where c.relnamespace = 'interlock'::regnamespace and c.relkind in ('r', 'p')"""
    )
    assert {row["name"] for row in tables if not (row["is_secured"] and row["has_policy"])} == OF_THE_INSTALLATION.keys()
    owners = await plane.rows("select distinct polroles::regrole[]::text as roles, polcmd::text as command from pg_policy")
    assert owners == [{"roles": "{-}", "command": "r"}], "a policy that names a role cannot be restored without it"


async def test_the_role_sees_the_rows_of_one_workspace_and_without_one_none(plane: Plane, second: int) -> None:
    await filled(plane, second)
    nobody, of_first, of_second = [await rows_seen(plane, workspace) for workspace in ("", "1", str(second))]
    virtual = {row["text"] for row in await plane.rows("select u::text as text from interlock.users u where u.is_system")}
    of_none = {row["text"] for row in await plane.rows("select g::text as text from interlock.audit_log g where g.workspace_id is null")}
    assert of_none, "making a workspace is of the installation"
    everything = {table: set(rows) for table, rows in (await all_rows(plane)).items()}
    assert nobody == {table: virtual if table == "users" else set() for table in nobody}
    for table in nobody:
        first, other = of_first[table] - nobody[table], of_second[table] - nobody[table]
        assert first, f"nothing of {table} is seen"
        assert other, f"nothing of {table} is seen"
        assert not first & other, table
        assert first | other == everything[table] - virtual - of_none, table


async def test_views_are_read_with_the_rights_of_who_asks(plane: Plane, second: int) -> None:
    first, other = await filled(plane, second)
    views = await plane.rows("select relname, reloptions from pg_class where relnamespace = 'interlock'::regnamespace and relkind = 'v'")
    assert {row["relname"] for row in views if row["reloptions"] != ["security_invoker=true"]} == set()
    async with as_reader(plane, str(second)) as connection:
        found = await connection.execute("select id from interlock.execution_details")
        assert {row[0] for row in await found.fetchall()} == {other.execution_id, other.ended_id}
        for view in views:
            rows = await connection.execute(sql.SQL("select t::text from interlock.{} t").format(sql.Identifier(view["relname"])))
            said = " ".join(row[0] or "" for row in await rows.fetchall())
            assert not any(str(one) in said for one in (first.execution_id, first.ended_id, first.workflow_id)), view["relname"]


async def test_a_read_for_a_workspace_takes_the_role_and_leaves_nothing_behind(database_url: str) -> None:
    async with open_pool(database_url, limit=1) as pool:
        before = await read_rows(Scope(pool), "select current_user as who, current_setting('interlock.workspace', true) as workspace")
        during = await read_rows(Scope(pool, 1), "select current_user as who, current_setting('interlock.workspace', true) as workspace")
        assert during == [{"who": "interlock_reader", "workspace": "1"}]
        with pytest.raises(BadRequest, match="division by zero"):
            await read_rows(Scope(pool, 1), "select 1 / 0")
        after = await read_rows(Scope(pool), "select current_user as who, coalesce(current_setting('interlock.workspace', true), '') as workspace")
        assert after == [{"who": before[0]["who"], "workspace": ""}]


async def test_a_read_that_is_cancelled_leaves_a_connection_that_reads_for_others(
    database_url: str, connection: psycopg.AsyncConnection[Any]
) -> None:
    async def sleeps() -> bool:
        row = await (await connection.execute("select count(*) from pg_stat_activity where wait_event = 'PgSleep'")).fetchone()
        return row == (1,)

    async with open_pool(database_url, limit=1) as pool:
        slow = asyncio.create_task(read_rows(Scope(pool, 1), "select pg_sleep(60)"))
        await until(sleeps)
        slow.cancel()
        await asyncio.wait([slow])
        async with asyncio.timeout(30):
            [read] = await read_rows(Scope(pool), "select current_user = session_user as is_owner")
        assert read == {"is_owner": True}
        [read] = await read_rows(Scope(pool, 2), "select current_user as who, current_setting('interlock.workspace') as workspace")
        assert read == {"who": "interlock_reader", "workspace": "2"}


async def test_a_statement_that_forgets_its_condition_reads_one_workspace(plane: Plane, second: int) -> None:
    _, other = await filled(plane, second)
    found = await read_rows(Scope(plane.pool, second), "select id from interlock.executions")
    assert {row["id"] for row in found} == {other.execution_id, other.ended_id}


async def test_the_role_can_neither_write_nor_read_a_secret(plane: Plane, second: int) -> None:
    await filled(plane, second)
    for statement in (
        "select ciphertext from interlock.credentials",
        "select password_hash from interlock.users",
        "select * from interlock.sessions",
        "select * from interlock.api_keys",
        "update interlock.executions set subject = 'mine'",
        "delete from interlock.workflows",
        "select interlock.cancel('00000000-0000-0000-0000-000000000000')",
    ):
        with pytest.raises(DatabaseUnsuitable):
            await read_rows(Scope(plane.pool, second), statement)


async def test_a_role_of_somebody_who_reads_the_database_needs_the_role_and_a_workspace(private_server: Server) -> None:
    await migrate(private_server.url)
    async with open_pool(private_server.url, limit=2) as pool:
        second = (await Workspaces(pool).create_workspace("second", by="test")).id
        first, other = [await made_by(Side(pool, workspace), Plane(pool)) for workspace in (1, second)]
    with psycopg.connect(private_server.url, autocommit=True) as admin:
        admin.execute("create role analyst login password 'analyst'")
        admin.execute("grant usage on schema interlock to analyst")
        admin.execute("grant select on interlock.executions to analyst")
        with psycopg.connect(make_conninfo(private_server.url, user="analyst", password="analyst"), autocommit=True) as reading:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reading.execute("select id from interlock.executions")
            admin.execute("grant interlock_reader to analyst")
            assert reading.execute("select id from interlock.executions").fetchall() == []
            for workspace, owned in ((1, first), (second, other)):
                reading.execute("select set_config('interlock.workspace', %s, false)", [str(workspace)])
                found = reading.execute("select id from interlock.executions").fetchall()
                assert {row[0] for row in found} == {owned.execution_id, owned.ended_id}


async def test_behind_a_pooler_in_transaction_mode_a_read_takes_the_role_for_its_own_transaction_only(database_url: str) -> None:
    with running_pgbouncer(database_url) as url:
        await until_listening(int(str(conninfo_to_dict(url)["port"])))
        async with open_pool(url, limit=1) as pooled, open_pool(url, limit=1) as another:
            for workspace in (1, 7, 1):
                [read] = await read_rows(Scope(pooled, workspace), "select current_user as who, current_setting('interlock.workspace') as workspace")
                assert read == {"who": "interlock_reader", "workspace": str(workspace)}
                [after] = await read_rows(
                    Scope(another), "select current_user = session_user as is_owner, current_setting('interlock.workspace', true) as workspace"
                )
                assert after["is_owner"]
                assert not after["workspace"]


def database_of_plain_owner(server: Server) -> str:
    """Returns the address of a database whose owner may make no roles."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("create role plain login password 'plain'")
        connection.execute("create database plain owner plain")
    return make_conninfo(server.url, user="plain", password="plain", dbname="plain")


async def test_without_the_right_to_make_roles_reads_rely_on_their_conditions_and_are_told_what_to_run(private_server: Server) -> None:
    url = database_of_plain_owner(private_server)
    await migrate(url)
    async with open_pool(url, limit=2) as pool:
        plane = Plane(pool)
        second = (await Workspaces(pool).create_workspace("second", by="test")).id
        first, other = [await made_by(Side(pool, workspace), plane) for workspace in (1, second)]

        async def reads_as() -> str:
            with pytest.raises(ExecutionNotFound):
                await read_status(Scope(pool, second), first.execution_id)
            assert await read_status(Scope(pool, second), other.execution_id) == "running"
            [row] = await read_rows(Scope(pool, second), "select current_user as who")
            who: str = row["who"]
            return who

        async def finding() -> tuple[str, str]:
            [one] = [one for one in await diagnose(url) if one.check == "rights"]
            assert one in await diagnose_within(Scope(pool, 1))
            return one.level, one.hint or ""

        assert await reads_as() == "plain"
        to_ask_for = await rights_to_ask_for(url)
        assert to_ask_for[0] == "create role interlock_reader nologin"
        assert to_ask_for[1].startswith("grant interlock_reader to plain")
        level, hint = await finding()
        assert level == "warning"
        assert all(statement in hint for statement in to_ask_for)

        with psycopg.connect(make_conninfo(private_server.url, dbname="plain"), autocommit=True) as admin:
            for statement in to_ask_for:
                admin.execute(statement.encode())
        assert await reads_as() == "plain", "the role has no rights yet"
        await migrate(url)
        assert await rights_to_ask_for(url) == []
        assert await reads_as() == "interlock_reader"
        assert await finding() == ("ok", "")


async def test_a_role_that_another_installation_of_the_server_made_gets_no_rights_unless_the_owner_may_take_it(private_server: Server) -> None:
    """Else whoever owns the other database could read this one."""
    await migrate(private_server.url)
    url = database_of_plain_owner(private_server)
    await migrate(url)
    async with await psycopg.AsyncConnection.connect(url) as connection:
        row = await (await connection.execute("select has_schema_privilege('interlock_reader', 'interlock', 'usage')")).fetchone()
    assert row == (False,)
    assert [statement.split(" with ")[0] for statement in await rights_to_ask_for(url)] == ["grant interlock_reader to plain"]
