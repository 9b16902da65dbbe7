"""Assignments for workers that use the API, and the list of open ones."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from interlock.api.auth.permissions import Permission
from interlock.api.call import Call
from interlock.api.cursors import make_cursor, read_cursor, time_and_id
from interlock.api.invalid_fields import inside
from interlock.api.models.assignments import (
    AssignmentList,
    AssignmentOutcome,
    ClaimAssignments,
    ClaimedAssignment,
    ClaimedAssignments,
    CompleteAssignments,
    CompletedAssignments,
    HeartbeatWorker,
    ListAssignments,
    OutcomeAnswer,
    RefusedOutcome,
    RevokedAssignment,
    StoppedWorker,
    StopWorker,
    WorkerHeartbeat,
)
from interlock.api.models.problems import InvalidField as InvalidFieldAnswer
from interlock.assignment_errors import DATABASE_ONLY
from interlock.controlplane import Assignment, AssignmentResult, Version
from interlock.errors import InvalidField, InvalidRequest, RequestOutOfOrder, WorkerLost
from interlock.insight.open_assignments import Place, divide_limit, list_open_assignments
from interlock.insight.records.assignments import OPEN_ASSIGNMENT_STATUSES
from interlock.insight.workers import count_still_held
from interlock.insight.workflows import find_workflow


async def list_assignments(call: Call, request: ListAssignments) -> AssignmentList:
    """Returns open assignments. A caller who may not see executions gets only those that are assigned to them."""
    for place, status in enumerate(request.status):
        if status not in OPEN_ASSIGNMENT_STATUSES:
            raise InvalidRequest.of(
                f"status[{place}]", f"an assignment that is {status} is not open", "not_open", f"one of {', '.join(OPEN_ASSIGNMENT_STATUSES)}"
            )
    scope = call.scope
    items, end = await list_open_assignments(
        scope,
        statuses=request.status,
        queue=request.queue,
        workflow=None if request.workflow is None else await find_workflow(scope, request.workflow, deleted=True),
        assigned_to=call.caller.user_id if request.mine or not call.caller.may(Permission.EXECUTIONS_READ) else None,
        after=read_cursor(request.cursor, _place, 3),
        limit=request.limit,
    )
    return AssignmentList(items=items, next_cursor=make_cursor(end.created_at, end.execution_id, end.assignment_id) if end else None)


async def claim_assignments(call: Call, request: ClaimAssignments) -> ClaimedAssignments:
    """Registers the worker with its first claim. The limit counts all queues together."""
    plane, queues = call.plane, list(dict.fromkeys(request.queues))
    name = request.worker_name or f"worker of {call.caller.name}"
    details = {"user": call.caller.name, "via": "api"}
    await plane.register_worker(request.worker_id, name, queues, request.lease_seconds, details, registered_by=call.caller.user_id)
    shares = await divide_limit(call.scope, queues, request.limit)
    exchanged = await plane.exchange(request.worker_id, request.request, [], queues=queues, limits=shares)
    items = exchanged.assignments
    versions = {version_id: await plane.get_version(version_id) for version_id in sorted({item["version_id"] for item in items})}
    return ClaimedAssignments(items=[_claimed(item, versions[item["version_id"]]) for item in items], next_due_seconds=exchanged.next_due_seconds)


async def complete_assignments(call: Call, request: CompleteAssignments) -> CompletedAssignments:
    """Records the results that are valid, and answers each of the others with what is wrong in it."""
    plane = call.plane
    refused = _refused(request.results)
    results = [one for position, one in enumerate(request.results) if position not in refused]
    await plane.touch_worker(request.worker_id, call.caller.user_id)
    exchanged = await plane.exchange(request.worker_id, request.request, [_result(one) for one in results], queues=[], limits=[])
    done = [one for one, answer in zip(results, exchanged.answers, strict=True) if answer == "ok"]
    held = await count_still_held(
        call.scope,
        request.worker_id,
        request.request,
        executions=[one.execution_id for one in done],
        assignments=[one.assignment_id for one in done],
        attempts=[one.attempt for one in done],
    )
    if held:  # the exchange took this for a repeat of another request with the same number
        raise RequestOutOfOrder(f"the number {request.request} was used for another request of this worker", hint="count every claim and completion")
    answers = iter(exchanged.answers)
    return CompletedAssignments(
        answers=[
            OutcomeAnswer(
                execution_id=one.execution_id,
                assignment_id=one.assignment_id,
                answer=InvalidRequest.code if position in refused else next(answers),
                invalid=[InvalidFieldAnswer.model_validate(field) for field in refused.get(position, ())],
            )
            for position, one in enumerate(request.results)
        ]
    )


async def heartbeat_worker(call: Call, request: HeartbeatWorker) -> WorkerHeartbeat:
    await call.plane.touch_worker(request.worker_id, call.caller.user_id)
    heartbeat = await call.plane.heartbeat(request.worker_id)
    if heartbeat.lost:
        raise WorkerLost(f"the worker {request.worker_id} was lost", hint="take a new id")
    return WorkerHeartbeat(revoked=[RevokedAssignment.model_validate(one) for one in heartbeat.revoked])


async def stop_worker(call: Call, request: StopWorker) -> StoppedWorker:
    plane = call.plane
    try:
        await plane.touch_worker(request.worker_id, call.caller.user_id)
    except WorkerLost:  # it stopped before, or was lost: it holds nothing any more
        return StoppedWorker(released=0)
    return StoppedWorker(released=await plane.stop_worker(request.worker_id))


def _place(parts: list[str]) -> Place:
    created_at, execution_id = time_and_id(parts)
    return Place(created_at=created_at, execution_id=execution_id, assignment_id=UUID(parts[2]))


def _claimed(item: Assignment, version: Version) -> ClaimedAssignment:
    node = version.nodes[item["node_no"]]
    return ClaimedAssignment.model_validate(
        {
            **item,
            "workflow": version.workflow,
            "version": version.version,
            **{key: node[key] for key in ("node_id", "name", "type", "subtype", "parameters")},
        }
    )


def _result(outcome: AssignmentOutcome) -> AssignmentResult:
    result = AssignmentResult(
        execution_id=str(outcome.execution_id), assignment_id=str(outcome.assignment_id), attempt=outcome.attempt, outcome=outcome.outcome
    )
    if outcome.output is not None:
        result["output"] = outcome.output
    if outcome.port is not None:
        result["port"] = outcome.port
    if outcome.error is not None:
        result["error"] = {
            "code": outcome.error.code,
            "message": outcome.error.message,
            "hint": outcome.error.hint,
            "details": outcome.error.details,
            "retryable": outcome.error.retryable,
        }
    return result


def _refused(results: Sequence[AssignmentOutcome]) -> Mapping[int, Sequence[InvalidField]]:
    """Returns what is wrong with the results that are not valid, by their positions."""
    counts = Counter((one.execution_id, one.assignment_id) for one in results)
    found: dict[int, Sequence[InvalidField]] = {}
    for position, one in enumerate(results):
        fields = one.refused if isinstance(one, RefusedOutcome) else _errors_in(one)
        if counts[one.execution_id, one.assignment_id] > 1:
            fields = (*fields, _field("", "the assignment is reported more than once in this request", "reported_twice", "report each once"))
        if fields:
            found[position] = [replace(field, place=inside(f"results[{position}]", field.place)) for field in fields]
    return found


def _errors_in(one: AssignmentOutcome) -> Sequence[InvalidField]:
    if (one.error is not None) != (one.outcome == "failed"):
        message = "a failed assignment needs an error" if one.error is None else f"an assignment that is {one.outcome} has no error"
        return [_field("error", message, "error_and_outcome", "give `error` with the outcome `failed`, and only then")]
    if one.error is not None and one.error.code in DATABASE_ONLY:
        message = f"only the database gives the code {one.error.code}"
        return [_field("error.code", message, "reserved_code", "choose a code of your own: docs/errors.md lists ours")]
    return ()


def _field(place: str, message: str, code: str, hint: str) -> InvalidField:
    return InvalidField(place=place, message=message, code=code, hint=hint)
