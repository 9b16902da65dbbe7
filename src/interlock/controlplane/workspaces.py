"""Workspaces, which teams share an installation by: the typed interface of `sql/workspaces`. Each method calls one function."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString, Self
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

from interlock.controlplane.calling import call
from interlock.controlplane.types import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceRecord:
    """A workspace. `role`: that of the person who asks, None if they are not a member. For each limit None means: there is none of its own."""

    id: int
    name: str
    role: str | None
    created_at: datetime
    max_requests: int | None
    max_streams: int | None
    max_running: int | None
    max_stored_bytes: int | None
    stored_bytes: int | None
    stored_measured_at: datetime | None

    @classmethod
    def of(cls, answer: JsonObject) -> Self:
        measured = answer["stored_measured_at"]
        return cls(
            **answer
            | {
                "created_at": datetime.fromisoformat(answer["created_at"]),
                "stored_measured_at": datetime.fromisoformat(measured) if measured else None,
            }
        )


class Workspaces:
    """Works over any pool of psycopg connections. Raises the errors that each function's head lists, and `DatabaseUnavailable`.

    Args:
        workspace_id: the workspace that every call is limited to; None: calls are not limited.
    """

    def __init__(self, pool: AsyncConnectionPool[Any], workspace_id: int | None = None) -> None:
        self._pool = pool
        self._workspace_id = workspace_id

    async def create_workspace(self, name: str, *, by_user: UUID | None = None, by: str) -> WorkspaceRecord:
        """Creates a workspace, with this person as its admin. Raises BadRequest, NameTaken. SQL: create_workspace.sql"""
        return WorkspaceRecord.of(await self._call("select interlock.create_workspace(%s, %s, %s)", name, by_user, by))

    async def _call(self, statement: LiteralString, *parameters: Any) -> Any:
        return await call(self._pool, statement, *parameters, workspace_id=self._workspace_id)
