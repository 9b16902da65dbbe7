"""The permissions of each role. Each operation of the API names the permission that it needs."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from interlock.api.models.users import Role


class Permission(StrEnum):
    """What an operation needs. `PUBLIC` needs no sign-in, `ACCOUNT` any sign-in; `OF_INSTALLATION` counts only in the first workspace."""

    PUBLIC = "public"
    ACCOUNT = "account"
    WORKFLOWS_READ = "workflows.read"
    WORKFLOWS_WRITE = "workflows.write"
    WORKFLOWS_RUN = "workflows.run"
    EXECUTIONS_READ = "executions.read"
    EXECUTIONS_CHANGE = "executions.change"
    ASSIGNMENTS_READ = "assignments.read"
    ASSIGNMENTS_WORK = "assignments.work"
    OVERVIEW_READ = "overview.read"
    CREDENTIALS_READ = "credentials.read"
    CREDENTIALS_WRITE = "credentials.write"
    USERS_MANAGE = "users.manage"
    WORKSPACES_MANAGE = "workspaces.manage"


_ACCOUNT: Final = frozenset({Permission.PUBLIC, Permission.ACCOUNT})
_ANNOTATE: Final = _ACCOUNT | {Permission.ASSIGNMENTS_READ}
_VIEW: Final = _ACCOUNT | {Permission.WORKFLOWS_READ, Permission.EXECUTIONS_READ, Permission.OVERVIEW_READ}
_APPROVE: Final = _VIEW | _ANNOTATE
_OPERATE: Final = _APPROVE | {Permission.WORKFLOWS_RUN, Permission.EXECUTIONS_CHANGE, Permission.ASSIGNMENTS_WORK}
_EDIT: Final = _OPERATE | {Permission.WORKFLOWS_WRITE, Permission.CREDENTIALS_READ, Permission.CREDENTIALS_WRITE}

PERMISSIONS_OF: Final[Mapping[Role, frozenset[Permission]]] = MappingProxyType(
    {
        Role.ADMIN: frozenset(Permission),
        Role.EDITOR: _EDIT,
        Role.OPERATOR: _OPERATE,
        Role.APPROVER: _APPROVE,
        Role.ANNOTATOR: _ANNOTATE,
        Role.VIEWER: _VIEW,
    }
)

OF_INSTALLATION: Final = frozenset({Permission.WORKSPACES_MANAGE})
"""The permissions that a role gives only in the first workspace, whose admins administer the installation."""


def may(role: Role, permission: Permission) -> bool:
    """Returns whether a role has a permission."""
    return permission in PERMISSIONS_OF[role]


def contains(role: Role, other: Role) -> bool:
    """Returns whether a role may do everything that another role may do, so that its users may make keys for that role."""
    return PERMISSIONS_OF[other] <= PERMISSIONS_OF[role]
