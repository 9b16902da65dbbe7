"""Workspaces, which teams share an installation by: the typed interface of `sql/workspaces`. Each method calls one function."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self
from uuid import UUID

from interlock.controlplane.calling import SqlFunctions, json_text
from interlock.controlplane.types import JsonObject

FIRST_WORKSPACE: Final = 1
"""The id of the workspace `default`, which is there from the start, and which names without a workspace mean."""


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


class Workspaces(SqlFunctions):
    """Works over any pool of psycopg connections. Raises the errors that each function's head lists, and `DatabaseUnavailable`."""

    async def create_workspace(self, name: str, *, by_user: UUID | None = None, by: str) -> WorkspaceRecord:
        """Creates a workspace, with this person as its admin. Raises BadRequest, NameTaken. SQL: create_workspace.sql"""
        return WorkspaceRecord.of(await self._call("select interlock.create_workspace(%s, %s, %s)", name, by_user, by))

    async def list_workspaces(self, user_id: UUID | None, *, every: bool = False, after: str | None = None, limit: int) -> list[WorkspaceRecord]:
        """Lists the workspaces of a person, or every one, by name, after the given one. SQL: list_workspaces.sql"""
        return [WorkspaceRecord.of(one) for one in await self._call("select interlock.list_workspaces(%s, %s, %s, %s)", user_id, every, after, limit)]

    async def get_workspace(self, workspace_id: int, user_id: UUID | None, *, every: bool = False) -> WorkspaceRecord:
        """Returns a workspace of a person, or any. Raises WorkspaceNotFound. SQL: get_workspace.sql"""
        return WorkspaceRecord.of(await self._call("select interlock.get_workspace(%s, %s, %s)", workspace_id, user_id, every))

    async def find_workspace(self, name: str) -> WorkspaceRecord:
        """Returns the workspace with this name. Raises WorkspaceNotFound. SQL: find_workspace.sql"""
        return WorkspaceRecord.of(await self._call("select interlock.find_workspace(%s)", name))

    async def update_workspace(
        self, workspace_id: int, changes: Mapping[str, str | int | None], *, by_user: UUID | None = None, by: str
    ) -> WorkspaceRecord:
        """Changes a workspace.

        Args:
            changes: the new `name`, `max_requests`, `max_streams`, `max_running` and `max_stored_bytes`; what is left out stays, None takes a limit
                away.
            by_user: whose role in it the answer says.

        Raises:
            BadRequest, NameTaken, WorkspaceNotFound: see update_workspace.sql.
        """
        answer = await self._call("select interlock.update_workspace(%s, %s, %s, %s)", workspace_id, json_text(dict(changes)), by_user, by)
        return WorkspaceRecord.of(answer)

    async def delete_workspace(self, workspace_id: int, *, by: str) -> None:
        """Deletes a workspace in which nothing is left to do. Raises WorkspaceInUse, WorkspaceNotFound. SQL: delete_workspace.sql"""
        await self._call("select interlock.delete_workspace(%s, %s)", workspace_id, by)
