"""Where the commands find an Interlock: behind its database or behind a server. Two implementations of the same few questions.

What both answer are the records of `interlock.insight.records`, so whatever shows them need not know where they come from.
"""

import os
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from interlock.cli.problem import Problem

if TYPE_CHECKING:
    from uuid import UUID

    from interlock.cli.definition_files import CheckedFile, DeployedWorkflow
    from interlock.cli.workspace_backends import WorkspacesBackend
    from interlock.controlplane.types import NewExecution
    from interlock.credentials import CredentialTestResult
    from interlock.insight.execution_pages import PageFilter
    from interlock.insight.records.assignments import Assignment, AssignmentSummary
    from interlock.insight.records.executions import ExecutionDetails, ExecutionSummary, Explanation, PathStep
    from interlock.insight.records.installation import Finding
    from interlock.insight.records.workflows import WorkflowVersion


EXPLAIN_LIMIT: Final = 1_000
"""Maximum number of open assignments that `explain` explains."""


class BackendConnection(Protocol):
    """An Interlock that commands talk to, in one workspace. What it refuses is an InterlockError."""

    @property
    def workspaces(self) -> "WorkspacesBackend":
        """The workspaces of the installation."""
        ...

    async def save(self, checked: "CheckedFile", note: str | None = None) -> "DeployedWorkflow":
        """Save a file without errors; the same content stays the same version. `note`: what to say about it."""
        ...

    async def start(self, workflow: str, request: "NewExecution", version: int | None) -> "UUID":
        """Start an execution of a workflow, by its name."""
        ...

    def work(self, wanted: bool | None) -> AbstractAsyncContextManager[None]:
        """Do the work of nodes beside the block: True, False, or None for where no worker would."""
        ...

    async def list_executions(self, chosen: "PageFilter", *, workflow: str | None, limit: int) -> "list[ExecutionSummary]":
        """At most `limit` of them, newest first, of one workflow where its name or id is given."""
        ...

    async def find_execution(self, reference: str) -> "UUID":
        """The id that is meant by a whole id, by the beginning of one, or by `last`."""
        ...

    async def read_summary(self, execution: "UUID") -> "ExecutionSummary":
        """How it stands."""
        ...

    async def read_details(self, execution: "UUID") -> "ExecutionDetails":
        """Its values and its history."""
        ...

    async def list_visits(self, execution: "UUID") -> "list[AssignmentSummary]":
        """Every visit, in any order."""
        ...

    def path_steps(self, execution: "UUID") -> "AsyncIterator[PathStep]":
        """Every visit with its input and output; those that are too large are left out by name, and `read_assignment` has them."""
        ...

    async def read_assignment(self, execution: "UUID", assignment: "UUID") -> "Assignment":
        """One visit with its input, output and attempts."""
        ...

    async def read_workflow(self, reference: str, version: int | None = None) -> "WorkflowVersion":
        """A workflow, by its name or id, at a version; without a number, at the current one."""
        ...

    async def read_definition(self, execution: "UUID") -> dict[str, Any]:
        """The definition that an execution runs."""
        ...

    def follow(self, execution: "UUID") -> "AsyncGenerator[Sequence[AssignmentSummary]]":
        """The visits that changed, each time some did, until the execution has ended."""
        ...

    async def cancel(self, execution: "UUID", reason: str) -> bool:
        """End it now; returns whether that changed anything."""
        ...

    async def suspend(self, execution: "UUID") -> bool:
        """Begin nothing more of it; returns whether that changed anything."""
        ...

    async def continue_(self, execution: "UUID") -> bool:
        """Let it go on; returns whether that changed anything."""
        ...

    async def retry(self, execution: "UUID", from_node: str | None, *, newest: bool) -> "UUID":
        """Start the execution that does the rest again; returns its id."""
        ...

    async def explain(self, execution: "UUID") -> "Explanation":
        """What everything that is open waits for: at most `EXPLAIN_LIMIT` assignments, the oldest."""
        ...

    async def test_credential(self, name: str, *, url: str | None, allow_private_addresses: bool) -> "CredentialTestResult":
        """Use a credential once, as a node would: on the server, or here where it is a database."""
        ...


class Backend(Protocol):
    """What the options chose; nothing is connected yet."""

    def connect(self) -> "AbstractAsyncContextManager[BackendConnection]": ...

    async def check(self, files: Sequence[str]) -> "list[CheckedFile]":
        """What is wrong with workflow files, by the node types that are known there."""
        ...

    async def diagnose(self) -> "tuple[str, list[Finding]]":
        """The address, and what was found."""
        ...


def choose_backend(*, server: str | None, database: str | None, data: Path | None, workspace: str | None = None) -> Backend:
    """`--server` or `--database` or `--data`, else the server in INTERLOCK_URL, else the database that the environment names, else our own.

    Args:
        workspace: name of the workspace, with a database; None: the first one. On a server, the API key says which.

    Raises:
        Problem: a server and a database, or a server and a workspace.
    """
    names_database = database is not None or data is not None
    if server is not None and names_database:
        raise Problem("a server and a database cannot both be used", where="--server", hint="leave out --server, or --database and --data")
    url = server or (None if names_database else os.environ.get("INTERLOCK_URL", "").strip() or None)
    if url is None:
        from interlock.cli.connection import DatabaseChoice
        from interlock.cli.database_backend import DatabaseBackend

        return DatabaseBackend(DatabaseChoice(url=database, data=data), workspace)
    if workspace is not None:
        raise Problem(
            "--workspace needs a database: on a server, the API key says the workspace",
            where="--workspace",
            hint=f"leave it out, and put a key that was made in {workspace} into INTERLOCK_API_KEY",
        )
    from interlock.cli.server_backend import ServerBackend

    return ServerBackend(url, api_key=os.environ.get("INTERLOCK_API_KEY", "").strip() or None)
