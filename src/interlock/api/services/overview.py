"""The state of the installation."""

from interlock.api.call import Call
from interlock.api.limits import WHO_RAISES
from interlock.api.models.overview import GetOverview, ListQueues, ListWorkers, Overview, QueueList, WorkerList
from interlock.insight import open_assignments, workers
from interlock.insight.diagnosis import diagnose_within
from interlock.insight.diagnosis.limits import NEAR
from interlock.insight.overview import read_overview
from interlock.insight.records.installation import Finding
from interlock.insight.workflows import find_workflow


async def get_overview(call: Call, request: GetOverview) -> Overview:
    scope = call.scope
    workflow = None if request.workflow is None else await find_workflow(scope, request.workflow, deleted=True)
    recent = await read_overview(scope, window_minutes=request.window_minutes, workflow_id=workflow)
    return Overview(
        at=recent.at,
        window_minutes=request.window_minutes,
        bucket_seconds=recent.bucket_seconds,
        buckets=recent.buckets,
        durations=recent.durations,
        failing_nodes=recent.failing_nodes,
        waiting=recent.waiting,
        findings=[*await diagnose_within(scope), *_near_limits(call), *await _near_open(call)],
    )


def _near_limits(call: Call) -> list[Finding]:
    """Returns a warning for each limit of requests and streams that the caller, or the workspace, has nearly used up in this process."""
    found = []
    for name, of, limit, part in call.services.limits.used(call.caller, call.services.watcher.watchers()):
        if part >= NEAR:
            what = "requests a minute" if name.endswith("requests") else "event streams"
            message = f"{of} uses {part:.0%} of the limit of {limit:,} {what} in this process"
            found.append(Finding(level="warning", check="limits", message=message, hint=WHO_RAISES[name]))
    return found


async def _near_open(call: Call) -> list[Finding]:
    """Returns a warning if the caller has nearly as many assignments open as a user may."""
    limit = call.services.settings.user_assignments
    if limit is None:
        return []
    count = await call.plane.open_count_of_user(call.caller.user_id, limit)
    if count < NEAR * limit:
        return []
    message = f"{call.caller.name} has {count:,} of {limit:,} assignments open that a user may have"
    return [Finding(level="warning", check="limits", message=message, hint=WHO_RAISES["user_assignments"])]


async def list_workers(call: Call, request: ListWorkers) -> WorkerList:  # noqa: ARG001  # it has no fields
    return WorkerList(items=await workers.list_workers(call.scope))


async def list_queues(call: Call, request: ListQueues) -> QueueList:  # noqa: ARG001  # it has no fields
    return QueueList(items=await open_assignments.list_queues(call.scope))
