"""Every operation over gRPC, with a request that it accepts and one that it refuses."""

from typing import Any
from uuid import uuid4

import grpc
import grpc.aio
import pytest

from interlock.api.grpc.methods import METHODS
from interlock.api.grpc.v1 import executions_pb2
from interlock.api.models.users import Role
from interlock.api.operations import OPERATIONS, Repeat
from interlock.api.settings import MEBIBYTE
from interlock.cli.serving import worker_settings, working
from tests.api.grpc.client import Client, Problem, message_of, problem_of
from tests.api.grpc.conftest import Served, ServeGrpc
from tests.api.rest.workflows import chain
from tests.api.services.asking import Asking
from tests.api.services.wide import BRANCHES, run_wide

UNKNOWN = "0197b7a5-0000-7000-8000-000000000000"
SLOW: dict[str, Any] = {
    "name": "slow",
    "nodes": [
        {"id": "begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"},
        {"id": "work", "type": "ACTION_NODE", "subtype": "TRANSFORM", "queue": "outside", "parameters": {"values": {"a": 1}}},
    ],
    "connections": [{"from": "begin", "to": "work"}],
}


class Recording(Client):
    """Remembers which operations answered, and repeats each request that the table says can be repeated."""

    def __init__(self, client: Client, answered: set[str]) -> None:
        super().__init__(client.channel, **client.metadata)
        self._answered = answered

    async def call(self, name: str, /, **fields: Any) -> Any:
        answer = await super().call(name, **fields)
        self._answered.add(name)
        repeat = OPERATIONS[name].repeat
        if repeat is Repeat.REQUEST_NUMBER or (repeat is Repeat.IDEMPOTENCY_KEY and "idempotency_key" in fields):
            assert _without_flags(await super().call(name, **fields)) == _without_flags(answer), name
        elif repeat is Repeat.CHANGES_NOTHING:
            again = await super().call(name, **fields)
            assert _without_flags(again) == _without_flags(answer), name
            assert not getattr(again, "changed", False), name
            assert not getattr(again, "created", False), name
        return answer


def _without_flags(answer: Any) -> dict[str, Any]:
    """Returns the answer without the flags that say whether this very call did it."""
    flags: dict[str, Any] = answer.model_dump(exclude={"changed", "created"})
    return flags


async def test_every_operation_answers(serve_grpc: ServeGrpc, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "a secret key of at least thirty-two characters")
    served = await serve_grpc()
    answered: set[str] = set()
    admin = Recording(await served.client(), answered)
    await _people(served, admin, answered)
    await _workflows(admin)
    await _outside_work(admin)
    await _executions(admin, database_url, answered)
    await _credentials_and_types(admin)
    assert answered == set(OPERATIONS)


