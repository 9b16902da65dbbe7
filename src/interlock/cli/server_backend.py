"""An Interlock behind a server."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from interlock.cli.backend import EXPLAIN_LIMIT
from interlock.cli.definition_files import CheckedFile, DeployedWorkflow
from interlock.cli.exit_codes import ExitCode
from interlock.cli.problem import Problem
from interlock.client import Client
from interlock.controlplane.types import NewExecution
from interlock.errors import NameTaken
from interlock.insight.execution_pages import PageFilter
from interlock.insight.records.assignments import Assignment, AssignmentSummary
from interlock.insight.records.executions import ExecutionDetails, ExecutionSummary, Explanation, PathStep
from interlock.insight.records.installation import Finding
from interlock.insight.records.workflows import WorkflowVersion

if TYPE_CHECKING:
    from interlock.cli.workspace_backends import WorkspacesBackend
    from interlock.credentials import CredentialTestResult

NEWEST_SEARCHED: Final = 1_000
"""Number of executions among which the beginning of an id is looked for."""
PATIENCE_SECONDS: Final = 10.0
"""Somebody waits at the terminal, so the client gives up soon."""


class ServerBackend:
    def __init__(self, url: str, *, api_key: str | None) -> None:
        self._url = url
        self._api_key = api_key

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["ServerConnection"]:
        async with self._client() as client:
            yield ServerConnection(client)

    async def check(self, files: Sequence[str]) -> list[CheckedFile]:
        from interlock.cli.server_checks import check_file

        async with self._client() as client:
            return [await check_file(client, file) for file in files]

    async def diagnose(self) -> tuple[str, list[Finding]]:
        async with self._client() as client:
            return self._url, (await client.get_overview()).findings

    def _client(self) -> Client:
        try:
            return Client(self._url, api_key=self._api_key, patience_seconds=PATIENCE_SECONDS)
        except ValueError as error:
            hint = "for example --server http://127.0.0.1:8080, with the API key in INTERLOCK_API_KEY"
            raise Problem(str(error), where="--server", hint=hint) from error


class ServerConnection:
    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def workspaces(self) -> "WorkspacesBackend":
        from interlock.cli.workspace_backends import ServerWorkspaces

        return ServerWorkspaces(self._client)

    async def test_credential(self, name: str, *, url: str | None, allow_private_addresses: bool) -> "CredentialTestResult":
        from interlock.credentials import CredentialTestResult

        async for credential in self._client.all_credentials():
            if credential.name == name:
                found = await self._client.test_credential(credential.id, url=url, allow_private_addresses=allow_private_addresses)
                return CredentialTestResult(passed=found.passed, message=found.message, code=found.code, hint=found.hint)
        raise Problem(f"there is no credential named {name!r}", code="IL040", exit_code=ExitCode.REFUSED)

    async def save(self, checked: CheckedFile, note: str | None = None) -> DeployedWorkflow:
        """A new workflow, or a new version of the one of this name."""
        try:
            saved = await self._client.create_workflow(checked.raw, source=checked.source, note=note)
        except NameTaken:
            saved = await self._client.update_workflow(checked.raw["name"], checked.raw, source=checked.source, note=note)
        return DeployedWorkflow(workflow_id=saved.id, name=saved.name, version=saved.version, nodes=checked.nodes or 0, created=saved.created)

    async def start(self, workflow: str, request: NewExecution, version: int | None) -> UUID:
        started = await self._client.run_workflow(
            workflow,
            input=request.get("input"),
            version=version,
            subject=request.get("subject"),
            idempotency_key=request.get("idempotency_key"),
        )
        return started.execution_id

    @asynccontextmanager
    async def work(self, wanted: bool | None) -> AsyncIterator[None]:
        if wanted:
            raise Problem("--work needs a database, not a server", where="--work", hint="leave out --work: the server's workers do the work")
        yield

    async def list_executions(self, chosen: PageFilter, *, workflow: str | None, limit: int) -> list[ExecutionSummary]:
        found: list[ExecutionSummary] = []
        async for summary in self._client.all_executions(status=chosen.statuses or None, workflow=workflow, subject=chosen.subject):
            found.append(summary)
            if len(found) == limit:
                break
        return found

    async def find_execution(self, reference: str) -> UUID:
        """The beginning of an id is looked for among the newest executions."""
        try:
            return UUID(reference)
        except ValueError:
            limit = 1 if reference == "last" else NEWEST_SEARCHED
        newest = [summary.id for summary in await self.list_executions(PageFilter(), workflow=None, limit=limit)]
        matching = newest if reference == "last" else [each for each in newest if str(each).startswith(reference.lower())]
        if len(matching) == 1:
            return matching[0]
        message = "there is no execution yet"
        if reference != "last":
            message = f"{len(matching)} of the newest {limit:,} executions have an id that begins with {reference!r}"
        raise Problem(message, code="IL001", hint="give the whole id; `interlock executions list` shows them", exit_code=ExitCode.REFUSED)

    async def read_summary(self, execution: UUID) -> ExecutionSummary:
        return await self.read_details(execution)

    async def read_details(self, execution: UUID) -> ExecutionDetails:
        found = await self._client.get_execution(execution, run_data=False)
        return ExecutionDetails(**{name: getattr(found, name) for name in ExecutionDetails.model_fields})  # without `run_data`

    async def list_visits(self, execution: UUID) -> list[AssignmentSummary]:
        """A visit that changes meanwhile comes again; the newest state counts."""
        return list({visit.id: visit async for visit in self._client.all_execution_assignments(execution)}.values())

    def path_steps(self, execution: UUID) -> AsyncIterator[PathStep]:
        return self._client.all_path_steps(execution)

    async def read_assignment(self, execution: UUID, assignment: UUID) -> Assignment:
        return await self._client.get_assignment(execution, assignment)

    async def read_workflow(self, reference: str, version: int | None = None) -> WorkflowVersion:
        return await (self._client.get_workflow(reference) if version is None else self._client.get_version(reference, version))

    async def read_definition(self, execution: UUID) -> dict[str, Any]:
        return (await self._client.get_execution_definition(execution)).definition

    async def follow(self, execution: UUID) -> AsyncGenerator[Sequence[AssignmentSummary]]:
        async with aclosing(self._client.watch_execution(execution)) as events:
            async for event in events:
                if event.assignment is not None:
                    yield [event.assignment]

    async def cancel(self, execution: UUID, reason: str) -> bool:
        return (await self._client.cancel_execution(execution, reason=reason)).changed

    async def suspend(self, execution: UUID) -> bool:
        return (await self._client.suspend_execution(execution)).changed

    async def continue_(self, execution: UUID) -> bool:
        return (await self._client.continue_execution(execution)).changed

    async def retry(self, execution: UUID, from_node: str | None, *, newest: bool) -> UUID:
        return (await self._client.retry_execution(execution, from_node=from_node, newest=newest)).execution_id

    async def explain(self, execution: UUID) -> Explanation:
        return await self._client.explain_execution(execution, limit=EXPLAIN_LIMIT)
