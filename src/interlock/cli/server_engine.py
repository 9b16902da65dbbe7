"""An Interlock behind a server."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any, Final
from uuid import UUID

from interlock.api.models.executions import AssignmentSummary
from interlock.cli import server_records
from interlock.cli.definition_files import CheckedFile, DeployedWorkflow, check, load
from interlock.cli.exit_codes import ExitCode
from interlock.cli.place import EXPLAINED
from interlock.cli.problem import Problem
from interlock.client import Client
from interlock.controlplane.types import NewExecution, Reason
from interlock.definition.validation.definition_error import Report
from interlock.errors import NameTaken
from interlock.insight.diagnosis import Finding
from interlock.insight.executions import ALL_STATUSES, ExecutionFilter, Graph
from interlock.insight.records import AssignmentData, AssignmentRecord, AttemptRecord, ExecutionRecord, ExecutionSummary

NEWEST_SEARCHED: Final = 1_000


class ServerPlace:
    def __init__(self, url: str, *, api_key: str | None) -> None:
        self._url = url
        self._api_key = api_key

    @asynccontextmanager
    async def open(self) -> AsyncIterator["ServerEngine"]:
        async with self._client() as client:
            yield ServerEngine(client)

    async def check(self, files: Sequence[str]) -> list[CheckedFile]:
        async with self._client() as client:
            return [await _check(client, file) for file in files]

    async def diagnose(self) -> tuple[str, list[Finding]]:
        async with self._client() as client:
            overview = await client.get_overview()
        return self._url, [server_records.finding(found) for found in overview.findings]

    def _client(self) -> Client:
        """Patient only briefly: somebody waits at the terminal."""
        try:
            return Client(self._url, api_key=self._api_key, patience_seconds=10.0)
        except ValueError as error:
            hint = "for example --server http://127.0.0.1:8080, with the API key in INTERLOCK_API_KEY"
            raise Problem(str(error), where="--server", hint=hint) from error


class ServerEngine:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._graphs: dict[tuple[UUID, int], Graph] = {}

    async def save(self, checked: CheckedFile) -> DeployedWorkflow:
        """A new workflow, or a new version of the one of this name."""
        try:
            saved = await self._client.create_workflow(checked.raw)
        except NameTaken:
            saved = await self._client.update_workflow(checked.raw["name"], checked.raw)
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
    async def working(self, wanted: bool | None) -> AsyncIterator[None]:
        if wanted:
            raise Problem("work is done beside a database, not beside a server", where="--work", hint="leave out --work: its workers do the work")
        yield

    async def list_executions(self, chosen: ExecutionFilter) -> list[ExecutionSummary]:
        statuses: list[Any] | None = None if set(chosen.statuses) == set(ALL_STATUSES) else list(chosen.statuses)
        found: list[ExecutionSummary] = []
        every = self._client.all_executions(status=statuses, workflow=chosen.workflow, subject=chosen.subject)
        async for summary in every:
            found.append(server_records.summary(summary))
            if len(found) == chosen.limit:
                break
        return found

    async def find(self, reference: str) -> UUID:
        """The beginning of an id is looked for among the newest executions."""
        try:
            return UUID(reference)
        except ValueError:
            limit = 1 if reference == "last" else NEWEST_SEARCHED
        found = [summary.id for summary in await self.list_executions(ExecutionFilter(limit=limit))]
        matching = found if reference == "last" else [each for each in found if str(each).startswith(reference.lower())]
        if len(matching) != 1:
            told = (
                "there is no execution yet" if reference == "last" else f"{len(matching)} of the newest {limit:,} executions begin with {reference!r}"
            )
            raise Problem(told, code="IL001", hint="give the whole id; `interlock executions list` shows them", exit_code=ExitCode.REFUSED)
        return matching[0]

    async def read_summary(self, execution: UUID) -> ExecutionSummary:
        return server_records.summary(await self._client.get_execution(execution, run_data=False))

    async def read_execution(self, execution: UUID) -> ExecutionRecord:
        """Part after part, however long it is."""
        found = await self._client.get_execution(execution, run_data=False)
        graph = await self._graph_of(found.workflow_id, found.version)
        visits = await self._visits_of(execution)
        attempts: dict[UUID, tuple[AttemptRecord, ...]] = {}
        for visit in visits:
            if visit.attempt > 1 or visit.loss_count or visit.status in {"failed", "cancelled"}:
                whole = await self._client.get_assignment(execution, visit.id)
                attempts[visit.id] = tuple(server_records.attempt(each) for each in whole.attempts)
        records = [server_records.assignment(visit, graph) for visit in visits]
        return ExecutionRecord(
            summary=server_records.summary(found),
            input=found.input,
            output=found.output,
            context=found.context,
            error=server_records.error(found.error),
            assignments=tuple(sorted(records, key=server_records.in_order)),
            data=await self._data_of(execution),
            attempts=attempts,
            left_out=tuple(found.left_out),
        )

    async def _visits_of(self, execution: UUID) -> list[AssignmentSummary]:
        """Each once, as it was told last."""
        return list({visit.id: visit async for visit in self._client.all_execution_assignments(execution)}.values())

    async def _data_of(self, execution: UUID) -> dict[UUID, AssignmentData]:
        """What went in and came out, by assignment; what does not fit into the path is asked for by itself."""
        data: dict[UUID, AssignmentData] = {}
        async for step in self._client.all_path_steps(execution):
            data[step.assignment_id] = AssignmentData(input=step.input_data, output=step.output_data)
            if step.left_out:
                whole = await self._client.get_assignment(execution, step.assignment_id)
                data[step.assignment_id] = AssignmentData(input=whole.input, output=whole.output)
        return data

    async def read_graph(self, execution: UUID) -> Graph:
        found = await self._client.get_execution(execution, run_data=False)
        return await self._graph_of(found.workflow_id, found.version)

    async def follow(self, execution: UUID) -> AsyncGenerator[Sequence[AssignmentRecord]]:
        graph = await self.read_graph(execution)
        async with aclosing(self._client.watch_execution(execution)) as events:
            async for event in events:
                if event.assignment is not None:
                    yield [server_records.assignment(event.assignment, graph)]

    async def cancel(self, execution: UUID, reason: str) -> None:
        await self._client.cancel_execution(execution, reason=reason)

    async def suspend(self, execution: UUID) -> None:
        await self._client.suspend_execution(execution)

    async def continue_(self, execution: UUID) -> None:
        await self._client.continue_execution(execution)

    async def retry(self, execution: UUID, from_node: str | None, *, newest: bool) -> UUID:
        return (await self._client.retry_execution(execution, from_node=from_node, newest=newest)).execution_id

    async def explain(self, execution: UUID) -> tuple[list[Reason], bool]:
        explanation = await self._client.explain_execution(execution, limit=EXPLAINED)
        return [server_records.reason(reason) for reason in explanation.reasons], explanation.truncated

    async def _graph_of(self, workflow: UUID, version: int) -> Graph:
        if (workflow, version) not in self._graphs:
            found = await self._client.get_version(str(workflow), version)
            self._graphs[workflow, version] = server_records.graph(found.definition)
        return self._graphs[workflow, version]


async def _check(client: Client, file: str) -> CheckedFile:
    """By the server's node types; what can be seen from here is not asked."""
    loaded = load(file)
    if isinstance(loaded, CheckedFile):
        return loaded
    if not isinstance(loaded, dict):
        return check(loaded, file)
    report = await client.validate_workflow(loaded)
    return CheckedFile(
        where=file,
        raw=loaded,
        workflow=loaded["name"] if report.valid else None,
        nodes=len(loaded["nodes"]) if report.valid else None,
        report=Report(
            errors=tuple(server_records.definition_error(each) for each in report.errors),
            warnings=tuple(server_records.definition_error(each) for each in report.warnings),
        ),
    )
