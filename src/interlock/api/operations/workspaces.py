"""Workspaces, which teams share an installation by."""

from typing import Final

from interlock.api.auth.permissions import Permission
from interlock.api.models.base import Nothing
from interlock.api.models.workspaces import CreateWorkspace, DeleteWorkspace, GetWorkspace, ListWorkspaces, UpdateWorkspace, Workspace, WorkspaceList
from interlock.api.operations.operation import Operation, Repeat, Service
from interlock.errors import NameTaken, UserNotFound, WorkspaceInUse, WorkspaceNotFound

SERVICE: Final[Service] = "workspaces"

OPERATIONS: Final = (
    Operation(
        name="list_workspaces",
        service=SERVICE,
        rest="GET /workspaces",
        permission=Permission.ACCOUNT,
        request=ListWorkspaces,
        answer=WorkspaceList,
    ),
    Operation(
        name="create_workspace",
        service=SERVICE,
        rest="POST /workspaces",
        permission=Permission.WORKSPACES_MANAGE,
        request=CreateWorkspace,
        answer=Workspace,
        status=201,
        repeat=Repeat.ACTS_AGAIN,
        location="/workspaces/{id}",
        errors=(NameTaken, UserNotFound),
    ),
    Operation(
        name="get_workspace",
        service=SERVICE,
        rest="GET /workspaces/{workspace_id}",
        permission=Permission.ACCOUNT,
        request=GetWorkspace,
        answer=Workspace,
        errors=(WorkspaceNotFound,),
    ),
    Operation(
        name="update_workspace",
        service=SERVICE,
        rest="PATCH /workspaces/{workspace_id}",
        permission=Permission.WORKSPACES_MANAGE,
        request=UpdateWorkspace,
        answer=Workspace,
        repeat=Repeat.CHANGES_NOTHING,
        errors=(NameTaken, WorkspaceNotFound),
    ),
    Operation(
        name="delete_workspace",
        service=SERVICE,
        rest="DELETE /workspaces/{workspace_id}",
        permission=Permission.WORKSPACES_MANAGE,
        request=DeleteWorkspace,
        answer=Nothing,
        status=204,
        repeat=Repeat.ACTS_AGAIN,
        errors=(WorkspaceInUse, WorkspaceNotFound),
    ),
)
