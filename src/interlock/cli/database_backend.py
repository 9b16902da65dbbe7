"""An Interlock behind its database."""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from interlock.backoff import Backoff
from interlock.cli.backend import EXPLAIN_LIMIT
from interlock.cli.connection import Database, DatabaseChoice, open_database, shown_address
from interlock.cli.exit_codes import ExitCode
from interlock.cli.problem import Problem
from interlock.controlplane import ControlPlane
from interlock.controlplane.database_watch import check_room
from interlock.controlplane.types import NewExecution
from interlock.controlplane.workspaces import FIRST_WORKSPACE
from interlock.embedded.disk import Disk, data_folder_of
from interlock.insight import execution_details, execution_pages
from interlock.insight.diagnosis import diagnose
from interlock.insight.execution_pages import PageFilter
from interlock.insight.explanations import read_explanation
from interlock.insight.idempotency import check_same_request
from interlock.insight.reading import Scope
from interlock.insight.records.assignments import Assignment, AssignmentSummary
from interlock.insight.records.executions import OPEN_STATUSES, ExecutionDetails, ExecutionSummary, Explanation, PathStep
from interlock.insight.records.installation import Finding
from interlock.insight.records.workflows import WorkflowVersion
from interlock.insight.workflows import find_workflow, read_version

if TYPE_CHECKING:
    from interlock.cli.definition_files import CheckedFile, DeployedWorkflow
    from interlock.cli.workspace_backends import WorkspacesBackend
    from interlock.credentials import CredentialTestResult

FIRST_POLL_SECONDS: Final = 0.02
LONGEST_POLL_SECONDS: Final = 0.25
LEASE_SECONDS: Final = 10
PAGE_LENGTH: Final = 1_000
"""Number of visits that are read at once."""
ANY_SIZE: Final = 2**31 - 1
"""In bytes: a value is read however large it is."""


class DatabaseBackend:
    def __init__(self, choice: DatabaseChoice, workspace: str | None = None) -> None:
        self._choice = choice
        self._workspace = workspace

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["DatabaseConnection"]:
        async with open_database(self._choice) as opened:
            yield DatabaseConnection(opened, await find_workspace(opened, self._workspace))

    async def check(self, files: Sequence[str]) -> "list[CheckedFile]":
        from interlock.cli.definition_files import read_all

        return read_all(files)

    async def diagnose(self) -> tuple[str, list[Finding]]:
        async with self._choice.source() as source:
            return shown_address(source.url), await diagnose(source.url)