async def _people(served: Served, admin: Recording, answered: set[str]) -> None:
    made = await admin.call("create_user", email="ada@example.com", name="Ada", role="editor", password="correct horse battery")
    assert (made.email, made.role, made.one_time_password) == ("ada@example.com", Role.EDITOR, None)
    assert (await admin.call("get_user", user_id=made.id)).name == "Ada"
    assert [user.id for user in (await admin.call("list_users", search="ada@")).items] == [made.id]
    changed = await admin.call("update_user", user_id=made.id, role="viewer")
    assert (changed.role, changed.name) == (Role.VIEWER, "Ada")
    nobody = await served.client(None)
    signing_in = nobody.start("sign_in", {"email": "ada@example.com", "password": "correct horse battery"})
    session = METHODS["sign_in"].read_answer(await signing_in)
    answered.add("sign_in")
    ada = Recording(Client(nobody.channel, interlock_session=await _token(signing_in)), answered)
    assert (await ada.call("get_session")).user == session.user  # type: ignore[attr-defined]  # it is a Session
    changing = ada.start("change_password", {"current_password": "correct horse battery", "new_password": "another good password"})
    assert METHODS["change_password"].read_answer(await changing) != session
    answered.add("change_password")
    ada = Recording(Client(nobody.channel, interlock_session=await _token(changing)), answered)
    red = await admin.call("create_workspace", name="red")
    assert [(each.name, each.role) for each in (await admin.call("list_workspaces")).items] == [("default", Role.ADMIN), ("red", Role.ADMIN)]
    changed = await admin.call("update_workspace", workspace_id=red.id, max_running=3, max_streams=4)
    changed = await admin.call("update_workspace", workspace_id=red.id, max_running=0)
    assert (changed.max_running, changed.max_streams, changed.max_requests) == (None, 4, None)
    assert await admin.call("get_workspace", workspace_id=red.id) == changed
    switching = ada.start("switch_workspace", {"workspace_id": 1})
    assert METHODS["switch_workspace"].read_answer(await switching).workspace.name == "default"  # type: ignore[attr-defined]  # it is a Session
    answered.add("switch_workspace")
    assert (await ada.problem("get_session")).code is grpc.StatusCode.UNAUTHENTICATED
    ada = Recording(Client(nobody.channel, interlock_session=await _token(switching)), answered)
    assert (await ada.problem("get_workspace", workspace_id=red.id)).reason == "IL060"
    await admin.call("delete_workspace", workspace_id=red.id)
    key = await admin.call("create_api_key", name="robot", role="viewer")
    assert key.key.startswith(key.prefix)
    assert key.id in [each.id for each in (await admin.call("list_api_keys")).items]
    await admin.call("revoke_api_key", api_key_id=key.id)
    await ada.call("sign_out")
    assert (await ada.problem("get_session")).code is grpc.StatusCode.UNAUTHENTICATED
    await admin.call("delete_user", user_id=made.id)
    assert (await admin.problem("get_user", user_id=made.id)).reason == "IL036"


async def _token(call: Any) -> str:
    return str(dict(await call.trailing_metadata())["interlock-session"])


async def _workflows(admin: Recording) -> None:
    assert (await admin.call("validate_workflow", definition=chain())).valid
    report = await admin.call("validate_workflow", definition=chain() | {"connections": [{"from": "begin", "to": "nowhere"}]})
    assert not report.valid
    assert report.errors
    saved = await admin.call("create_workflow", definition=chain())
    assert (saved.version, saved.created) == (1, True)
    saved = await admin.call("update_workflow", workflow="chain", definition=chain(more=10**30), expected_version=1)
    assert saved.version == 2
    found = await admin.call("get_workflow", workflow="chain")
    assert found.definition["nodes"][1]["parameters"]["values"]["more"] == 10**30
    assert [each.version for each in (await admin.call("list_versions", workflow="chain")).items] == [2, 1]
    assert (await admin.call("get_version", workflow="chain", version=1)).definition == chain() | {"connections": found.definition["connections"]}
    assert [each.name for each in (await admin.call("list_workflows", search="CHA")).items] == ["chain"]
    await _drafts(admin)
    await admin.call("create_workflow", definition=chain("old"))
    await admin.call("delete_workflow", workflow="old")
    assert (await admin.problem("get_workflow", workflow="old")).reason == "IL005"


async def _drafts(admin: Recording) -> None:
    draft = str(uuid4())
    half = {"b": 1, "a": 10**30, "name": "half", "nodes": "none yet"}
    saved = await admin.call("save_draft", draft_id=draft, revision=0, workflow="chain", base_version=1, definition=half, pins={"work": {"n": 2**70}})
    assert (saved.revision, saved.name, saved.current_version) == (1, "half", 2)
    assert [each.id for each in (await admin.call("list_drafts")).items] == [saved.id]
    read = await admin.call("get_draft", draft_id=draft)
    assert (read.definition, read.text, read.pins) == (half, None, {"work": {"n": 2**70}})
    await admin.call("delete_draft", draft_id=draft, revision=1)
    assert (await admin.problem("get_draft", draft_id=draft)).reason == "IL024"
    assert (await admin.call("report_editing", workflow="chain")).editors == []


