"""A caller in another workspace learns nothing of what a workspace has, and changes nothing in it, whatever operation is asked: by the conditions of
statements alone, and with row-level security behind them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from interlock.api.operations import OPERATIONS
from interlock.controlplane.workspaces import Workspaces
from interlock.credentials import Cipher, MasterKey
from interlock.errors import ExecutionNotFound, InterlockError
from interlock.insight.reading import Scope, read_rows
from tests.api.services.asking import Asking, person
from tests.api.services.definitions import definition
from tests.controlplane.plane import Plane
from tests.controlplane.test_other_workspaces import everything

SERVICES: Final = ("workflows", "executions", "expressions", "assignments", "credentials", "overview")
"""The services whose operations are tried here; who signs in and administers is tried in tests/api/auth."""
SIDES: Final = ((1, 2), (2, 1))
"""Who owns things, and who asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """What a workspace has: every id and name by which an operation is asked for something of it."""

    workflow_id: UUID
    execution_id: UUID
    assignment_id: UUID
    failed_id: UUID
    credential_id: UUID
    worker_id: UUID
    workflow: str = "crane-flow"
    queue: str = "crane-queue"
    subject: str = "crane-subject"

    @classmethod
    def unknown(cls) -> "Owned":
        """Returns ids and names that nothing has."""
        ids = {name: uuid4() for name in ("workflow_id", "execution_id", "assignment_id", "failed_id", "credential_id", "worker_id")}
        return cls(**ids, workflow="heron-flow", queue="heron-queue", subject="heron-subject")

    @property
    def texts(self) -> Mapping[str, str]:
        """Returns the ids and names, as answers quote them."""
        return {str(getattr(self, one.name)): f"<{one.name}>" for one in fields(self)}


def requests(of: Owned) -> list[tuple[str, dict[str, Any]]]:
    """Returns every way to ask for something of a workspace. What changes most comes last."""
    execution, assignment = {"execution_id": of.execution_id}, {"execution_id": of.execution_id, "assignment_id": of.assignment_id}
    result = {**assignment, "attempt": 1, "outcome": "completed", "output": {}}
    by_either: list[tuple[str, dict[str, Any]]] = [
        (operation, {"workflow": reference, **more})
        for reference in (of.workflow, str(of.workflow_id))
        for operation, more in (
            ("get_workflow", {}),
            ("list_versions", {}),
            ("get_version", {"version": 1}),
            ("list_workflow_executions", {}),
            ("list_executions", {}),
            ("count_executions", {}),
            ("list_assignments", {}),
            ("get_overview", {}),
        )
    ]
    return [
        *by_either,
        ("list_workflows", {}),
        ("list_workflows", {"search": of.workflow}),
        ("list_executions", {}),
        ("list_executions", {"subject": of.subject}),
        ("count_executions", {}),
        ("count_executions", {"subject": of.subject}),
        ("get_execution", {**execution, "run_data": True}),
        ("get_execution_definition", execution),
        ("list_execution_assignments", execution),
        ("get_assignment", assignment),
        ("explain_execution", execution),
        ("evaluate_expression", {**execution, "text": "{{ input }} {{ nodes }} {{ context }} {{ execution }} {{ subject }}"}),
        ("watch_execution", execution),
        ("list_assignments", {}),
        ("list_assignments", {"queue": of.queue}),
        ("get_overview", {}),
        ("list_queues", {}),
        ("list_workers", {}),
        ("list_credentials", {}),
        ("get_credential", {"credential_id": of.credential_id}),
        ("test_credential", {"credential_id": of.credential_id, "url": "http://127.0.0.1:1/"}),
        ("heartbeat_worker", {"worker_id": of.worker_id}),
        ("complete_assignments", {"worker_id": of.worker_id, "request": 9, "results": [result]}),
        ("stop_worker", {"worker_id": of.worker_id}),
        ("suspend_execution", execution),
        ("continue_execution", execution),
        ("cancel_assignment", assignment),
        ("cancel_execution", execution),
        ("retry_execution", {"execution_id": of.failed_id}),
        ("update_credential", {"credential_id": of.credential_id, "description": "stolen"}),
        ("delete_credential", {"credential_id": of.credential_id}),
        ("run_workflow", {"workflow": str(of.workflow_id)}),
        ("test_workflow", {"workflow": str(of.workflow_id)}),
        ("test_workflow", {"definition": definition("own"), "from_execution": of.execution_id}),
        ("run_workflow", {"workflow": of.workflow, "idempotency_key": "one"}),
        ("update_workflow", {"workflow": str(of.workflow_id), "definition": definition("stolen")}),
        ("delete_workflow", {"workflow": str(of.workflow_id)}),
    ]


