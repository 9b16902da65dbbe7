"""Workflows and their versions."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from interlock.api.models.base import Answer, JsonObject, Page, PageRequest, Request, ShortText, WorkflowObject, WorkflowReference
from interlock.insight.records.workflows import VersionSummary, WorkflowSummary, WorkflowVersion

SourceText = Annotated[
    str,
    Field(
        max_length=1_048_576,
        description="The definition as its author wrote it, in YAML or JSON: kept with comments, blanks and the order of keys. It must say the same.",
    ),
]
VersionNumber = Annotated[int, Field(ge=1, le=2_147_483_647)]
Note = Annotated[str, Field(max_length=500)]
NodeId = Annotated[str, Field(min_length=1, max_length=100)]


class ListWorkflows(PageRequest):
    """Lists workflows, by name."""

    search: ShortText | None = None
    """A part of the name; upper and lower case are the same."""
    tag: ShortText | None = None


class GetWorkflow(Request):
    """Returns a workflow at its current version."""

    workflow: WorkflowReference


class CreateWorkflow(Request):
    """Saves a definition as a new workflow. The same content again returns the version that is there."""

    definition: WorkflowObject
    """As `/api/v1/definition-schema` describes it; a `ConnectionsMap` may take the place of the list of connections."""
    source: SourceText | None = None
    note: Note | None = None
    """What the person says about the version; the list of versions shows it. It takes the place of the note that this content had."""


class UpdateWorkflow(Request):
    """Saves a definition as a new version of a workflow. If the definition has another name, the workflow is renamed."""

    workflow: WorkflowReference
    definition: WorkflowObject
    source: SourceText | None = None
    expected_version: VersionNumber | None = None
    """The version that was edited. If the workflow has a newer one, nothing is saved (IL019). REST takes it as `If-Match`."""
    note: Note | None = None
    """What the person says about the version; the list of versions shows it. It takes the place of the note that this content had."""


class DeleteWorkflow(Request):
    """Deletes a workflow: it is no longer listed and cannot be started. Its executions continue and can still be read."""

    workflow: WorkflowReference
    expected_version: VersionNumber | None = None


class ValidateWorkflow(Request):
    """Returns all errors and warnings of a definition, and saves nothing."""

    definition: WorkflowObject


class ListVersions(PageRequest):
    """Lists the versions of a workflow, newest first; of a deleted one by its id."""

    workflow: WorkflowReference


class GetVersion(Request):
    """Returns a workflow at one of its versions; a deleted one by its id."""

    workflow: WorkflowReference
    version: VersionNumber


class RunWorkflow(Request):
    """Starts an execution, and returns at once."""

    workflow: WorkflowReference
    input: JsonObject = Field(default_factory=dict)
    version: VersionNumber | None = None
    """The current version if you leave it out."""
    trigger: Annotated[str, Field(max_length=100)] | None = None
    """Id of the trigger node to start from; the manual trigger if you leave it out."""
    subject: Annotated[str, Field(max_length=500)] | None = None
    """The account, image or document that it is about."""
    idempotency_key: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    """A repeat with the same key returns the same execution; another request with it is refused. REST also takes the header `Idempotency-Key`."""


class TestScope(Request):
    """The part of a definition that a test run runs: one of these."""

    __test__ = False
    only: NodeId | None = None
    """This node alone."""
    until: NodeId | None = None
    """This node and what leads to it; the run ends behind it."""
    from_node: NodeId | None = None
    """This node and what follows it."""


class TestWorkflow(Request):
    """Starts a test run of a definition, which need not be saved, or of a part of it, and returns at once.

    Errors in the part that does not run do not prevent it. A test run really does what its nodes do: it sends, writes and calls. No statistics
    count it, and it neither holds nor waits for locks.
    """

    __test__ = False
    workflow: WorkflowReference | None = None
    """Id or name of the workflow; leave it out for one that was never saved."""
    definition: WorkflowObject | None = None
    """What to test; the current version of the workflow if you leave it out."""
    scope: TestScope | None = None
    """The part that runs; everything that follows the trigger if you leave it out."""
    trigger: Annotated[str, Field(max_length=100)] | None = None
    """Id of the trigger node to start from; the manual trigger if you leave it out, else the first one."""
    input: JsonObject | None = None
    """The input of the execution. With the scope `only` the input of the node, in place of what leads to it."""
    pins: JsonObject = Field(default_factory=dict)
    """Outputs by node id. Such a node does not run, unless the scope names it: its output is there from the beginning."""
    from_execution: UUID | None = None
    """An execution whose outputs are taken over where they are not pinned and their nodes do not run."""
    subject: Annotated[str, Field(max_length=500)] | None = None
    """The account, image or document that it is about."""


class DefinitionError(Answer):
    """What is wrong in a definition, where, and how to fix it."""

    code: str
    place: str
    """Path into the definition, for example `nodes[2].parameters.url`; empty for the whole definition."""
    node_id: str | None = None
    """The node that has the error, if one has it."""
    message: str
    hint: str
    line: int | None = None
    """Of a definition that came as YAML: the line of the place, from 1."""
    column: int | None = None


class ValidationReport(Answer):
    """Everything that is wrong with a definition."""

    valid: bool
    errors: list[DefinitionError]
    warnings: list[DefinitionError]


class WorkflowList(Page):
    """A page of workflows."""

    items: list[WorkflowSummary]


class Workflow(WorkflowVersion):
    """A workflow at one of its versions, with its warnings."""

    warnings: list[DefinitionError] = Field(default_factory=list)


class SavedWorkflow(Answer):
    """The saved version of a workflow."""

    id: UUID
    name: str
    version: int
    created: bool
    """False if this content was saved before: then that version is the current one again."""
    warnings: list[DefinitionError]


class VersionList(Page):
    """A page of versions."""

    items: list[VersionSummary]


class StartedExecution(Answer):
    """The execution that was started."""

    execution_id: UUID
    created: bool
    """False if an earlier call with the same idempotency key started it."""


class StartedTest(Answer):
    """The test run that was started."""

    execution_id: UUID
    workflow_id: UUID
    """Of a definition that was never saved: of a workflow that is not listed and cannot be started."""
