"""Workflows and their versions."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

from interlock.api.models.base import Nothing
from interlock.api.models.executions import ExecutionList, ExecutionStatus
from interlock.api.models.workflows import (
    SavedWorkflow,
    StartedExecution,
    ValidationReport,
    VersionList,
    Workflow,
    WorkflowList,
    WorkflowSummary,
)
from interlock.client.calling import Caller
from interlock.client.paging import paginate


class WorkflowOperations(Caller):
    """`workflow` is an id or a name."""

    async def list_workflows(
        self, *, search: str | None = None, tag: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> WorkflowList:
        """One page of the workflows, by name."""
        return await self._ask("list_workflows", WorkflowList, search=search, tag=tag, limit=limit, cursor=cursor)

    def all_workflows(self, *, search: str | None = None, tag: str | None = None) -> AsyncIterator[WorkflowSummary]:
        """Every workflow, page after page."""
        return paginate(self.list_workflows, search=search, tag=tag, limit=200)

    async def create_workflow(self, definition: Mapping[str, Any]) -> SavedWorkflow:
        """Save a new workflow. The same content again answers with what is there.

        Raises:
            DefinitionRefused: `fields` says each error.
            NameTaken: there is another workflow of this name.
        """
        return await self._ask("create_workflow", SavedWorkflow, definition=definition)

    async def validate_workflow(self, definition: Mapping[str, Any]) -> ValidationReport:
        """All that is wrong with a definition; nothing is saved."""
        return await self._ask("validate_workflow", ValidationReport, definition=definition)

    async def get_workflow(self, workflow: str) -> Workflow:
        """The current version."""
        return await self._ask("get_workflow", Workflow, workflow=workflow)

    async def update_workflow(self, workflow: str, definition: Mapping[str, Any], *, expected_version: int | None = None) -> SavedWorkflow:
        """Save a new version.

        Raises:
            DefinitionRefused: `fields` says each error.
            VersionConflict: it is not at the expected version.
        """
        return await self._ask("update_workflow", SavedWorkflow, workflow=workflow, definition=definition, expected_version=expected_version)

    async def delete_workflow(self, workflow: str, *, expected_version: int | None = None) -> None:
        """List it no longer, and let nothing start it; its executions go on."""
        await self._ask("delete_workflow", Nothing, workflow=workflow, expected_version=expected_version)

    async def list_versions(self, workflow: str, *, limit: int | None = None, cursor: str | None = None) -> VersionList:
        """One page of the versions, newest first."""
        return await self._ask("list_versions", VersionList, workflow=workflow, limit=limit, cursor=cursor)

    async def get_version(self, workflow: str, version: int) -> Workflow:
        """One version with its definition."""
        return await self._ask("get_version", Workflow, workflow=workflow, version=version)

    async def run_workflow(
        self,
        workflow: str,
        *,
        input: Mapping[str, Any] | None = None,  # noqa: A002 - the field's name
        version: int | None = None,
        trigger: str | None = None,
        subject: str | None = None,
        idempotency_key: str | None = None,
    ) -> StartedExecution:
        """Start an execution; answers at once.

        Where no idempotency key is given one is made for this call, so that a repeat after a lost answer starts nothing twice.
        """
        return await self._ask(
            "run_workflow",
            StartedExecution,
            workflow=workflow,
            input=input,
            version=version,
            trigger=trigger,
            subject=subject,
            idempotency_key=idempotency_key or uuid4().hex,
        )

    async def list_workflow_executions(
        self, workflow: str, *, status: Sequence[ExecutionStatus] | None = None, limit: int | None = None, cursor: str | None = None
    ) -> ExecutionList:
        """One page of a workflow's executions, newest first."""
        return await self._ask("list_workflow_executions", ExecutionList, workflow=workflow, status=status, limit=limit, cursor=cursor)
