"""All operations under one name, and what is more than one operation."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from uuid import UUID

from interlock.api.models.executions import AssignmentSummary, Execution, PathStep
from interlock.client.operations import Operations


class Client(Operations):
    """A client of an Interlock server, over REST.

    Every operation of the API is a method of the same name. Its arguments are the fields of the operation's request, and it returns the
    operation's model. An error of the server is raised as the class of `interlock.errors` with the same code; every operation can raise the
    general ones, for example `NotSignedIn`, `NotAllowed`, `InvalidRequest` and `ServerUnreachable`.

    `run_workflow` and `retry_execution` make an idempotency key where you give none, so that a repeat after a lost answer starts nothing twice.
    `watch_execution` reconnects by itself and continues where it was: without a gap, and without a duplicate. After `sign_in` the client uses
    the session until `sign_out`.

    ```python
    async with Client("http://127.0.0.1:8080", api_key="il_…") as client:
        started = await client.run_workflow("Refund", input={"amount": 40})
        execution = await client.wait_for(started.execution_id)
    ```
    """

    async def wait_for(self, execution_id: UUID | str, *, timeout_seconds: float | None = None) -> Execution:
        """Waits until an execution has ended, in whatever way, and returns it.

        Raises:
            TimeoutError: it has not ended in this time; it continues.
            ExecutionNotFound: there is no such execution.
        """
        async with asyncio.timeout(timeout_seconds), aclosing(self.watch_execution(execution_id)) as events:
            async for _ in events:
                pass
        return await self.get_execution(execution_id)

    async def all_path_steps(self, execution_id: UUID | str) -> AsyncIterator[PathStep]:
        """Every step of the path with its input and output, part after part.

        A value that is too large for a part is named in `left_out`; `get_assignment` returns it.
        """
        cursor: str | None = None
        while True:
            part = (await self.get_execution(execution_id, run_data_cursor=cursor)).run_data
            assert part is not None  # it is asked for
            for step in part.execution_path:
                yield step
            cursor = part.next_cursor
            if cursor is None:
                return

    async def all_execution_assignments(self, execution_id: UUID | str) -> AsyncIterator[AssignmentSummary]:
        """Every visit, page after page. A visit that changes meanwhile is returned again, as it is then."""
        since: int | None = None
        while True:
            page = await self.list_execution_assignments(execution_id, since=since)
            for assignment in page.items:
                yield assignment
            since = page.next_since
            if since is None:
                return