async def _outside_work(admin: Recording) -> None:
    await admin.call("create_workflow", definition=SLOW)
    started = await admin.call("run_workflow", workflow="slow", input={"a": 1}, idempotency_key="once")
    assert (await admin.call("run_workflow", workflow="slow", input={"a": 1}, idempotency_key="once")).execution_id == started.execution_id
    worker = str(uuid4())
    claimed = await admin.call("claim_assignments", worker_id=worker, request=1, queues=["outside"])
    [work] = claimed.items
    assert (work.execution_id, work.node_id, work.attempt) == (started.execution_id, "work", 1)
    assert (await admin.call("heartbeat_worker", worker_id=worker)).revoked == []
    result = {
        "execution_id": work.execution_id,
        "assignment_id": work.assignment_id,
        "attempt": 1,
        "outcome": "completed",
        "output": {"big": 2**63},
    }
    done = await admin.call("complete_assignments", worker_id=worker, request=2, results=[result])
    assert [answer.answer for answer in done.answers] == ["ok"]
    assert (await admin.call("stop_worker", worker_id=worker)).released == 0
    execution = await admin.call("get_execution", execution_id=started.execution_id)
    assert (execution.status, execution.run_data.node_results["work"].output_data) == ("completed", {"big": 2**63})


async def _executions(admin: Recording, database_url: str, answered: set[str]) -> None:
    started = await admin.call("run_workflow", workflow="slow")
    execution = started.execution_id
    assert [each.id for each in (await admin.call("list_executions", status=["running"])).items] == [execution]
    assert len((await admin.call("list_workflow_executions", workflow="slow", limit=1)).items) == 1
    counts = {each.status: each.count for each in (await admin.call("count_executions", workflow="slow")).counts}
    assert (counts["running"], counts["completed"]) == (1, 1)
    assert (await admin.call("get_execution", execution_id=execution, run_data=False)).run_data is None
    [_, work] = (await admin.call("list_execution_assignments", execution_id=execution)).items
    whole = await admin.call("get_assignment", execution_id=execution, assignment_id=work.id)
    assert (whole.node_id, whole.status) == ("work", "pending")
    assert [each.id for each in (await admin.call("list_assignments", queue="outside")).items] == [work.id]
    assert (await admin.call("explain_execution", execution_id=execution)).reasons
    tested = await admin.call("test_workflow", workflow="slow", scope={"only": "work"}, input={"a": 2}, pins={"start": {"a": 2**63}})
    assert [each.id for each in (await admin.call("list_executions", tests="only")).items] == [tested.execution_id]
    shown = await admin.call("get_execution_definition", execution_id=tested.execution_id)
    assert (shown.version, shown.scope, shown.definition["name"]) == (None, {"only": "work", "pinned": ["start"]}, "slow")
    await admin.call("cancel_execution", execution_id=tested.execution_id)
    assert (await admin.call("suspend_execution", execution_id=execution)).changed
    assert (await admin.call("get_execution", execution_id=execution)).suspended_at is not None
    assert (await admin.call("continue_execution", execution_id=execution)).changed
    assert (await admin.call("cancel_assignment", execution_id=execution, assignment_id=work.id)).changed
    other = (await admin.call("run_workflow", workflow="slow")).execution_id
    assert (await admin.call("cancel_execution", execution_id=other, reason="enough")).status == "cancelled"
    again = await admin.call("retry_execution", execution_id=other, from_node="work")
    assert again.created
    quick = (await admin.call("run_workflow", workflow="chain")).execution_id
    async with working(worker_settings(database_url, [], name="test", lease_seconds=30)):
        kinds = [event.kind async for event in admin.start("watch_execution", {"execution_id": quick})]
        workers = await admin.call("list_workers")
    assert kinds[-1] == executions_pb2.EXECUTION_EVENT_KIND_END
    answered.add("watch_execution")
    assert "test" in {worker.name for worker in workers.items}
    assert "outside" in {queue.queue for queue in (await admin.call("list_queues")).items}
    assert (await admin.call("get_overview")).window_minutes == 60


