"""Starts test runs: plans what runs, finds what is taken over, and hands both to the database."""

from typing import Any
from uuid import UUID

from interlock.api.call import Call
from interlock.api.definition_errors import error_answers, refusal
from interlock.api.models.workflows import StartedTest, TestWorkflow
from interlock.api.models.workflows import TestScope as AskedScope
from interlock.definition import TestRefused, TestScope
from interlock.errors import InvalidRequest
from interlock.insight import workflows as insight
from interlock.insight.execution_details import TakenOutput, read_outputs


async def start_test(call: Call, request: TestWorkflow) -> StartedTest:
    """Starts one test run. Raises DefinitionRefused, ExecutionNotFound, InvalidRequest, WorkflowNotFound."""
    scope = _scope(request.scope)
    workflow = None if request.workflow is None else await insight.find_workflow(call.scope, request.workflow)
    raw = request.definition if request.definition is not None else await _saved(call, workflow)
    outputs = {} if request.from_execution is None else await read_outputs(call.scope, request.from_execution)
    pins = _pins(request.pins)
    try:
        planned = await call.services.definitions.plan_test(
            raw,
            scope,
            by=call.caller.name,
            pins=list(pins),
            outputs={node: output.ports for node, output in outputs.items()},
            trigger=request.trigger,
            has_input=request.input is not None,
        )
    except TestRefused as reason:
        raise InvalidRequest.of("scope", str(reason), "bad_test", "Choose a node of the definition.") from reason
    if planned.plan is None:
        raise refusal(error_answers(planned.errors, raw))
    started = await call.plane.start_test_run(
        workflow,
        planned.plan,
        test=_described(scope, request, pins),
        execution_input=request.input or {},
        taken=[_taken(node, pins, outputs) for node in planned.plan.taken],
        from_execution=request.from_execution,
        subject=request.subject,
        by=call.caller.name,
        trace_parent=call.trace_parent,
    )
    return StartedTest(execution_id=UUID(started["execution_id"]), workflow_id=UUID(started["workflow_id"]))


async def _saved(call: Call, workflow: UUID | None) -> dict[str, Any]:
    if workflow is None:
        raise InvalidRequest.of("definition", "there is neither a definition nor a workflow", "missing", "give one of them")
    return (await insight.read_version(call.scope, workflow, None)).definition


def _scope(asked: AskedScope | None) -> TestScope:
    named = {"only": asked.only, "until": asked.until, "from": asked.from_node} if asked is not None else {}
    given = [(kind, node) for kind, node in named.items() if node is not None]
    if len(given) > 1:
        raise InvalidRequest.of("scope", f"there are {len(given)} scopes", "too_many", "give one of only, until and from_node")
    if not given:
        return TestScope()
    kind, node = given[0]
    return TestScope(kind=kind, node=node)  # type: ignore[arg-type] # the keys above are the kinds


def _pins(given: dict[str, Any]) -> dict[str, dict[str, Any]]:
    for node, output in given.items():
        if not isinstance(output, dict):
            raise InvalidRequest.of(f"pins.{node}", "the output of a node is an object", "bad_value", "put the value into an object")
    return given


def _taken(node: str, pins: dict[str, dict[str, Any]], outputs: dict[str, TakenOutput]) -> dict[str, Any]:
    return {"node_id": node, "output": pins[node]} if node in pins else {"node_id": node, "assignment_id": str(outputs[node].assignment_id)}


def _described(scope: TestScope, request: TestWorkflow, pins: dict[str, Any]) -> dict[str, Any]:
    """Returns what the execution says about its test."""
    part = {} if scope.node is None else {"from_node" if scope.kind == "from" else scope.kind: scope.node}
    return part | ({"pinned": sorted(pins)} if pins else {}) | ({"from_execution": str(request.from_execution)} if request.from_execution else {})
