"""Assignments for workers outside."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from interlock.api.models.assignments import (
    AssignmentList,
    AssignmentOutcome,
    ClaimedAssignments,
    CompletedAssignments,
    ListedAssignment,
    WorkerHeartbeat,
)
from interlock.api.models.executions import AssignmentStatus
from interlock.client.calling import Caller
from interlock.client.paging import paginate


class AssignmentOperations(Caller):
    async def list_assignments(
        self,
        *,
        status: Sequence[AssignmentStatus] | None = None,
        queue: str | None = None,
        workflow: str | None = None,
        mine: bool | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AssignmentList:
        """One page of the open assignments, oldest first."""
        return await self._ask(
            "list_assignments", AssignmentList, status=status, queue=queue, workflow=workflow, mine=mine, limit=limit, cursor=cursor
        )

    def all_assignments(
        self,
        *,
        status: Sequence[AssignmentStatus] | None = None,
        queue: str | None = None,
        workflow: str | None = None,
        mine: bool | None = None,
    ) -> AsyncIterator[ListedAssignment]:
        """Every open assignment, page after page."""
        return paginate(self.list_assignments, status=status, queue=queue, workflow=workflow, mine=mine, limit=200)

    async def claim_assignments(
        self,
        *,
        worker_id: UUID | str,
        request: int,
        queues: Sequence[str],
        worker_name: str | None = None,
        limit: int | None = None,
        lease_seconds: int | None = None,
    ) -> ClaimedAssignments:
        """Take due assignments, oldest first. `request` is counted by the worker from 1, over claims and completions."""
        return await self._ask(
            "claim_assignments",
            ClaimedAssignments,
            worker_id=worker_id,
            request=request,
            queues=queues,
            worker_name=worker_name,
            limit=limit,
            lease_seconds=lease_seconds,
        )

    async def complete_assignments(self, *, worker_id: UUID | str, request: int, results: Sequence[AssignmentOutcome]) -> CompletedAssignments:
        """Report what came of assignments that the worker holds."""
        return await self._ask("complete_assignments", CompletedAssignments, worker_id=worker_id, request=request, results=results)

    async def heartbeat_worker(self, worker_id: UUID | str) -> WorkerHeartbeat:
        """A sign of life; answers which assignments are to be dropped."""
        return await self._ask("heartbeat_worker", WorkerHeartbeat, worker_id=worker_id)