async def _credentials_and_types(admin: Recording) -> None:
    assert "HTTP_REQUEST" in {each.subtype for each in (await admin.call("list_node_types")).items}
    kind = await admin.call("get_node_type", type="ACTION_NODE", subtype="TRANSFORM")
    assert kind.parameters_schema["type"] == "object"
    assert (await admin.call("get_definition_schema")).json_schema["$schema"].endswith("2020-12/schema")
    shown = await admin.call("evaluate_expression", text="{{ amount * 2 }}", input={"amount": 60})
    assert (shown.type, shown.value, shown.error) == ("number", 120, None)
    assert "round" in {part.name for part in (await admin.call("list_expression_parts")).items}
    made = await admin.call("create_credential", name="mail", kind="bearer", fields={"token": "s3cret-s3cret"}, allowed_hosts=["api.example.com"])
    assert made.field_names == ["token"]
    changed = await admin.call("update_credential", credential_id=made.id, description="of the mail server")
    assert changed == await admin.call("get_credential", credential_id=made.id)
    assert [each.id for each in (await admin.call("list_credentials")).items] == [made.id]
    tested = await admin.call("test_credential", credential_id=made.id, url="https://other.example")
    assert (tested.passed, tested.code) == (False, "credential_host")
    await admin.call("delete_credential", credential_id=made.id)
    assert (await admin.problem("get_credential", credential_id=made.id)).reason == "IL040"


IN_VAIN: dict[str, tuple[dict[str, Any], str]] = {
    "sign_in": ({"email": "nobody", "password": "x"}, "IL054"),
    "change_password": ({"current_password": "x", "new_password": "short"}, "IL054"),
    "list_workflows": ({"limit": 0}, "IL054"),
    "create_workflow": ({"definition": {"name": "w", "nodes": []}}, "IL020"),
    "validate_workflow": ({}, "IL054"),
    "get_workflow": ({"workflow": "none"}, "IL005"),
    "update_workflow": ({"workflow": "none", "definition": SLOW}, "IL005"),
    "delete_workflow": ({"workflow": "none"}, "IL005"),
    "list_versions": ({"workflow": "none"}, "IL005"),
    "get_version": ({"workflow": "none", "version": 1}, "IL005"),
    "run_workflow": ({"workflow": "none"}, "IL005"),
    "test_workflow": ({"workflow": "none"}, "IL005"),
    "list_workflow_executions": ({"workflow": "none"}, "IL005"),
    "list_drafts": ({"workflow": "none"}, "IL005"),
    "get_draft": ({"draft_id": UNKNOWN}, "IL024"),
    "save_draft": ({"draft_id": UNKNOWN, "revision": 7, "text": "a", "syntax": "yaml"}, "IL024"),
    "delete_draft": ({"draft_id": "no"}, "IL054"),
    "report_editing": ({"workflow": "none"}, "IL005"),
    "list_executions": ({"cursor": "%"}, "IL054"),
    "count_executions": ({"subject": "a\0b"}, "IL054"),
    "get_execution": ({"execution_id": UNKNOWN}, "IL001"),
    "get_execution_definition": ({"execution_id": UNKNOWN}, "IL001"),
    "list_execution_assignments": ({"execution_id": UNKNOWN, "since": -1}, "IL054"),
    "get_assignment": ({"execution_id": UNKNOWN, "assignment_id": "no"}, "IL054"),
    "watch_execution": ({"execution_id": UNKNOWN}, "IL001"),
    "cancel_execution": ({"execution_id": UNKNOWN}, "IL001"),
    "cancel_assignment": ({"execution_id": UNKNOWN, "assignment_id": UNKNOWN}, "IL001"),
    "suspend_execution": ({"execution_id": UNKNOWN}, "IL001"),
    "continue_execution": ({"execution_id": UNKNOWN}, "IL001"),
    "retry_execution": ({"execution_id": UNKNOWN}, "IL001"),
    "explain_execution": ({"execution_id": UNKNOWN}, "IL001"),
    "list_assignments": ({"queue": "not a queue"}, "IL054"),
    "claim_assignments": ({"worker_id": UNKNOWN, "queues": ["q"]}, "IL054"),
    "complete_assignments": ({"worker_id": UNKNOWN, "request": 1, "results": [{"attempt": 1}]}, "IL054"),
    "heartbeat_worker": ({"worker_id": UNKNOWN}, "IL010"),
    "stop_worker": ({"worker_id": UNKNOWN}, "IL010"),
    "get_node_type": ({"type": "NO", "subtype": "NO"}, "IL055"),
    "evaluate_expression": ({"text": "1", "execution_id": UNKNOWN}, "IL001"),
    "list_users": ({"search": "x" * 501}, "IL054"),
    "create_user": ({"email": "a@b.c", "name": "A", "password": "correct horse battery"}, "IL054"),
    "get_user": ({"user_id": UNKNOWN}, "IL036"),
    "update_user": ({"user_id": UNKNOWN, "name": "A"}, "IL036"),
    "delete_user": ({"user_id": UNKNOWN}, "IL036"),
    "switch_workspace": ({"workspace_id": 1}, "IL031"),
    "create_workspace": ({"name": "Not a name"}, "IL054"),
    "get_workspace": ({"workspace_id": 999}, "IL060"),
    "update_workspace": ({"workspace_id": 999, "max_running": 1}, "IL060"),
    "delete_workspace": ({"workspace_id": 1}, "IL061"),
    "create_api_key": ({"name": "a", "expires_in_days": 0}, "IL054"),
    "revoke_api_key": ({"api_key_id": UNKNOWN}, "IL038"),
    "create_credential": ({"name": "a", "kind": "bearer", "fields": {"Not good": "x"}}, "IL054"),
    "get_credential": ({"credential_id": UNKNOWN}, "IL040"),
    "update_credential": ({"credential_id": UNKNOWN, "description": "x"}, "IL040"),
    "test_credential": ({"credential_id": UNKNOWN}, "IL040"),
    "delete_credential": ({"credential_id": UNKNOWN}, "IL040"),
    "get_overview": ({"window_minutes": 1}, "IL054"),
}


