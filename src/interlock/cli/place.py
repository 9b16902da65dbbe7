"""Where the commands find an Interlock: behind its database or behind a server. Two implementations of the same few questions."""

import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from interlock.cli.problem import Problem

if TYPE_CHECKING:
    from uuid import UUID

    from interlock.cli.definition_files import CheckedFile, DeployedWorkflow
    from interlock.controlplane.types import NewExecution, Reason
    from interlock.insight.diagnosis import Finding
    from interlock.insight.executions import ExecutionFilter, Graph
    from interlock.insight.records import AssignmentRecord, ExecutionRecord, ExecutionSummary


EXPLAINED: Final = 1_000
"""Of so many open assignments it is said what they wait for."""


class Engine(Protocol):
    """An Interlock that was opened. What it refuses is an InterlockError."""

    async def save(self, checked: "CheckedFile") -> "DeployedWorkflow":
        """Save a file without errors; the same content stays the same version."""
        ...

    async def start(self, workflow: str, request: "NewExecution", version: int | None) -> "UUID":
        """Start an execution of a workflow, by its name."""
        ...

    def working(self, wanted: bool | None) -> AbstractAsyncContextManager[None]:
        """Do the work of nodes beside the block: True, False, or None for where nobody else would."""
        ...

    async def list_executions(self, chosen: "ExecutionFilter") -> "list[ExecutionSummary]":
        """Newest first."""
        ...

    async def find(self, reference: str) -> "UUID":
        """The id that is meant by a whole id, by the beginning of one, or by `last`."""
        ...

    async def read_summary(self, execution: "UUID") -> "ExecutionSummary":
        """How it stands."""
        ...

    async def read_execution(self, execution: "UUID") -> "ExecutionRecord":
        """All of it."""
        ...

    async def read_graph(self, execution: "UUID") -> "Graph":
        """The nodes and connections of its version."""
        ...

    def follow(self, execution: "UUID") -> "AsyncGenerator[Sequence[AssignmentRecord]]":
        """The visits that changed, each time some did, until the execution has ended."""
        ...

    async def cancel(self, execution: "UUID", reason: str) -> None:
        """End it now."""
        ...

    async def suspend(self, execution: "UUID") -> None:
        """Begin nothing more of it."""
        ...

    async def continue_(self, execution: "UUID") -> None:
        """Let it go on."""
        ...

    async def retry(self, execution: "UUID", from_node: str | None, *, newest: bool) -> "UUID":
        """The new execution."""
        ...

    async def explain(self, execution: "UUID") -> "tuple[list[Reason], bool]":
        """What everything that is open waits for, of the oldest; and whether more is open."""
        ...


class Place(Protocol):
    """What the options chose; nothing is opened yet."""

    def open(self) -> "AbstractAsyncContextManager[Engine]":
        """Connect."""
        ...

    async def check(self, files: Sequence[str]) -> "list[CheckedFile]":
        """What is wrong with workflow files, by the node types that are known there."""
        ...

    async def diagnose(self) -> "tuple[str, list[Finding]]":
        """The address, and what was found."""
        ...


def choose_place(*, server: str | None, database: str | None, data: Path | None) -> Place:
    """`--server` or `--database` or `--data`, else the server in INTERLOCK_URL, else the database that the environment names, else our own.

    Raises:
        Problem: a server and a database.
    """
    names_database = database is not None or data is not None
    if server is not None and names_database:
        raise Problem("a server and a database cannot both be meant", where="--server", hint="leave out --server, or --database and --data")
    url = server or (None if names_database else os.environ.get("INTERLOCK_URL", "").strip() or None)
    if url is None:
        from interlock.cli.connection import DatabaseChoice
        from interlock.cli.database_engine import DatabasePlace

        return DatabasePlace(DatabaseChoice(url=database, data=data))
    from interlock.cli.server_engine import ServerPlace

    return ServerPlace(url, api_key=os.environ.get("INTERLOCK_API_KEY", "").strip() or None)
