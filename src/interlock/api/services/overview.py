"""The state of the installation."""

from interlock.api.call import Call
from interlock.api.models.overview import GetOverview, ListQueues, ListWorkers, Overview, QueueList, WorkerList
from interlock.insight import open_assignments, workers
from interlock.insight.diagnosis import diagnose_within
from interlock.insight.overview import read_overview
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
        findings=await diagnose_within(scope),
    )


async def list_workers(call: Call, request: ListWorkers) -> WorkerList:  # noqa: ARG001  # it has no fields
    return WorkerList(items=await workers.list_workers(call.scope))


async def list_queues(call: Call, request: ListQueues) -> QueueList:  # noqa: ARG001  # it has no fields
    return QueueList(items=await open_assignments.list_queues(call.scope))