async def test_every_operation_refuses_with_its_code(admin: Client) -> None:
    wrong: dict[str, Problem] = {}
    for name, (fields, reason) in IN_VAIN.items():
        problem = await admin.problem(name, **fields)
        if problem.reason != reason or not problem.message or (reason in {"IL054", "IL020"} and not problem.places):
            wrong[name] = problem
    assert not wrong


async def test_every_operation_refuses_fields_of_a_newer_client(admin: Client) -> None:
    for name in OPERATIONS:
        data = message_of(name, {}).SerializeToString() + b"\xf8\x3e\x01"
        problem = await problem_of(admin.raw(name, data))
        assert (problem.code, problem.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "IL054"), name
        assert f"{METHODS[name].descriptor.input_type.full_name} has no field 1007" in problem.message


@pytest.mark.parametrize("data", [b"\xff", b"\x0a\x7f", b"\x0a\x02\xff\xfe"])
async def test_bytes_that_are_no_message_are_refused(admin: Client, data: bytes) -> None:
    problem = await problem_of(admin.raw("get_workflow", data))
    assert (problem.code, problem.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "IL013")


async def test_callers_without_a_sign_in_or_without_the_permission_are_refused(served: Served) -> None:
    nobody = await served.client(None)
    viewer = await served.client(Role.ANNOTATOR)
    for name, operation in OPERATIONS.items():
        if operation.permission == "public":
            continue
        assert (await nobody.problem(name)).reason == "IL030", name
        wrong = await problem_of(nobody.raw(name, b"", authorization="Bearer il_made_up"))
        assert (wrong.code, wrong.reason) == (grpc.StatusCode.UNAUTHENTICATED, "IL030"), name
    refused = await viewer.problem("list_users")
    assert (refused.code, refused.reason) == (grpc.StatusCode.PERMISSION_DENIED, "IL031")
    assert (await problem_of(nobody.raw("get_session", b"", authorization="Basic abc"))).reason == "IL030"


async def test_a_long_execution_fits_into_what_a_client_takes_by_default(served: Served) -> None:
    """4 MiB a message."""
    execution = await run_wide(Asking(served.api.services), MEBIBYTE - 100)
    key = await served.api.key()
    async with grpc.aio.insecure_channel(served.server.address) as channel:
        client = Client(channel, authorization=f"Bearer {key}")
        seen: list[str] = []
        request: dict[str, Any] = {"execution_id": execution}
        while True:
            run_data = (await client.call("get_execution", **request)).run_data
            seen += [step.node_id for step in run_data.execution_path]
            if run_data.next_cursor is None:
                break
            request["run_data_cursor"] = run_data.next_cursor
    assert len(seen) == len(set(seen)) == BRANCHES + 2
