"""Assignments, for workers outside."""

from typing import Final

from interlock.api.auth.permissions import Permission
from interlock.api.models.assignments import (
    AssignmentList,
    ClaimAssignments,
    ClaimedAssignments,
    CompleteAssignments,
    CompletedAssignments,
    HeartbeatWorker,
    ListAssignments,
    StoppedWorker,
    StopWorker,
    WorkerHeartbeat,
)
from interlock.api.operations.operation import Operation, Repeat, Service
from interlock.errors import RequestOutOfOrder, VersionNotFound, WorkerLost, WorkerUnknown, WorkflowNotFound

SERVICE: Final[Service] = "assignments"

OPERATIONS: Final = (
    Operation(
        name="list_assignments",
        service=SERVICE,
        rest="GET /assignments",
        permission=Permission.ASSIGNMENTS_READ,
        request=ListAssignments,
        answer=AssignmentList,
        errors=(WorkflowNotFound,),
    ),
    Operation(
        name="claim_assignments",
        service=SERVICE,
        rest="POST /assignments/claim",
        permission=Permission.ASSIGNMENTS_WORK,
        request=ClaimAssignments,
        answer=ClaimedAssignments,
        repeat=Repeat.REQUEST_NUMBER,
        errors=(RequestOutOfOrder, VersionNotFound, WorkerLost, WorkerUnknown),
    ),
    Operation(
        name="complete_assignments",
        service=SERVICE,
        rest="POST /assignments/complete",
        permission=Permission.ASSIGNMENTS_WORK,
        request=CompleteAssignments,
        answer=CompletedAssignments,
        repeat=Repeat.REQUEST_NUMBER,
        errors=(RequestOutOfOrder, WorkerLost, WorkerUnknown),
    ),
    Operation(
        name="heartbeat_worker",
        service=SERVICE,
        rest="POST /assignments/heartbeat",
        permission=Permission.ASSIGNMENTS_WORK,
        request=HeartbeatWorker,
        answer=WorkerHeartbeat,
        repeat=Repeat.CHANGES_NOTHING,
        errors=(WorkerLost, WorkerUnknown),
    ),
    Operation(
        name="stop_worker",
        service=SERVICE,
        rest="POST /assignments/stop",
        permission=Permission.ASSIGNMENTS_WORK,
        request=StopWorker,
        answer=StoppedWorker,
        repeat=Repeat.CHANGES_NOTHING,
        errors=(WorkerUnknown,),
    ),
)
