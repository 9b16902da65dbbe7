"""The client has a method for each operation of the API, with the fields of its request, which returns its model."""

import inspect
import subprocess
import sys
import typing
from typing import Any, assert_type

import pytest

import interlock
from interlock.api.client_methods import FILE, source
from interlock.api.models import executions, workflows
from interlock.api.operations import OPERATIONS, Operation
from interlock.client import Client
from interlock.insight.records.workflows import WorkflowSummary

EACH = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
ALSO = {
    "all_api_keys",
    "all_drafts",
    "all_assignments",
    "all_credentials",
    "all_execution_assignments",
    "all_executions",
    "all_path_steps",
    "all_users",
    "all_versions",
    "all_workflow_executions",
    "all_workflows",
    "all_workspaces",
    "close",
    "wait_for",
}


def test_the_committed_methods_are_those_of_the_table() -> None:
    assert FILE.read_text(encoding="utf-8") == source(), "run `python -m interlock.api.client_methods`"


@EACH
def test_it_is_a_method_with_the_fields_of_its_request(operation: Operation) -> None:
    parameters = dict(inspect.signature(getattr(Client, operation.name)).parameters)
    del parameters["self"]
    assert parameters.keys() == operation.request.model_fields.keys()
    for name, field in operation.request.model_fields.items():
        has_default = parameters[name].default is not inspect.Parameter.empty
        assert has_default is not field.is_required(), name


@EACH
def test_it_answers_with_the_model(operation: Operation) -> None:
    answer = typing.get_type_hints(getattr(Client, operation.name))["return"]
    if operation.streams:
        assert typing.get_args(answer)[0] is operation.answer
    else:
        assert answer is (type(None) if operation.status == 204 else operation.answer)


async def typed(client: Client) -> None:
    """Never called: `make check` checks the types that a caller sees."""
    assert_type(await client.get_execution("…"), executions.Execution)
    assert_type((await client.get_execution("…")).output, dict[str, Any] | None)
    assert_type(await client.run_workflow("Refund", input={"amount": 40}), workflows.StartedExecution)
    assert_type((await client.list_workflows()).items, list[WorkflowSummary])
    async for event in client.watch_execution("…"):
        assert_type(event, executions.ExecutionEvent)
    async for each in client.all_executions(status=["failed"]):
        assert_type(each, executions.ExecutionSummary)
    client.all_executions(status=["sleeping"])  # type: ignore[list-item]  # there is no such status


def test_there_is_nothing_else() -> None:
    public = {name for name in dir(Client) if not name.startswith("_")}
    assert public == OPERATIONS.keys() | ALSO


def test_importing_interlock_is_light_and_has_the_client() -> None:
    program = "import sys, interlock; print('httpx' in sys.modules, 'pydantic' in sys.modules, interlock.Client.__name__)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "Client"]
    with pytest.raises(AttributeError, match="Cliant"):
        interlock.Cliant  # noqa: B018