OWN_TESTS: Final = {
    "create_workflow": "two workspaces may have one name",
    "create_credential": "two workspaces may have one name",
    "validate_workflow": "warns by the credentials of one's own workspace",
    "list_expression_parts": "is the same for everybody",
    "claim_assignments": "claims from one's own queues",
}
"""Operations that ask for nothing that another workspace could have, and what the tests below say of them."""


@pytest.fixture(params=["conditions alone", "and row-level security"])
async def sides(asking: Asking, request: pytest.FixtureRequest) -> Mapping[int, Asking]:
    """A caller in each of two workspaces."""
    object.__setattr__(asking.services, "cipher", Cipher([MasterKey.of(bytes(32))]))
    second = (await Workspaces(asking.services.pool).create_workspace("second", by="test")).id
    assert second == 2
    if request.param == "conditions alone":
        await asking.plane.execute("revoke usage on schema interlock from interlock_reader")
    [row] = await read_rows(Scope(asking.services.pool, 1), "select current_user = 'interlock_reader' as is_reader")
    assert row["is_reader"] is (request.param != "conditions alone")
    people = {number: person("ann@example.org", workspace_id=number, workspace=name) for number, name in ((1, "default"), (2, "second"))}
    return {workspace_id: Asking(asking.services, one) for workspace_id, one in people.items()}


def flow() -> dict[str, Any]:
    made = definition("crane-flow")
    made["nodes"][1]["queue"] = "crane-queue"
    return made


async def made_by(side: Asking) -> Owned:
    """Makes one of each, as a user of the workspace does."""
    saved = await side.ask("create_workflow", definition=flow())
    worker_id = uuid4()

    async def claimed(request: int) -> Any:
        [item] = (await side.ask("claim_assignments", worker_id=worker_id, request=request, queues=["crane-queue"], limit=1)).items
        return item

    failed = await side.ask("run_workflow", workflow="crane-flow", subject="crane-subject")
    item = await claimed(1)
    broken = {"code": "broken", "message": "it broke", "retryable": False}
    result = {"execution_id": item.execution_id, "assignment_id": item.assignment_id, "attempt": 1, "outcome": "failed", "error": broken}
    await side.ask("complete_assignments", worker_id=worker_id, request=2, results=[result])
    running = await side.ask("run_workflow", workflow="crane-flow", subject="crane-subject", idempotency_key="one")
    item = await claimed(3)
    assert item.execution_id == running.execution_id
    made = await side.ask(
        "create_credential", name="shop", kind="header", fields={"name": "X-Key", "value": "s3cr3tValue"}, allowed_hosts=["shop.example.com"]
    )
    return Owned(
        workflow_id=saved.id,
        execution_id=running.execution_id,
        assignment_id=item.assignment_id,
        failed_id=failed.execution_id,
        credential_id=made.id,
        worker_id=worker_id,
    )


async def answer(side: Asking, operation: str, request: dict[str, Any], of: Owned) -> str:
    """Returns what the caller learns, with the names of ids in place of the ids, and without the time."""
    found: Any
    try:
        if operation == "watch_execution":
            found = await anext(side.watch(request["execution_id"]))
        else:
            found = await side.ask(operation, **request)
        if operation == "get_overview":
            found = found.model_copy(update={"at": None, "findings": [one for one in found.findings if one.check in CHECKS]})
        said = repr(found)
    except InterlockError as error:
        said = f"{type(error).__name__}: {error.message} {error.details} {error.hint}"
    for text, name in of.texts.items():
        said = said.replace(text, name)
    return said


CHECKS: Final = ("queues", "executions", "runaways")
"""Findings about what a workspace owns. Those about the server are in the overview of the first one."""


@pytest.mark.parametrize(("owner", "other"), SIDES)
async def test_another_workspace_learns_nothing_and_changes_nothing(sides: Mapping[int, Asking], owner: int, other: int) -> None:
    plane = Plane(sides[1].services.pool)
    nothing = Owned.unknown()
    empty = [await answer(sides[other], operation, request, nothing) for operation, request in requests(nothing)]
    owned = await made_by(sides[owner])
    before = await everything(plane)
    learned = [await answer(sides[other], operation, request, owned) for operation, request in requests(owned)]
    differs = {
        f"{operation} {request}": (told, expected)
        for (operation, request), told, expected in zip(requests(owned), learned, empty, strict=True)
        if told != expected
    }
    assert differs == {}
    assert await everything(plane) == before
    told_owner = [await answer(sides[owner], operation, request, owned) for operation, request in requests(owned)]
    alike = [request for request, told, expected in zip(requests(owned), told_owner, empty, strict=True) if told == expected]
    assert alike == [], "each of these answers its owner otherwise"


