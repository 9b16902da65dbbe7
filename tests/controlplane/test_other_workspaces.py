"""What belongs to another workspace does not exist for a call that is limited to one: it reads nothing of it and changes nothing in it."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from psycopg import sql
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import ControlPlane
from interlock.controlplane.workspaces import Workspaces
from interlock.credentials import Bound, Cipher, CredentialStore, MasterKey
from interlock.credentials.cipher import WrappedKey
from interlock.credentials.store import WrappedCredential
from interlock.definition import TestPlan
from interlock.errors import InterlockError
from tests.controlplane.plane import Plane
from tests.model.graphs import step, workflow
from tests.model.versions import compiled

SIDES: Final = ((1, 2), (2, 1))
"""Who owns things, and who asks for them."""
DEFINITION: Final = workflow([step("a")], ["S -> a"], "flow")


class Side:
    """One workspace, as a call that is limited to it sees the installation."""

    def __init__(self, pool: AsyncConnectionPool[Any], workspace_id: int) -> None:
        self.workspace_id = workspace_id
        self.plane = ControlPlane(pool, workspace_id)
        self.store = CredentialStore(pool, workspace_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """What a workspace has: every id by which a function is asked for something of it, and every name."""

    workflow_id: UUID
    version_id: int
    execution_id: UUID
    assignment_id: UUID
    ended_id: UUID
    credential: WrappedCredential
    workflow: str = "flow"
    name: str = "shop"

    @classmethod
    def unknown(cls) -> "Owned":
        """Returns ids and names that nothing has."""
        bound = Bound(id=uuid4(), name="nothing", kind="own")
        return cls(
            workflow_id=uuid4(),
            version_id=2**31 - 1,
            execution_id=uuid4(),
            assignment_id=uuid4(),
            ended_id=uuid4(),
            credential=WrappedCredential(bound=bound, key=WrappedKey(wrapped_key=b"none", key_id="none")),
            workflow="nothing",
            name="nothing",
        )

    @property
    def texts(self) -> Mapping[str, str]:
        """Returns the ids, as messages quote them."""
        names = ("workflow_id", "version_id", "execution_id", "assignment_id", "ended_id")
        return {str(getattr(self, name)): name for name in names} | {str(self.credential.bound.id): "credential_id"}


Ask = Callable[[Side, Owned], Awaitable[Any]]


def _new(store: CredentialStore, bound: Bound) -> Awaitable[Any]:
    return store.save(bound, description="", field_names=["key"], allowed_hosts=[], sealed=_cipher.encrypt(bound, {"key": "s3cr3tKey"}), by="test")


_cipher = Cipher([MasterKey.of(bytes(32))])
_form, _checksum = compiled(DEFINITION)
_plan = TestPlan(name="flow", definition=DEFINITION, compiled=_form, checksum=_checksum, trigger=None, taken=(), feeds=())
BY_ID: Final[Mapping[str, Ask]] = {
    "get_version": lambda side, of: side.plane.get_version(of.version_id),
    "start_executions": lambda side, of: side.plane.start_executions(str(of.workflow_id), [{}]),
    "start_executions of many": lambda side, of: side.plane.start_executions(str(of.workflow_id), [{}, {}]),
    "explain": lambda side, of: side.plane.explain(of.execution_id),
    "suspend": lambda side, of: side.plane.suspend(of.execution_id),
    "continue_": lambda side, of: side.plane.continue_(of.execution_id),
    "cancel_assignment": lambda side, of: side.plane.cancel_assignment(of.execution_id, of.assignment_id),
    "cancel": lambda side, of: side.plane.cancel(of.execution_id),
    "retry": lambda side, of: side.plane.retry(of.ended_id, "a"),
    "retry_once": lambda side, of: side.plane.retry_once(of.ended_id, "a", idempotency_key="one"),
    "update_workflow": lambda side, of: side.plane.update_workflow(of.workflow_id, "stolen", DEFINITION, _form, _checksum),
    "start_test_run": lambda side, of: side.plane.start_test_run(of.workflow_id, _plan, test={"kind": "all"}, execution_input={}),
    "delete_workflow": lambda side, of: side.plane.delete_workflow(of.workflow_id),
    "get": lambda side, of: side.store.get(of.credential.bound.id),
    "use": lambda side, of: side.store.use(of.name),
    "list": lambda side, _: side.store.list(after=None, limit=10),
    "to_rewrap": lambda side, _: side.store.to_rewrap("another", after=None, limit=10),
    "rewrap": lambda side, of: side.store.rewrap(of.credential, of.credential.key, by="test"),
    "replace": lambda side, of: side.store.replace(of.credential.bound.id, description="stolen", field_names=None, sealed=None, by="test"),
    "delete": lambda side, of: side.store.delete(of.credential.bound.id, by="test"),
}
"""Functions that a limited call may ask for something of a workspace; those that end or remove it come last."""
OWN_TESTS: Final = frozenset({"save_workflow", "save", "new_id"})
"""Functions that make something: see the tests below."""
OF_WORKERS: Final = frozenset(
    {
        "register_worker",
        "touch_worker",
        "stop_worker",
        "exchange",
        "exchange_slim",
        "get_offer",
        "heartbeat",
        "register_listener",
        "remove_listener",
        "tick",
        "measure_workspaces",
    }
)
"""Functions of workers and processes, which serve all workspaces or are limited by queues."""
OF_CALLERS: Final = frozenset({"open_count_of_user"})
"""Functions that are asked for the caller alone, wherever that is a member: a number, and nothing of a workspace."""


@pytest.fixture(autouse=True)
async def second(pool: AsyncConnectionPool[Any]) -> None:
    """A second workspace."""
    made = await Workspaces(pool).create_workspace("second", by="test")
    assert made.id == 2


async def made_by(side: Side, plane: Plane) -> Owned:
    """Makes one of each in a workspace."""
    saved = await side.plane.save_workflow("flow", DEFINITION, _form, _checksum)
    [ended] = await side.plane.start_executions("flow", [{"subject": "s"}])
    assert ended.execution_id is not None
    await side.plane.cancel(ended.execution_id)
    [started] = await side.plane.start_executions("flow", [{"subject": "s", "idempotency_key": "k"}])
    assert started.execution_id is not None
    bound = Bound(id=await side.store.new_id(), name="shop", kind="own")
    await _new(side.store, bound)
    [wrapped] = [one for one in await side.store.to_rewrap("another", after=None, limit=10) if one.bound == bound]
    return Owned(
        workflow_id=saved.workflow_id,
        version_id=saved.version_id,
        execution_id=started.execution_id,
        assignment_id=await plane.value("select id from interlock.assignments where execution_id = %s and ended_at is null", started.execution_id),
        ended_id=ended.execution_id,
        credential=wrapped,
    )


async def everything(plane: Plane) -> dict[str, list[str]]:
    """Returns every row of every table."""
    tables = await plane.rows("select c.relname from pg_class c where c.relnamespace = 'interlock'::regnamespace and c.relkind = 'r' order by 1")
    async with plane.pool.connection() as connection:
        found = {}
        for table in tables:
            rows = await connection.execute(sql.SQL("select t::text from interlock.{} t order by 1").format(sql.Identifier(table["relname"])))
            found[table["relname"]] = [row[0] for row in await rows.fetchall()]
    return found


async def answer_of(ask: Ask, side: Side, of: Owned) -> Any:
    """Returns what a caller learns: the answer, or the error with the names of the ids in place of the ids."""
    try:
        return await ask(side, of)
    except InterlockError as error:
        said = f"{error.message} {error.details} {error.hint}"
        for text, name in sorted(of.texts.items(), key=lambda pair: -len(pair[0])):
            said = said.replace(text, name)
        return type(error), said


@pytest.mark.parametrize(("owner", "other"), SIDES)
async def test_what_another_workspace_has_is_answered_like_what_does_not_exist(plane: Plane, owner: int, other: int) -> None:
    owned, asking = await made_by(Side(plane.pool, owner), plane), Side(plane.pool, other)
    before = await everything(plane)
    learned = {name: (await answer_of(ask, asking, owned), await answer_of(ask, asking, Owned.unknown())) for name, ask in BY_ID.items()}
    assert {name: answers for name, answers in learned.items() if answers[0] != answers[1]} == {}
    assert await everything(plane) == before
    own = Side(plane.pool, owner)
    differs = {name for name, ask in BY_ID.items() if await answer_of(ask, own, owned) != learned[name][1]}
    assert differs == BY_ID.keys(), "each of these does something where it may"


def test_every_method_that_calls_a_function_is_tried_by_another_workspace() -> None:
    methods = {
        name for kind in (ControlPlane, CredentialStore) for name, _ in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")
    }
    assert methods == {name.partition(" ")[0] for name in BY_ID} | OWN_TESTS | OF_WORKERS | OF_CALLERS


async def test_workflows_and_credentials_of_two_workspaces_may_have_one_name(plane: Plane) -> None:
    sides = [Side(plane.pool, 1), Side(plane.pool, 2)]
    first, second = [await made_by(side, plane) for side in sides]
    assert first.workflow_id != second.workflow_id
    for side, owned in zip(sides, (first, second), strict=True):
        [started] = await side.plane.start_executions("flow", [{}])
        assert await plane.rows("select workflow_id, workspace_id from interlock.executions where id = %s", started.execution_id) == [
            {"workflow_id": owned.workflow_id, "workspace_id": side.workspace_id}
        ]
        used = await side.store.use("shop")
        assert used is not None
        assert used.bound == owned.credential.bound
        assert [one.id for one in await side.store.list(after=None, limit=10)] == [owned.credential.bound.id]
    again = await sides[1].plane.save_workflow("flow", DEFINITION, _form, _checksum, only_new=True)
    assert (again.workflow_id, again.created) == (second.workflow_id, False)


async def test_an_idempotency_key_of_another_workspace_starts_something_new(plane: Plane) -> None:
    first, second = [await made_by(Side(plane.pool, number), plane) for number in (1, 2)]
    assert first.execution_id != second.execution_id


async def test_a_call_that_is_not_limited_means_the_first_workspace_by_names_and_all_by_ids(plane: Plane) -> None:
    first, second = [await made_by(Side(plane.pool, number), plane) for number in (1, 2)]
    anywhere, store = ControlPlane(plane.pool), CredentialStore(plane.pool)
    [by_name] = await anywhere.start_executions("flow", [{}])
    [by_id] = await anywhere.start_executions(str(second.workflow_id), [{}])
    found = await plane.rows("select id, workspace_id from interlock.executions where id in (%s, %s)", by_name.execution_id, by_id.execution_id)
    assert {row["id"]: row["workspace_id"] for row in found} == {by_name.execution_id: 1, by_id.execution_id: 2}
    for workspace_id, owned in ((1, first), (2, second)):
        used = await store.use("shop", workspace_id)
        assert used is not None
        assert used.bound == owned.credential.bound
    assert await store.use("shop") is None, "a worker that names no workspace must not take a credential of another one"
    assert {one.bound for one in await store.to_rewrap("another", after=None, limit=10)} == {first.credential.bound, second.credential.bound}
    assert await anywhere.cancel(second.execution_id)


async def test_a_worker_reads_with_a_version_whose_credentials_it_uses(plane: Plane) -> None:
    first, second = [await made_by(Side(plane.pool, number), plane) for number in (1, 2)]
    assert (await plane.control.get_version(first.version_id)).workspace_id == 1
    assert (await plane.control.get_version(second.version_id)).workspace_id == 2
    old = await plane.value("select interlock.get_version(%s)", second.version_id)
    assert "workspace_id" not in old, "workers of the version before take no answer with it"


async def test_entries_of_the_audit_log_are_of_the_workspace_of_what_changed(plane: Plane) -> None:
    side = Side(plane.pool, 2)
    owned = await made_by(side, plane)
    await side.plane.suspend(owned.execution_id)
    await side.plane.delete_workflow(owned.workflow_id)
    await ControlPlane(plane.pool).retry(owned.ended_id, "a")
    await CredentialStore(plane.pool).delete(owned.credential.bound.id, by="operator")
    entries = await plane.rows("select action, workspace_id from interlock.audit_log where action <> 'create_workspace'")
    assert {entry["action"] for entry in entries} == {
        "create_workflow",
        "delete_workflow",
        "create_credential",
        "delete_credential",
        "cancel",
        "suspend",
        "retry",
    }
    assert {entry["workspace_id"] for entry in entries} == {2}


async def test_a_retry_stays_in_the_workspace_of_its_execution(plane: Plane) -> None:
    owned = await made_by(Side(plane.pool, 2), plane)
    retried = await ControlPlane(plane.pool).retry(owned.ended_id, "a")
    assert await plane.value("select workspace_id from interlock.executions where id = %s", retried) == 2


async def test_lists_and_counts_have_the_executions_of_one_workspace(plane: Plane) -> None:
    first, second = [await made_by(Side(plane.pool, number), plane) for number in (1, 2)]
    statuses = ["pending", "running", "completed", "cancelled"]

    async def listed(workspace: str, workflow: UUID | None, subject: str | None) -> tuple[set[UUID], int]:
        async with plane.pool.connection() as connection, connection.transaction():
            await connection.execute("select set_config('interlock.workspace', %s, true)", [workspace])
            found = await connection.execute(
                "select id from interlock.list_executions(%s, %s, %s, '-infinity', 'infinity', 'infinity', %s, 10)",
                [statuses, workflow, subject, UUID(int=0)],
            )
            ids = {row[0] for row in await found.fetchall()}
            counted = await connection.execute(
                "select sum(count)::integer from interlock.count_executions(%s, %s, %s, 10)", [statuses, workflow, subject]
            )
            [(count,)] = await counted.fetchall()
        return ids, count

    of_first, of_second = {first.execution_id, first.ended_id}, {second.execution_id, second.ended_id}
    for subject in (None, "s"):
        assert await listed("1", None, subject) == (of_first, 2)
        assert await listed("2", None, subject) == (of_second, 2)
        assert await listed("", None, subject) == (of_first | of_second, 4)
        assert await listed("2", first.workflow_id, subject) == (set(), 0)
        assert await listed("2", second.workflow_id, subject) == (of_second, 2)
