"""Workflows and their versions."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from interlock.api.models.base import Answer, JsonObject, Page, PageRequest, Request, ShortText, WorkflowObject, WorkflowReference
from interlock.insight.records.workflows import VersionSummary, WorkflowSummary, WorkflowVersion

VersionNumber = Annotated[int, Field(ge=1, le=2_147_483_647)]


class ListWorkflows(PageRequest):
    """Workflows by name."""

    search: ShortText | None = None
    """Part of the name, capitals or not."""
    tag: ShortText | None = None


class GetWorkflow(Request):
    """A workflow at its current version."""

    workflow: WorkflowReference


class CreateWorkflow(Request):
    """Saves a definition as a new workflow. The same content again answers with the same version."""

    definition: WorkflowObject
    """As of `/api/v1/definition-schema`; also read: a `ConnectionsMap` in place of the list of connections."""


class UpdateWorkflow(Request):
    """Saves a definition as a new version. Its name may be another one: the workflow is renamed."""

    workflow: WorkflowReference
    definition: WorkflowObject
    expected_version: VersionNumber | None = None
    """The version that was edited; where the workflow has moved on, nothing is saved (IL019). In REST: `If-Match`."""


class DeleteWorkflow(Request):
    """It can no longer be started and is no longer listed; its executions go on and stay readable."""

    workflow: WorkflowReference
    expected_version: VersionNumber | None = None


class ValidateWorkflow(Request):
    """All errors and warnings of a definition; nothing is saved."""

    definition: WorkflowObject


class ListVersions(PageRequest):
    """Versions of a workflow, newest first."""

    workflow: WorkflowReference


class GetVersion(Request):
    """A workflow at one of its versions."""

    workflow: WorkflowReference
    version: VersionNumber


class RunWorkflow(Request):
    """Starts an execution and answers at once."""

    workflow: WorkflowReference
    input: JsonObject = Field(default_factory=dict)
    version: VersionNumber | None = None
    """The current one where none is given."""
    trigger: Annotated[str, Field(max_length=100)] | None = None
    """Id of the trigger node to start from; the manual one where none is given."""
    subject: Annotated[str, Field(max_length=500)] | None = None
    """The account, image or document that it is about."""
    idempotency_key: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    """A repeat with the same key answers with the same execution; for something else it is refused. In REST also as the header `Idempotency-Key`."""


class DefinitionError(Answer):
    """What is wrong in a definition, where, and how to fix it."""

    code: str
    place: str
    """JSON path into the definition, as `nodes[2].parameters.url`; empty: the whole of it."""
    node_id: str | None = None
    """The node that it is in, if it is in one."""
    message: str
    hint: str


class ValidationReport(Answer):
    """Everything that is wrong with a definition."""

    valid: bool
    errors: list[DefinitionError]
    warnings: list[DefinitionError]


class WorkflowList(Page):
    """A page of workflows."""

    items: list[WorkflowSummary]


class Workflow(WorkflowVersion):
    """A workflow at one of its versions, with what is worth a warning."""

    warnings: list[DefinitionError] = Field(default_factory=list)


class SavedWorkflow(Answer):
    """The saved version of a workflow."""

    id: UUID
    name: str
    version: int
    created: bool
    """False where this content was saved before: then that version is the current one again."""
    warnings: list[DefinitionError]


class VersionList(Page):
    """A page of versions."""

    items: list[VersionSummary]


class StartedExecution(Answer):
    """The execution that was started."""

    execution_id: UUID
    created: bool
    """False where an earlier call with the same idempotency key had started it."""
