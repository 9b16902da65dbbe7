"""Saves workflows as versions, lists and runs them."""

from uuid import UUID

from interlock.api.call import Call
from interlock.api.credential_warnings import credential_warnings
from interlock.api.cursors import make_cursor, read_cursor
from interlock.api.definition_errors import error_answers, refusal
from interlock.api.models.base import Nothing
from interlock.api.models.executions import ExecutionList, ListExecutions, ListWorkflowExecutions
from interlock.api.models.workflows import (
    CreateWorkflow,
    DefinitionError,
    DeleteWorkflow,
    GetVersion,
    GetWorkflow,
    ListVersions,
    ListWorkflows,
    RunWorkflow,
    SavedWorkflow,
    StartedExecution,
    StartedTest,
    TestWorkflow,
    UpdateWorkflow,
    ValidateWorkflow,
    ValidationReport,
    VersionList,
    Workflow,
    WorkflowList,
)
from interlock.api.services.executions import list_executions
from interlock.api.test_runs import start_test
from interlock.controlplane import NewExecution
from interlock.definition import CheckedDefinition, Report, SoundDefinition
from interlock.definition import DefinitionError as DefinitionWarning
from interlock.errors import BadRequest, InterlockError, errors_by_code
from interlock.insight import workflows as insight
from interlock.insight.idempotency import check_same_request

JsonObject = dict[str, object]


async def list_workflows(call: Call, request: ListWorkflows) -> WorkflowList:
    after = read_cursor(request.cursor, lambda parts: parts[0], 1)
    found = await insight.list_workflows(call.scope, search=request.search, tag=request.tag, after=after, limit=request.limit + 1)
    items = found[: request.limit]
    return WorkflowList(items=items, next_cursor=make_cursor(items[-1].name) if len(found) > request.limit else None)


async def create_workflow(call: Call, request: CreateWorkflow) -> SavedWorkflow:
    """Saves a new workflow. A repeat with the same content returns the same version; other content under a used name is refused (IL021)."""
    sound, warnings = await _checked(call, request.definition, request.source)
    written = await call.services.definitions.write(sound, by=call.caller.name)
    saved = await call.plane.save_workflow(
        sound.definition.name,
        written.definition,
        written.compiled,
        written.checksum,
        sound.definition.tags,
        by=call.caller.name,
        only_new=True,
        note=request.note,
        source=written.source,
        is_written=request.source is not None,
    )
    return SavedWorkflow(id=saved.workflow_id, name=sound.definition.name, version=saved.version, created=saved.created, warnings=warnings)


async def validate_workflow(call: Call, request: ValidateWorkflow) -> ValidationReport:
    report = (await _check(call, request.definition)).report
    warnings = await _warnings(call, report, request.definition)
    return ValidationReport(valid=report.is_valid, errors=error_answers(report.errors, request.definition), warnings=warnings)


async def get_workflow(call: Call, request: GetWorkflow) -> Workflow:
    return await _workflow(call, await insight.find_workflow(call.scope, request.workflow), None)


async def update_workflow(call: Call, request: UpdateWorkflow) -> SavedWorkflow:
    sound, warnings = await _checked(call, request.definition, request.source)
    written = await call.services.definitions.write(sound, by=call.caller.name)
    saved = await call.plane.update_workflow(
        await insight.find_workflow(call.scope, request.workflow),
        sound.definition.name,
        written.definition,
        written.compiled,
        written.checksum,
        sound.definition.tags,
        expected_version=request.expected_version,
        by=call.caller.name,
        note=request.note,
        source=written.source,
        is_written=request.source is not None,
    )
    return SavedWorkflow(id=saved.workflow_id, name=sound.definition.name, version=saved.version, created=saved.created, warnings=warnings)


async def delete_workflow(call: Call, request: DeleteWorkflow) -> Nothing:
    workflow = await insight.find_workflow(call.scope, request.workflow)
    await call.plane.delete_workflow(workflow, expected_version=request.expected_version, by=call.caller.name)
    return Nothing()


async def list_versions(call: Call, request: ListVersions) -> VersionList:
    """Returns versions, newest first; of a deleted workflow by its id."""
    before = read_cursor(request.cursor, lambda parts: _version_number(parts[0]), 1)
    workflow = await insight.find_workflow(call.scope, request.workflow, deleted=True)
    found = await insight.list_versions(call.scope, workflow, before=before, limit=request.limit + 1)
    items = found[: request.limit]
    return VersionList(items=items, next_cursor=make_cursor(items[-1].version) if len(found) > request.limit else None)


async def get_version(call: Call, request: GetVersion) -> Workflow:
    """Returns a version; of a deleted workflow by its id, because its executions can still be read."""
    workflow = await insight.find_workflow(call.scope, request.workflow, deleted=True)
    return await _workflow(call, workflow, request.version)


async def run_workflow(call: Call, request: RunWorkflow) -> StartedExecution:
    call.services.database.check_room()
    new = NewExecution(input=request.input, idempotency_key=request.idempotency_key, subject=request.subject, trace_parent=call.trace_parent)
    (started,) = await call.plane.start_executions(request.workflow, [new], version=request.version, trigger=request.trigger)
    if started.execution_id is None:
        raise _refusal_to_start(started.error or {})
    if not started.created:
        await check_same_request(call.scope, started.execution_id, given=request.input, subject=request.subject, version=request.version)
    return StartedExecution(execution_id=started.execution_id, created=started.created)


async def list_workflow_executions(call: Call, request: ListWorkflowExecutions) -> ExecutionList:
    asked = ListExecutions(workflow=request.workflow, status=request.status, tests=request.tests, limit=request.limit, cursor=request.cursor)
    return await list_executions(call, asked)


async def test_workflow(call: Call, request: TestWorkflow) -> StartedTest:
    """Raises DefinitionRefused for errors of the part that would run."""
    call.services.database.check_room()
    return await start_test(call, request)


async def _workflow(call: Call, workflow: UUID, version: int | None) -> Workflow:
    found = await insight.read_version(call.scope, workflow, version)
    if found.warnings is None:
        warnings = (await _check(call, found.definition)).report.warnings
    else:
        warnings = tuple(DefinitionWarning(**warning) for warning in found.warnings)
    return Workflow(**(dict(found) | {"warnings": await _warnings(call, Report(warnings=warnings), found.definition)}))


async def _check(call: Call, raw: JsonObject, source: str | None = None) -> CheckedDefinition:
    return await call.services.definitions.check(raw, source, by=call.caller.name)


async def _checked(call: Call, raw: JsonObject, source: str | None) -> tuple[SoundDefinition, list[DefinitionError]]:
    """Raises DefinitionRefused."""
    checked = await _check(call, raw, source)
    if checked.sound is None:
        raise refusal(error_answers(checked.report.errors, raw))
    return checked.sound, await _warnings(call, checked.report, raw)


async def _warnings(call: Call, report: Report, raw: JsonObject) -> list[DefinitionError]:
    return [*error_answers(report.warnings, raw), *await credential_warnings(call, raw)]


def _version_number(text: str) -> int:
    number = int(text)
    if not 0 < number < 2**31:
        raise ValueError("not a number of a version")
    return number


def _refusal_to_start(error: dict[str, str]) -> InterlockError:
    kind = errors_by_code().get(error.get("code", ""), BadRequest)
    return kind(error.get("message", ""), hint=error.get("hint", ""))
