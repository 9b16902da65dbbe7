"""Executions: listed, read, watched, moved."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from datetime import datetime
from uuid import UUID, uuid4

from interlock.api.models.executions import (
    Assignment,
    AssignmentSummary,
    Changed,
    Execution,
    ExecutionAssignments,
    ExecutionCounts,
    ExecutionEvent,
    ExecutionList,
    ExecutionStatus,
    ExecutionSummary,
    Explanation,
    PathStep,
    RetriedExecution,
)
from interlock.client.paging import paginate
from interlock.client.streaming import StreamingCaller


class ExecutionOperations(StreamingCaller):
    async def list_executions(
        self,
        *,
        status: Sequence[ExecutionStatus] | None = None,
        workflow: str | None = None,
        subject: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ExecutionList:
        """One page of the executions that match all that is given, newest first."""
        return await self._ask(
            "list_executions",
            ExecutionList,
            status=status,
            workflow=workflow,
            subject=subject,
            created_after=created_after,
            created_before=created_before,
            limit=limit,
            cursor=cursor,
        )

    def all_executions(
        self,
        *,
        status: Sequence[ExecutionStatus] | None = None,
        workflow: str | None = None,
        subject: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
    ) -> AsyncIterator[ExecutionSummary]:
        """Every execution that matches, page after page."""
        return paginate(
            self.list_executions,
            status=status,
            workflow=workflow,
            subject=subject,
            created_after=created_after,
            created_before=created_before,
            limit=200,
        )

    async def count_executions(self, *, workflow: str | None = None, subject: str | None = None) -> ExecutionCounts:
        """How many there are of each status."""
        return await self._ask("count_executions", ExecutionCounts, workflow=workflow, subject=subject)

    async def get_execution(
        self, execution_id: UUID | str, *, run_data: bool | None = None, run_data_limit: int | None = None, run_data_cursor: str | None = None
    ) -> Execution:
        """All that is known of one; without `run_data=False` the first part of its path too. `all_path_steps` gives the whole path."""
        return await self._ask(
            "get_execution",
            Execution,
            execution_id=execution_id,
            run_data=run_data,
            run_data_limit=run_data_limit,
            run_data_cursor=run_data_cursor,
        )

    async def all_path_steps(self, execution_id: UUID | str) -> AsyncIterator[PathStep]:
        """The path with its inputs and outputs, part after part. What is too large for a part is told in `left_out`, and is in `get_assignment`."""
        cursor: str | None = None
        while True:
            part = (await self.get_execution(execution_id, run_data_cursor=cursor)).run_data
            assert part is not None  # it is asked for
            for step in part.execution_path:
                yield step
            cursor = part.next_cursor
            if cursor is None:
                return

    async def list_execution_assignments(
        self, execution_id: UUID | str, *, since: int | None = None, limit: int | None = None
    ) -> ExecutionAssignments:
        """The visits of its nodes that changed after a change number, in the order in which they last changed; at most 1,000."""
        return await self._ask("list_execution_assignments", ExecutionAssignments, execution_id=execution_id, since=since, limit=limit)

    async def all_execution_assignments(self, execution_id: UUID | str) -> AsyncIterator[AssignmentSummary]:
        """Every visit, page after page. One that changes meanwhile comes again, as it is then."""
        since: int | None = None
        while True:
            page = await self.list_execution_assignments(execution_id, since=since)
            for assignment in page.items:
                yield assignment
            since = page.next_since
            if since is None:
                return

    async def get_assignment(self, execution_id: UUID | str, assignment_id: UUID | str) -> Assignment:
        """One visit with its input, output and attempts."""
        return await self._ask("get_assignment", Assignment, execution_id=execution_id, assignment_id=assignment_id)

    def watch_execution(self, execution_id: UUID | str, *, since: int | None = None) -> AsyncGenerator[ExecutionEvent, None]:
        """Every change after a change number (0: from the beginning), until the execution has ended; the last event is of kind `end`.

        When the connection breaks or the server restarts, it goes on where it was: without a gap, and nothing comes twice.

        Raises:
            ExecutionNotFound: there is no such execution.
            ServerUnreachable: no answer for longer than the client's patience.
        """
        return self._stream("watch_execution", ExecutionEvent, execution_id=execution_id, since=since)

    async def wait_for(self, execution_id: UUID | str, *, timeout_seconds: float | None = None) -> Execution:
        """The execution, once it has ended, however it ended.

        Raises:
            TimeoutError: it has not; it goes on.
        """
        async with asyncio.timeout(timeout_seconds), aclosing(self._stream("watch_execution", ExecutionEvent, execution_id=execution_id)) as events:
            async for _ in events:
                pass
        return await self.get_execution(execution_id)

    async def cancel_execution(self, execution_id: UUID | str, *, reason: str | None = None) -> Changed:
        """End it now; what it has done stays done."""
        return await self._ask("cancel_execution", Changed, execution_id=execution_id, reason=reason)

    async def cancel_assignment(self, execution_id: UUID | str, assignment_id: UUID | str, *, reason: str | None = None) -> Changed:
        """End one visit; the execution goes on by the node's error policy."""
        return await self._ask("cancel_assignment", Changed, execution_id=execution_id, assignment_id=assignment_id, reason=reason)

    async def suspend_execution(self, execution_id: UUID | str) -> Changed:
        """Begin nothing more of it until it is continued."""
        return await self._ask("suspend_execution", Changed, execution_id=execution_id)

    async def continue_execution(self, execution_id: UUID | str) -> Changed:
        """Let a suspended one go on."""
        return await self._ask("continue_execution", Changed, execution_id=execution_id)

    async def retry_execution(
        self, execution_id: UUID | str, *, from_node: str | None = None, newest: bool | None = None, idempotency_key: str | None = None
    ) -> RetriedExecution:
        """Make a new execution that takes over what completed and does the rest again.

        Where no idempotency key is given one is made for this call, so that a repeat after a lost answer starts nothing twice.
        """
        return await self._ask(
            "retry_execution",
            RetriedExecution,
            execution_id=execution_id,
            from_node=from_node,
            newest=newest,
            idempotency_key=idempotency_key or uuid4().hex,
        )

    async def explain_execution(self, execution_id: UUID | str, *, limit: int | None = None) -> Explanation:
        """What everything that is open waits for; at most 1,000 assignments, the oldest."""
        return await self._ask("explain_execution", Explanation, execution_id=execution_id, limit=limit)