def test_every_operation_is_tried_or_has_a_test_of_its_own() -> None:
    operations = {name for name, operation in OPERATIONS.items() if operation.service in SERVICES}
    assert operations == {operation for operation, _ in requests(Owned.unknown())} | OWN_TESTS.keys()


async def test_two_workspaces_may_have_one_name(sides: Mapping[int, Asking]) -> None:
    first, second = [await made_by(sides[workspace]) for workspace in (1, 2)]
    for workspace, owned in ((1, first), (2, second)):
        side = sides[workspace]
        assert (await side.ask("get_workflow", workflow="crane-flow")).id == owned.workflow_id
        assert [one.id for one in (await side.ask("list_workflows")).items] == [owned.workflow_id]
        assert [one.id for one in (await side.ask("list_credentials")).items] == [owned.credential_id]
        assert {one.id for one in (await side.ask("list_executions", subject="crane-subject")).items} == {owned.execution_id, owned.failed_id}
        assert [one.id for one in (await side.ask("list_workers")).items] == [owned.worker_id]
        assert [(one.queue, one.running, one.workers) for one in (await side.ask("list_queues")).items] == [("crane-queue", 1, 1)]
        again = await side.ask("run_workflow", workflow="crane-flow", subject="crane-subject", idempotency_key="one")
        assert (again.execution_id, again.created) == (owned.execution_id, False)


async def test_findings_about_the_server_and_counts_of_shared_workers_are_for_the_first_workspace(sides: Mapping[int, Asking]) -> None:
    """Its admins administer the installation."""
    await sides[1].plane.worker("shared")
    checks = {workspace: {one.check for one in (await side.ask("get_overview")).findings} for workspace, side in sides.items()}
    assert checks[2] == {"workers", "queues", "executions", "runaways"}
    assert checks[1] > {"server", "settings", "storage", "rights"} | checks[2]
    for workspace, is_shown in ((1, True), (2, False)):
        [shared] = (await sides[workspace].ask("list_workers")).items
        assert ("statistics" in shared.details) is is_shown


async def test_a_definition_is_warned_by_the_credentials_of_ones_own_workspace(sides: Mapping[int, Asking]) -> None:
    await made_by(sides[1])
    asks = definition("asks")
    asks["nodes"][1] |= {"type": "ACTION_NODE", "subtype": "HTTP_REQUEST", "parameters": {"url": "https://shop.example.com", "credential": "shop"}}
    codes = {}
    for workspace, side in sides.items():
        report = await side.ask("validate_workflow", definition=asks)
        codes[workspace] = {warning.code for warning in report.warnings}
    assert "unknown_credential" not in codes[1]
    assert "unknown_credential" in codes[2]


async def test_a_claim_of_another_workspace_takes_nothing(sides: Mapping[int, Asking]) -> None:
    await sides[1].ask("create_workflow", definition=flow())
    started = await sides[1].ask("run_workflow", workflow="crane-flow")
    for workspace, expected in ((2, []), (1, [started.execution_id])):
        claimed = await sides[workspace].ask("claim_assignments", worker_id=uuid4(), request=1, queues=["crane-queue"], limit=9)
        assert [one.execution_id for one in claimed.items] == expected


async def test_watchers_of_two_workspaces_see_each_their_own(sides: Mapping[int, Asking]) -> None:
    first, second = [await made_by(sides[workspace]) for workspace in (1, 2)]
    foreign = [sides[1].watch(second.execution_id), sides[2].watch(first.execution_id)]
    own = [sides[1].watch(first.execution_id), sides[2].watch(second.execution_id)]
    for events in foreign:
        with pytest.raises(ExecutionNotFound):
            await anext(events)
    for events, owned in zip(own, (first, second), strict=True):
        seen = [await anext(events) for _ in range(3)]
        assert {event.execution.id for event in seen if event.execution is not None} == {owned.execution_id}
        await sides[1 if owned is first else 2].ask("cancel_execution", execution_id=owned.execution_id)
        rest = [event async for event in events]
        assert rest[-1].kind == "end"
