"""An error has the same code, message, details and hint over REST, over gRPC and in the Python client."""

from dataclasses import asdict
from typing import Any

import pytest

from interlock.api.operations import OPERATIONS
from interlock.client import Client
from interlock.errors import InterlockError
from tests.api.grpc.conftest import ServeGrpc, serve_grpc
from tests.api.rest.workflows import chain

__all__ = ["serve_grpc"]
UNKNOWN = "0197b7a5-0000-7000-8000-000000000000"
RESULT = {"execution_id": UNKNOWN, "assignment_id": UNKNOWN, "attempt": 1, "outcome": "completed"}
NO_TYPE = {"name": "x", "nodes": [{"id": "a", "type": "ACTION_NODE", "subtype": "NOTHING"}], "connections": []}
WRONG: dict[str, tuple[str, dict[str, str], dict[str, Any]]] = {
    "IL021": ("create_workflow", {}, {"definition": chain("taken", other=1)}),
    "IL005": ("run_workflow", {"workflow": "none"}, {}),
    "IL007": ("run_workflow", {"workflow": "taken"}, {"trigger": "none"}),
    "IL016": ("retry_execution", {"execution_id": "the one"}, {"from_node": "none"}),
    "IL010": ("complete_assignments", {}, {"worker_id": UNKNOWN, "request": 1, "results": [RESULT]}),
    "IL020": ("create_workflow", {}, {"definition": NO_TYPE}),
}
"""By the code of the error: operation, fields in the path, fields in the body."""


@pytest.mark.parametrize("code", WRONG)
async def test_an_error_is_the_same_everywhere(serve_grpc: ServeGrpc, code: str) -> None:
    served = await serve_grpc()
    name, in_path, body = WRONG[code]
    async with Client(served.api.url, api_key=await served.api.key()) as client:
        await client.create_workflow(chain("taken"))
        execution = str((await client.run_workflow("taken")).execution_id)
        await client.cancel_execution(execution)
        in_path = {field: execution if value == "the one" else value for field, value in in_path.items()}
        with pytest.raises(InterlockError) as raised:
            await getattr(client, name)(**in_path, **body)
    answer = await (await served.api.client()).post(f"/api/v1{OPERATIONS[name].path.format(**in_path)}", json=body)
    over_rest = answer.json()
    over_grpc = await (await served.client()).problem(name, **in_path, **body)
    expected = (code, raised.value.message, raised.value.details, raised.value.hint)
    assert raised.value.code == code
    assert raised.value.message
    assert (over_rest["code"], over_rest["detail"], over_rest["details"], over_rest["hint"]) == expected
    assert (over_grpc.reason, over_grpc.message, over_grpc.metadata.get("details", ""), over_grpc.metadata.get("hint", "")) == expected
    fields = [asdict(field) for field in getattr(raised.value, "fields", ())]
    assert fields == over_rest["invalid"]
    assert [{name: value for name, value in field.items() if value is not None} for field in fields] == over_grpc.fields
    assert [field["place"] for field in over_grpc.fields] == over_grpc.places
    assert over_rest["instance"] == answer.headers["X-Request-Id"]
    assert len({raised.value.request_id, over_rest["instance"], over_grpc.request_id}) == 3