class DatabaseConnection:
    def __init__(self, opened: Database, workspace_id: int) -> None:
        self._opened = opened
        self._scope = Scope(opened.pool, workspace_id)
        self._plane = ControlPlane(opened.pool, workspace_id)

    @property
    def workspaces(self) -> "WorkspacesBackend":
        from interlock.cli.workspace_backends import DatabaseWorkspaces

        return DatabaseWorkspaces(self._opened.pool, operator())

    async def test_credential(self, name: str, *, url: str | None, allow_private_addresses: bool) -> "CredentialTestResult":
        from interlock.credentials import CredentialStore, cipher_from_environment, run_test

        cipher = cipher_from_environment(os.environ)
        result = await run_test(
            CredentialStore(self._scope.pool, self._scope.workspace_id), cipher, name, url=url, allow_private_addresses=allow_private_addresses
        )
        if result.code == "credential_not_found":
            raise Problem(result.message, code="IL040", exit_code=ExitCode.REFUSED)
        return result

    async def save(self, checked: "CheckedFile", note: str | None = None) -> "DeployedWorkflow":
        return await checked.save(self._plane, note)

    async def start(self, workflow: str, request: NewExecution, version: int | None) -> UUID:
        self._check_room()
        (answer,) = await self._plane.start_executions(workflow, [request], version=version)
        if answer.execution_id is None:
            error = answer.error or {}
            raise Problem(str(error.get("message")), hint=error.get("hint"), code=str(error.get("code")), exit_code=ExitCode.REFUSED)
        if not answer.created:
            given, subject = request.get("input", {}), request.get("subject")
            await check_same_request(self._scope, answer.execution_id, given=given, subject=subject, version=version)
        return answer.execution_id

    @asynccontextmanager
    async def work(self, wanted: bool | None) -> AsyncIterator[None]:
        """With None, only on our own server, and only if no worker is alive."""
        from interlock.insight.workers import has_live_worker

        if wanted is None:
            wanted = self._opened.source.is_embedded and not await has_live_worker(self._scope)
        if not wanted:
            yield
            return
        from interlock.cli.serving import worker_settings, working

        async with working(worker_settings(self._opened.source.url, [], name=None, lease_seconds=LEASE_SECONDS)):
            yield

    async def list_executions(self, chosen: PageFilter, *, workflow: str | None, limit: int) -> list[ExecutionSummary]:
        workflow_id = None if workflow is None else await find_workflow(self._scope, workflow, deleted=True)
        return await execution_pages.read_page(self._scope, replace(chosen, workflow_id=workflow_id), limit=limit)

    async def find_execution(self, reference: str) -> UUID:
        with suppress(ValueError):
            return UUID(reference)
        return await execution_pages.find_execution(self._scope, reference)

    async def read_summary(self, execution: UUID) -> ExecutionSummary:
        return await execution_details.read_summary(self._scope, execution)

    async def read_details(self, execution: UUID) -> ExecutionDetails:
        return await execution_details.read_execution(self._scope, execution, value_bytes=ANY_SIZE)

    async def list_visits(self, execution: UUID) -> list[AssignmentSummary]:
        visits: dict[UUID, AssignmentSummary] = {}
        since = 0
        while page := await execution_details.read_assignments(self._scope, execution, since=since, limit=PAGE_LENGTH):
            visits |= {visit.id: visit for visit in page}
            since = page[-1].change_number
        return list(visits.values())

    async def path_steps(self, execution: UUID) -> AsyncIterator[PathStep]:
        after: UUID | None = None
        while True:
            part = await execution_details.read_path(self._scope, execution, after=after, limit=PAGE_LENGTH)
            for step in part.steps:
                yield step
            after = part.last
            if after is None:
                return

    async def read_assignment(self, execution: UUID, assignment: UUID) -> Assignment:
        return await execution_details.read_assignment(self._scope, execution, assignment)

    async def read_workflow(self, reference: str, version: int | None = None) -> WorkflowVersion:
        return await read_version(self._scope, await find_workflow(self._scope, reference, deleted=version is not None), version)

    async def read_definition(self, execution: UUID) -> dict[str, Any]:
        definition: dict[str, Any] = (await execution_details.read_definition(self._scope, execution))["definition"]
        return definition

    async def follow(self, execution: UUID) -> AsyncGenerator[Sequence[AssignmentSummary]]:
        since, pauses = 0, Backoff(FIRST_POLL_SECONDS, LONGEST_POLL_SECONDS, growth=1.5, jitter=0)
        while True:
            status = await execution_details.read_status(self._scope, execution)  # before the visits, so that an ended execution's are all read
            while changes := await execution_details.read_assignments(self._scope, execution, since=since, limit=PAGE_LENGTH):
                since = changes[-1].change_number
                pauses.reset()
                yield changes
            if status not in OPEN_STATUSES:
                return
            await asyncio.sleep(pauses.next_seconds())

    async def cancel(self, execution: UUID, reason: str) -> bool:
        return await self._plane.cancel(execution, reason, by=operator())

    async def suspend(self, execution: UUID) -> bool:
        return await self._plane.suspend(execution, by=operator())

    async def continue_(self, execution: UUID) -> bool:
        return await self._plane.continue_(execution, by=operator())

    async def retry(self, execution: UUID, from_node: str | None, *, newest: bool) -> UUID:
        self._check_room()
        return await self._plane.retry(execution, from_node, newest=newest, by=operator())

    async def explain(self, execution: UUID) -> Explanation:
        return await read_explanation(self._scope, self._plane, execution, limit=EXPLAIN_LIMIT)

    def _check_room(self) -> None:
        """Checks that the disk of the database has room for another execution, where this machine can see it. Raises DatabaseUnavailable."""
        folder = data_folder_of(self._opened.source.url)
        check_room(None if folder is None else Disk.of(folder))


async def find_workspace(opened: Database, name: str | None) -> int:
    """Returns the id of a workspace; None stands for the first one. Raises WorkspaceNotFound."""
    if name is None:
        return FIRST_WORKSPACE
    from interlock.controlplane.workspaces import Workspaces

    return (await Workspaces(opened.pool).find_workspace(name)).id


def operator() -> str:
    """Returns the name that the audit log keeps: the user of this machine."""
    import getpass
    import socket

    return f"{getpass.getuser()}@{socket.gethostname()}"
