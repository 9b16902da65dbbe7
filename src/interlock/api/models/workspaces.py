"""Workspaces: teams that share an installation and see nothing of each other."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from interlock.api.models.base import Answer, Page, PageRequest, Request
from interlock.api.models.users import Role

WorkspaceId = Annotated[int, Field(ge=1, le=2_147_483_647)]
WorkspaceName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", max_length=63)]
Maximum = Annotated[int, Field(ge=0, le=2_147_483_647)]


class ListWorkspaces(PageRequest):
    """Lists the workspaces of the caller, by name; an admin of the workspace `default` sees all. With an API key, it lists the key's own."""


class GetWorkspace(Request):
    """Returns one workspace of the caller, or any for an admin of the workspace `default`."""

    workspace_id: WorkspaceId


class CreateWorkspace(Request):
    """Creates a workspace. The caller becomes its admin."""

    name: WorkspaceName
    """1 to 63 lower-case letters, digits, `-` and `_`; the first is a letter or a digit."""


class UpdateWorkspace(Request):
    """Changes the name and the limits of a workspace; a field that is left out stays as it is. `null` or 0 takes a limit away."""

    workspace_id: WorkspaceId
    name: WorkspaceName | None = None
    max_requests: Maximum | None = None
    """Requests a minute to each API process."""
    max_streams: Maximum | None = None
    """Open event streams of each API process."""
    max_running: Maximum | None = None
    """Running assignments."""
    max_stored_bytes: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = None
    """Bytes that its executions store."""


class DeleteWorkspace(Request):
    """Deletes a workspace without workflows and open executions. Its members leave, its keys are revoked, and its credentials are deleted."""

    workspace_id: WorkspaceId


class Workspace(Answer):
    """A workspace and its limits; a limit that is null does not exist."""

    id: int
    name: str
    role: Role | None
    """The caller's role in it; null if the caller is not a member."""
    created_at: datetime
    max_requests: int | None
    """Requests a minute to each API process."""
    max_streams: int | None
    """Open event streams of each API process."""
    max_running: int | None
    """Running assignments."""
    max_stored_bytes: int | None
    stored_bytes: int | None
    """As measured at `stored_measured_at`; null: not yet."""
    stored_measured_at: datetime | None


class WorkspaceList(Page):
    """A page of workspaces."""

    items: list[Workspace]
