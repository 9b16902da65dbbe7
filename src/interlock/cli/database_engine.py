"""An Interlock behind its database."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final
from uuid import UUID

from interlock.backoff import Backoff
from interlock.cli.connection import Database, DatabaseChoice, open_database, shown_address
from interlock.cli.exit_codes import ExitCode
from interlock.cli.place import EXPLAINED
from interlock.cli.problem import Problem
from interlock.controlplane.types import NewExecution, Reason
from interlock.insight import executions
from interlock.insight.diagnosis import Finding, diagnose
from interlock.insight.executions import OPEN_STATUSES, ExecutionFilter, Graph
from interlock.insight.records import AssignmentRecord, ExecutionRecord, ExecutionSummary
from interlock.insight.repeats import check_repeat
from interlock.insight.workflows import find_workflow

if TYPE_CHECKING:
    from interlock.cli.definition_files import CheckedFile, DeployedWorkflow

FIRST_POLL_SECONDS: Final = 0.02
LONGEST_POLL_SECONDS: Final = 0.25
LEASE_SECONDS: Final = 10


class DatabasePlace:
    def __init__(self, choice: DatabaseChoice) -> None:
        self._choice = choice

    @asynccontextmanager
    async def open(self) -> AsyncIterator["DatabaseEngine"]:
        async with open_database(self._choice) as opened:
            yield DatabaseEngine(opened)

    async def check(self, files: Sequence[str]) -> "list[CheckedFile]":
        from interlock.cli.definition_files import read_all

        return read_all(files)

    async def diagnose(self) -> tuple[str, list[Finding]]:
        async with self._choice.source() as source:
            return shown_address(source.url), await diagnose(source.url)


class DatabaseEngine:
    def __init__(self, opened: Database) -> None:
        self._opened = opened

    async def save(self, checked: "CheckedFile") -> "DeployedWorkflow":
        return await checked.save(self._opened.plane)

    async def start(self, workflow: str, request: NewExecution, version: int | None) -> UUID:
        (answer,) = await self._opened.plane.start_executions(workflow, [request], version=version)
        if answer.execution_id is None:
            error = answer.error or {}
            raise Problem(str(error.get("message")), hint=error.get("hint"), code=str(error.get("code")), exit_code=ExitCode.REFUSED)
        if not answer.created:
            given, subject = request.get("input", {}), request.get("subject")
            await check_repeat(self._opened.pool, answer.execution_id, given=given, subject=subject, version=version)
        return answer.execution_id

    @asynccontextmanager
    async def working(self, wanted: bool | None) -> AsyncIterator[None]:
        """Without being told: only on our own server, where no worker is alive."""
        from interlock.insight.workers import has_live_worker

        if wanted is None:
            wanted = self._opened.source.is_embedded and not await has_live_worker(self._opened.pool)
        if not wanted:
            yield
            return
        from interlock.cli.serving import worker_settings, working

        async with working(worker_settings(self._opened.source.url, [], name=None, lease_seconds=LEASE_SECONDS)):
            yield

    async def list_executions(self, chosen: ExecutionFilter) -> list[ExecutionSummary]:
        if chosen.workflow is not None:
            await find_workflow(self._opened.pool, chosen.workflow)
        return await executions.list_executions(self._opened.pool, chosen)

    async def find(self, reference: str) -> UUID:
        with suppress(ValueError):
            return UUID(reference)
        return await executions.find_execution(self._opened.pool, reference)

    async def read_summary(self, execution: UUID) -> ExecutionSummary:
        return await executions.read_summary(self._opened.pool, execution)

    async def read_execution(self, execution: UUID) -> ExecutionRecord:
        return await executions.read_execution(self._opened.pool, execution)

    async def read_graph(self, execution: UUID) -> Graph:
        return await executions.read_outline(self._opened.pool, execution)

    async def follow(self, execution: UUID) -> AsyncGenerator[Sequence[AssignmentRecord]]:
        since, pauses = 0, Backoff(FIRST_POLL_SECONDS, LONGEST_POLL_SECONDS, growth=1.5, jitter=0)
        while True:
            summary = await self.read_summary(execution)  # before the visits, so that an ended execution's are all read
            changes = await executions.read_changes(self._opened.pool, execution, since=since)
            if changes:
                since = max(change.change_number for change in changes)
                pauses.reset()
                yield changes
            if summary.status not in OPEN_STATUSES:
                return
            await asyncio.sleep(pauses.next_seconds())

    async def cancel(self, execution: UUID, reason: str) -> None:
        await self._opened.plane.cancel(execution, reason, by=operator())

    async def suspend(self, execution: UUID) -> None:
        await self._opened.plane.suspend(execution, by=operator())

    async def continue_(self, execution: UUID) -> None:
        await self._opened.plane.continue_(execution, by=operator())

    async def retry(self, execution: UUID, from_node: str | None, *, newest: bool) -> UUID:
        return await self._opened.plane.retry(execution, from_node, newest=newest, by=operator())

    async def explain(self, execution: UUID) -> tuple[list[Reason], bool]:
        reasons = await self._opened.plane.explain(execution, EXPLAINED + 1)
        of_assignments = [reason for reason in reasons if reason.assignment_id is not None]
        more = len(of_assignments) > EXPLAINED
        return reasons[:-1] if more else reasons, more


def operator() -> str:
    """Who does it, for the record: the user of this machine."""
    import getpass
    import socket

    return f"{getpass.getuser()}@{socket.gethostname()}"
