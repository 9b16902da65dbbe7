"""Makes one of everything over HTTP, so that requests find what they ask for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import httpx

from tests.api.rest.workflows import JsonObject, chain

TRIGGER: Final = {"id": "begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"}


def ending(name: str, node: JsonObject) -> JsonObject:
    """A trigger and the node that ends it; no worker is needed."""
    return {"name": name, "nodes": [TRIGGER, node | {"id": "last"}], "connections": [{"from": "begin", "to": "last"}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What there is, by the names that the fields of requests have.

    Attributes:
        executions: one that is open, with an assignment that a worker holds; one that failed; one that completed. Each with one of its assignments.
        values: one of everything else.
        definition: of a workflow that can be saved.
    """

    executions: Sequence[Mapping[str, str]]
    values: Mapping[str, str]
    definition: JsonObject

    @property
    def places(self) -> list[dict[str, str]]:
        """All fields together, once for each execution."""
        return [{**self.values, **execution} for execution in self.executions]


def make_world(client: httpx.Client) -> World:
    """Another world; nothing of it is shared with those before."""
    name = f"world-{uuid4().hex[:8]}"
    workflow = _post(client, "/workflows", definition=chain(name, text="a"))["id"]
    _ask(client, "PUT", f"/workflows/{workflow}", definition=chain(name, text="b"))
    _post(
        client, "/workflows", definition=ending(f"{name} failing", {"type": "FLOW_NODE", "subtype": "FAIL", "parameters": {"message": "on purpose"}})
    )
    _post(client, "/workflows", definition=ending(f"{name} ending", {"type": "FLOW_NODE", "subtype": "END"}))
    worker = str(uuid4())
    open_one = _run(client, name)
    _post(client, "/assignments/claim", worker_id=worker, request=1, queues=["default"], limit=1000, lease_seconds=3600)
    user = _post(client, "/users", email=f"{name}@example.com", name="Somebody", role="editor")["id"]
    key = _post(client, "/api-keys", name=name, role="viewer")["id"]
    workspace = _post(client, "/workspaces", name=name)["id"]
    credential = _post(client, "/credentials", name=name, kind="bearer", fields={"token": "secret"}, allowed_hosts=["api.example.com"])["id"]
    draft = str(uuid4())
    _ask(client, "PUT", f"/drafts/{draft}", workflow=workflow, definition=chain(name, text="d"))
    return World(
        executions=[open_one, _run(client, f"{name} failing"), _run(client, f"{name} ending")],
        values={
            "workflow": workflow,
            "version": "1",
            "worker_id": worker,
            "user_id": user,
            "workspace_id": workspace,
            "api_key_id": key,
            "credential_id": credential,
            "draft_id": draft,
            "type": "ACTION_NODE",
            "subtype": "TRANSFORM",
        },
        definition=chain(f"{name} more", text="c"),
    )


def _run(client: httpx.Client, workflow: str) -> dict[str, str]:
    execution = _post(client, f"/workflows/{workflow}/run", input={"a": 1}, subject="s")["execution_id"]
    assignments = _ask(client, "GET", f"/executions/{execution}/assignments")["items"]
    return {"execution_id": execution, "assignment_id": assignments[-1]["id"]}


def _post(client: httpx.Client, path: str, **body: Any) -> JsonObject:
    return _ask(client, "POST", path, **body)


def _ask(client: httpx.Client, method: str, path: str, **body: Any) -> JsonObject:
    answer = client.request(method, f"/api/v1{path}", json=body or None)
    assert answer.is_success, f"{method} {path}: {answer.text}"
    return dict(answer.json())
