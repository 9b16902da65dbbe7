"""Deleting a workspace: what stands in its way, and what happens at the same time."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import ControlPlane
from interlock.controlplane.accounts import Accounts, AddedUser
from interlock.controlplane.calling import call
from interlock.controlplane.workspaces import WorkspaceRecord, Workspaces
from interlock.errors import BadRequest, LastAdmin, NameTaken, UserNotFound, WorkspaceInUse, WorkspaceNotFound
from tests.conftest import Connect
from tests.controlplane.plane import Plane, failed
from tests.model.graphs import step
from tests.races.transaction import Session


@dataclass(frozen=True, kw_only=True)
class World:
    """A workspace, and two connections that can hold a transaction open."""

    workspaces: Workspaces
    red: WorkspaceRecord
    pool: AsyncConnectionPool[Any]
    left: Session
    right: Session

    async def member(self, name: str, role: str = "viewer") -> AddedUser:
        """Adds somebody to the workspace."""
        return await add(Accounts(self.pool, self.red.id), name, role)

    @property
    def plane(self) -> Plane:
        """The control plane, limited to the workspace."""
        return Plane(self.pool, self.red.id)

    async def delete_workflow(self) -> None:
        """Deletes the only workflow."""
        plane = self.plane
        await plane.control.delete_workflow(await plane.value("select id from interlock.workflows"), by="test")


@pytest.fixture
async def world(pool: AsyncConnectionPool[Any], connect: Connect) -> World:
    workspaces = Workspaces(pool)
    observer = await connect()
    return World(
        workspaces=workspaces,
        red=await workspaces.create_workspace("red", by="test"),
        pool=pool,
        left=Session(await connect(), observer),
        right=Session(await connect(), observer),
    )


async def add(accounts: Accounts, name: str, role: str = "viewer") -> AddedUser:
    return await accounts.create_user(email=f"{name}@example.org", name=name, role=role, password_hash="x", by="test")


async def test_workflows_and_open_executions_stand_in_the_way_and_are_counted(plane: Plane, world: World) -> None:
    await world.plane.deploy([step("A")], ["S -> A"])
    execution = await world.plane.start()
    with pytest.raises(WorkspaceInUse, match="workflows: 1, open executions: 1"):
        await world.workspaces.delete_workspace(world.red.id, by="test")
    await world.delete_workflow()
    with pytest.raises(WorkspaceInUse, match="workflows: 0, open executions: 1"):
        await world.workspaces.delete_workspace(world.red.id, by="test")
    await plane.control.cancel(execution)
    await world.workspaces.delete_workspace(world.red.id, by="test")
    assert await plane.value("select count(*) from interlock.executions") == 1


async def test_the_first_workspace_is_never_deleted_and_keeps_its_name(world: World) -> None:
    with pytest.raises(WorkspaceInUse, match="administer the installation"):
        await world.workspaces.delete_workspace(1, by="test")
    with pytest.raises(BadRequest, match="keeps its name"):
        await world.workspaces.update_workspace(1, {"name": "first"}, by="test")


async def test_a_start_that_nobody_sees_yet_stands_in_the_way(plane: Plane, world: World) -> None:
    """It read the workflow before that was deleted, and commits while the workspace is being deleted."""
    await world.plane.deploy([step("A")], ["S -> A"])
    async with world.left.held_open():
        await ControlPlane(world.left.pool, world.red.id).start_executions("flow", [{"input": {}}])
        await world.delete_workflow()
        deleting = asyncio.create_task(world.workspaces.delete_workspace(world.red.id, by="test"))
        await until(plane, "select count(*) from pg_stat_activity where wait_event = 'PgSleep'")
    with pytest.raises(WorkspaceInUse, match="workflows: 0, open executions: 1"):
        await deleting
    assert (await world.workspaces.get_workspace(world.red.id, None, every=True)).name == "red"


async def test_a_start_that_began_before_and_is_rolled_back_does_not(plane: Plane, world: World) -> None:
    await world.plane.deploy([step("A")], ["S -> A"])
    async with world.left.held_open(rolled_back=True):
        await ControlPlane(world.left.pool, world.red.id).start_executions("flow", [{"input": {}}])
        await world.delete_workflow()
        deleting = asyncio.create_task(world.workspaces.delete_workspace(world.red.id, by="test"))
        await until(plane, "select count(*) from pg_stat_activity where wait_event = 'PgSleep'")
    await deleting


async def test_a_transaction_that_stays_open_is_not_waited_for_long(plane: Plane, world: World) -> None:
    await world.plane.deploy([step("A")], ["S -> A"])
    async with world.left.held_open():
        await ControlPlane(world.left.pool, world.red.id).start_executions("flow", [{"input": {}}])
        await world.delete_workflow()
        with pytest.raises(WorkspaceInUse, match="cannot be deleted yet"):
            await world.workspaces.delete_workspace(world.red.id, by="test")


async def test_nothing_is_retried_in_a_deleted_workspace(plane: Plane, world: World) -> None:
    """A process may take a proof of its members for 5 s more."""
    await world.plane.deploy([step("A")], ["S -> A"])
    old = await world.plane.start()
    worker = await plane.worker()
    await worker.report(failed((await worker.claim())["A/1"], retryable=False))
    await world.delete_workflow()
    await world.workspaces.delete_workspace(world.red.id, by="test")
    with pytest.raises(WorkspaceNotFound):
        await world.plane.control.retry(old)


async def test_nothing_is_saved_in_a_deleted_workspace(world: World) -> None:
    await world.workspaces.delete_workspace(world.red.id, by="test")
    with pytest.raises(WorkspaceNotFound):
        await world.plane.deploy([step("A")], ["S -> A"])
    with pytest.raises(WorkspaceNotFound):
        await save_credential(world.pool, world)


async def test_a_save_that_nobody_sees_yet_stands_in_the_way(world: World) -> None:
    async with world.left.held_open():
        await Plane(world.left.pool, world.red.id).deploy([step("A")], ["S -> A"])
        deleting = await world.right.blocked(Workspaces(world.right.pool).delete_workspace(world.red.id, by="test"))
    with pytest.raises(WorkspaceInUse, match="workflows: 1"):
        await deleting


async def test_the_credentials_of_a_workspace_are_deleted_with_it(plane: Plane, world: World) -> None:
    """Also one that was saved meanwhile."""
    await add(Accounts(world.pool), "eva")
    async with world.left.held_open():
        await save_credential(world.left.pool, world)
        deleting = await world.right.blocked(Workspaces(world.right.pool).delete_workspace(world.red.id, by="test"))
    await deleting
    assert await plane.value("select count(*) from interlock.credentials") == 0


async def save_credential(pool: AsyncConnectionPool[Any], world: World) -> None:
    await call(
        pool,
        "select interlock.save_credential(%s, 'c', 'bearer', '', '{token}', '{example.org}', 'x', 'x', 'k', 'test')",
        uuid4(),
        workspace_id=world.red.id,
    )


async def test_a_retry_that_nobody_sees_yet_stands_in_the_way(plane: Plane, world: World) -> None:
    await world.plane.deploy([step("A")], ["S -> A"])
    old = await world.plane.start()
    worker = await plane.worker()
    await worker.report(failed((await worker.claim())["A/1"], retryable=False))
    await world.delete_workflow()
    async with world.left.held_open():
        await ControlPlane(world.left.pool, world.red.id).retry(old)
        deleting = await world.right.blocked(Workspaces(world.right.pool).delete_workspace(world.red.id, by="test"))
    with pytest.raises(WorkspaceInUse, match="open executions: 1"):
        await deleting


async def test_nobody_joins_a_workspace_that_is_being_deleted(world: World) -> None:
    async with world.left.held_open():
        await Workspaces(world.left.pool).delete_workspace(world.red.id, by="test")
        joining = await world.right.blocked(add(Accounts(world.right.pool, world.red.id), "eva"))
    with pytest.raises(WorkspaceNotFound):
        await joining
    assert await Accounts(world.pool).list_people(search="eva", limit=1) == [], "she is not there half"


async def test_who_joins_while_a_workspace_is_deleted_is_out_of_it_too(world: World) -> None:
    async with world.left.held_open():
        await add(Accounts(world.left.pool, world.red.id), "eva")
        deleting = await world.right.blocked(Workspaces(world.right.pool).delete_workspace(world.red.id, by="test"))
    await deleting
    assert await Accounts(world.pool).list_people(search="eva", limit=1) == []


async def test_no_key_is_made_for_somebody_who_is_being_removed(world: World) -> None:
    eva = await world.member("eva")
    await add(Accounts(world.pool), "eva")
    accounts = [Accounts(session.pool, world.red.id) for session in (world.left, world.right)]
    async with world.left.held_open():
        await accounts[0].delete_user(eva.id, by="test")
        making = await world.right.blocked(
            accounts[1].create_api_key(eva.id, made_by_key=None, name="k", prefix="il_k", key_hash=bytes(32), role="viewer", days=None, by="eva")
        )
    with pytest.raises(UserNotFound):
        await making


async def test_of_two_admins_who_demote_each_other_one_stays(world: World) -> None:
    ada, bob = await world.member("ada", "admin"), await world.member("bob", "admin")
    accounts = [Accounts(session.pool, world.red.id) for session in (world.left, world.right)]
    async with world.left.held_open():
        await accounts[0].update_user(bob.id, role="viewer", by="ada")
        demoting = await world.right.blocked(accounts[1].update_user(ada.id, role="viewer", by="bob"))
    with pytest.raises(LastAdmin, match=r"ada@example\.org is the last admin of the workspace red"):
        await demoting


async def test_an_admin_is_not_disabled_in_one_workspace_while_the_other_admin_leaves_another(world: World) -> None:
    """Both are admins of red; bob is disabled by the admin of the installation while ada leaves red."""
    ada, bob = await world.member("ada", "admin"), await world.member("bob", "admin")
    async with world.left.held_open():
        await Accounts(world.left.pool).update_user(bob.id, disabled=True, by="test")
        leaving = await world.right.blocked(Accounts(world.right.pool, world.red.id).delete_user(ada.id, by="ada"))
    with pytest.raises(LastAdmin):
        await leaving


async def test_of_two_who_add_one_person_one_is_refused_and_there_is_one_person(world: World) -> None:
    async with world.left.held_open():
        await add(Accounts(world.left.pool, world.red.id), "eva")
        adding = await world.right.blocked(add(Accounts(world.right.pool, world.red.id), "eva"))
    with pytest.raises(NameTaken):
        await adding


async def test_two_workspaces_that_add_one_new_person_at_once_share_one_person(world: World) -> None:
    async with world.left.held_open():
        first = await add(Accounts(world.left.pool, world.red.id), "eva")
        adding = await world.right.blocked(add(Accounts(world.right.pool), "eva"))
    second = await adding
    assert (first.id, first.is_new, second.is_new) == (second.id, True, False)


async def test_of_two_workspaces_of_one_name_one_is_made(world: World) -> None:
    async with world.left.held_open():
        await Workspaces(world.left.pool).create_workspace("blue", by="test")
        making = await world.right.blocked(Workspaces(world.right.pool).create_workspace("blue", by="test"))
    with pytest.raises(NameTaken):
        await making


async def test_the_functions_of_workspaces_refuse_stricter_isolation(connection: psycopg.AsyncConnection) -> None:
    for text in (
        "create_workspace('a', null, null)",
        "update_workspace(1, '{}', null, null)",
        "delete_workspace(1, null)",
        "switch_workspace(null, null, 1, null, 1, null)",
    ):
        await connection.execute("begin isolation level repeatable read")
        with pytest.raises(psycopg.Error, match="not repeatable read"):
            await connection.execute(f"select interlock.{text}".encode())
        await connection.execute("rollback")


async def test_limits_are_whole_numbers_from_one_or_null(world: World) -> None:
    for wrong in (0, -1, "many", 2**31):
        with pytest.raises(BadRequest):
            await world.workspaces.update_workspace(world.red.id, {"max_running": wrong}, by="test")
    changed = await world.workspaces.update_workspace(world.red.id, {"max_running": 5}, by="test")
    assert changed.max_running == 5
    assert (await world.workspaces.update_workspace(world.red.id, {"max_running": None}, by="test")).max_running is None


async def test_entries_of_the_audit_log_are_of_the_workspace_of_the_call_or_of_the_execution(plane: Plane, world: World) -> None:
    await world.member("eva")
    await world.plane.deploy([step("A")], ["S -> A"])
    execution = await world.plane.start()
    await plane.control.cancel(execution)
    entries = await plane.rows(
        "select action, workspace_id from interlock.audit_log where action in ('create_user', 'cancel', 'create_workspace') order by id"
    )
    assert [(row["action"], row["workspace_id"]) for row in entries] == [
        ("create_workspace", None),
        ("create_user", world.red.id),
        ("cancel", world.red.id),
    ]


async def until(plane: Plane, count: str) -> None:
    """Waits until a count is not zero."""
    async with asyncio.timeout(60):
        while not await plane.value(count):  # noqa: ASYNC110 - another connection is watched
            await asyncio.sleep(0.005)
