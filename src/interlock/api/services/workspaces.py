"""Workspaces. Members see their own; admins of the first workspace administer the installation: they see, create, change and delete all of them."""

from typing import Final

from interlock.api.auth.permissions import Permission
from interlock.api.auth.principal import Principal
from interlock.api.call import Call
from interlock.api.cursors import make_cursor, read_cursor
from interlock.api.models.base import Nothing
from interlock.api.models.workspaces import CreateWorkspace, DeleteWorkspace, GetWorkspace, ListWorkspaces, UpdateWorkspace, Workspace, WorkspaceList
from interlock.controlplane.workspaces import Workspaces

LIMITS: Final = ("max_requests", "max_streams", "max_running", "max_stored_bytes")


async def list_workspaces(call: Call, request: ListWorkspaces) -> WorkspaceList:
    """Returns workspaces by name."""
    after = read_cursor(request.cursor, lambda parts: parts[0], 1)
    caller = call.caller
    found = await workspaces_of(call).list_workspaces(caller.user_id, every=_sees_all(caller), after=after, limit=request.limit + 1)
    items = found[: request.limit]
    return WorkspaceList(
        items=[Workspace.model_validate(one) for one in items], next_cursor=make_cursor(items[-1].name) if len(found) > len(items) else None
    )


async def get_workspace(call: Call, request: GetWorkspace) -> Workspace:
    """Raises WorkspaceNotFound: there is none, or the caller is not a member."""
    caller = call.caller
    found = await workspaces_of(call).get_workspace(request.workspace_id, caller.user_id, every=_sees_all(caller))
    return Workspace.model_validate(found)


async def create_workspace(call: Call, request: CreateWorkspace) -> Workspace:
    """Raises NameTaken."""
    caller = call.caller
    made = await Workspaces(call.services.pool, caller.workspace_id).create_workspace(request.name, by_user=caller.user_id, by=caller.name)
    return Workspace.model_validate(made)


async def update_workspace(call: Call, request: UpdateWorkspace) -> Workspace:
    """Raises NameTaken, WorkspaceNotFound."""
    caller = call.caller
    changes: dict[str, str | int | None] = {name: getattr(request, name) or None for name in LIMITS if name in request.model_fields_set}
    if request.name is not None:
        changes["name"] = request.name
    workspaces = Workspaces(call.services.pool, caller.workspace_id)
    changed = await workspaces.update_workspace(request.workspace_id, changes, by_user=caller.user_id, by=caller.name)
    call.services.auth.proofs.forget()
    return Workspace.model_validate(changed)


async def delete_workspace(call: Call, request: DeleteWorkspace) -> Nothing:
    """Raises WorkspaceInUse, WorkspaceNotFound."""
    await Workspaces(call.services.pool, call.workspace_id).delete_workspace(request.workspace_id, by=call.caller.name)
    call.services.auth.proofs.forget()
    return Nothing()


def workspaces_of(call: Call) -> Workspaces:
    """Returns the workspaces that a caller may ask for: a key is of one workspace and says nothing of the others of its owner."""
    caller = call.caller
    limited = caller.via == "api_key" and not _sees_all(caller)
    return Workspaces(call.services.pool, caller.workspace_id if limited else None)


def _sees_all(caller: Principal) -> bool:
    return caller.may(Permission.WORKSPACES_MANAGE)
