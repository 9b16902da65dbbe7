"""Lists, reads, watches, stops and retries executions."""

from collections.abc import AsyncIterator
from uuid import UUID

from interlock.api.call import Call
from interlock.api.cursors import make_cursor, read_cursor, time_and_id
from interlock.api.models.executions import (
    CancelAssignment,
    CancelExecution,
    Changed,
    ContinueExecution,
    CountExecutions,
    Execution,
    ExecutionAssignments,
    ExecutionCounts,
    ExecutionDefinition,
    ExecutionEvent,
    ExecutionList,
    ExplainExecution,
    GetAssignment,
    GetExecution,
    GetExecutionDefinition,
    ListExecutionAssignments,
    ListExecutions,
    NodeResult,
    RetriedExecution,
    RetryExecution,
    RunData,
    SuspendExecution,
    WatchExecution,
)
from interlock.insight.execution_details import PathPart, read_assignment, read_assignments, read_definition, read_execution, read_path, read_status
from interlock.insight.execution_pages import PageFilter, read_page
from interlock.insight.execution_pages import count_executions as read_counts
from interlock.insight.explanations import read_explanation
from interlock.insight.reading import Scope
from interlock.insight.records.assignments import Assignment
from interlock.insight.records.executions import Explanation
from interlock.insight.workflows import find_workflow


async def list_executions(call: Call, request: ListExecutions) -> ExecutionList:
    scope = call.scope
    before = read_cursor(request.cursor, time_and_id, 2)
    chosen = PageFilter(
        statuses=request.status,
        workflow_id=await _workflow_id(scope, request.workflow),
        subject=request.subject,
        created_from=request.created_after,
        created_to=request.created_before,
        tests=request.tests,
    )
    found = await read_page(scope, chosen, before=before, limit=request.limit + 1)
    items = found[: request.limit]
    cursor = make_cursor(items[-1].created_at, items[-1].id) if len(found) > request.limit else None
    return ExecutionList(items=items, next_cursor=cursor)


async def count_executions(call: Call, request: CountExecutions) -> ExecutionCounts:
    scope = call.scope
    workflow = await _workflow_id(scope, request.workflow)
    return ExecutionCounts(counts=await read_counts(scope, workflow_id=workflow, subject=request.subject, tests=request.tests))


async def get_execution(call: Call, request: GetExecution) -> Execution:
    scope, execution = call.scope, request.execution_id
    after = read_cursor(request.run_data_cursor, lambda parts: _assignment_of(execution, parts), 2)
    details = await read_execution(scope, execution)
    path = await read_path(scope, execution, after=after, limit=request.run_data_limit) if request.run_data else None
    return Execution(**dict(details), run_data=None if path is None else _run_data(execution, path))


async def get_execution_definition(call: Call, request: GetExecutionDefinition) -> ExecutionDefinition:
    return ExecutionDefinition(**await read_definition(call.scope, request.execution_id))


async def list_execution_assignments(call: Call, request: ListExecutionAssignments) -> ExecutionAssignments:
    found = await read_assignments(call.scope, request.execution_id, since=request.since, limit=request.limit + 1)
    items = found[: request.limit]
    return ExecutionAssignments(items=items, next_since=items[-1].change_number if len(found) > request.limit else None)


async def get_assignment(call: Call, request: GetAssignment) -> Assignment:
    return await read_assignment(call.scope, request.execution_id, request.assignment_id)


def watch_execution(call: Call, request: WatchExecution) -> AsyncIterator[ExecutionEvent]:
    """Returns the events. Raises LimitReached and TooBusy at once, and ExecutionNotFound with the first event."""
    watcher = call.services.watcher
    call.services.limits.check_stream(call.caller, watcher.watchers())
    return watcher.watch(request.execution_id, request.since, workspace_id=call.workspace_id, user_id=call.caller.user_id)


async def cancel_execution(call: Call, request: CancelExecution) -> Changed:
    changed = await call.plane.cancel(request.execution_id, request.reason, by=call.caller.name)
    return await _changed(call, request.execution_id, changed)


async def cancel_assignment(call: Call, request: CancelAssignment) -> Changed:
    changed = await call.plane.cancel_assignment(request.execution_id, request.assignment_id, request.reason, by=call.caller.name)
    return await _changed(call, request.execution_id, changed)


async def suspend_execution(call: Call, request: SuspendExecution) -> Changed:
    return await _changed(call, request.execution_id, await call.plane.suspend(request.execution_id, by=call.caller.name))


async def continue_execution(call: Call, request: ContinueExecution) -> Changed:
    return await _changed(call, request.execution_id, await call.plane.continue_(request.execution_id, by=call.caller.name))


async def retry_execution(call: Call, request: RetryExecution) -> RetriedExecution:
    call.services.database.check_room()
    retried = await call.plane.retry_once(
        request.execution_id,
        request.from_node,
        newest=request.newest,
        by=call.caller.name,
        idempotency_key=request.idempotency_key,
        trace_parent=call.trace_parent,
    )
    assert retried.execution_id is not None
    return RetriedExecution(execution_id=retried.execution_id, created=retried.created)


async def explain_execution(call: Call, request: ExplainExecution) -> Explanation:
    return await read_explanation(call.scope, call.plane, request.execution_id, limit=request.limit)


def _run_data(execution: UUID, path: PathPart) -> RunData:
    in_order = sorted(path.steps, key=lambda step: step.visit)
    results = {step.node_id: NodeResult(status=step.status, output_data=step.output_data) for step in in_order}
    cursor = None if path.last is None else make_cursor(execution, path.last)
    return RunData(execution_path=path.steps, node_results=results, truncated=cursor is not None, next_cursor=cursor)


def _assignment_of(execution: UUID, parts: list[str]) -> UUID:
    if UUID(parts[0]) != execution:
        raise ValueError("the cursor of another execution")
    return UUID(parts[1])


async def _changed(call: Call, execution_id: UUID, changed: bool) -> Changed:
    return Changed(changed=changed, status=await read_status(call.scope, execution_id))


async def _workflow_id(scope: Scope, reference: str | None) -> UUID | None:
    return None if reference is None else await find_workflow(scope, reference, deleted=True)
