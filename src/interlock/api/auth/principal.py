"""The user who sent a request."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from interlock.api.auth.permissions import OF_INSTALLATION, Permission, may
from interlock.api.models.users import Role
from interlock.controlplane.accounts import InWorkspace
from interlock.controlplane.workspace_limits import WorkspaceLimits
from interlock.controlplane.workspaces import FIRST_WORKSPACE


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A user who has proved who they are, and how.

    Attributes:
        name: the email, as audit entries show it.
        workspace_id: the workspace that the session, the key or the token is in; the request is limited to it.
        workspace: its name.
        role: the role for this request, in this workspace; an API key may have a smaller one than its user.
        limits: what the workspace may do in one API process.
        administers_installation: whether the person is an admin of the first workspace, and this request is in it; the key may have a smaller role.
        limited_to: a second role that must allow the request, too: that of the owner of an API key, if neither role contains the other.
        via: the kind of proof.
        session_id: the session, for a sign-in by cookie.
        api_key_id: the API key, if one was sent.
        csrf_token: what a change by cookie must send; computed from the session's token, and stored nowhere.
        expires_at: when the session ends unless it is used.
        must_change_password: whether they may do nothing but change their password.
    """

    user_id: UUID
    name: str
    workspace_id: int
    workspace: str
    role: Role
    via: Literal["session", "api_key", "jwt"]
    limits: WorkspaceLimits = field(default_factory=WorkspaceLimits)
    administers_installation: bool = False
    limited_to: Role | None = None
    session_id: UUID | None = None
    api_key_id: UUID | None = None
    csrf_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    must_change_password: bool = False

    @classmethod
    def of(cls, found: InWorkspace, *, via: Literal["session", "api_key", "jwt"], role: Role | None = None, **proof: Any) -> Self:
        """Returns the user whom a proof belongs to, with the role in the workspace unless another is given. `proof`: what this proof alone has."""
        return cls(
            user_id=found.user.id,
            name=found.user.email,
            workspace_id=found.workspace_id,
            workspace=found.workspace,
            role=role or Role(found.user.role),
            limits=found.limits,
            administers_installation=found.administers_installation,
            via=via,
            **proof,
        )

    def may(self, permission: Permission) -> bool:
        """Returns whether they have a permission."""
        return self._is_allowed(permission) and (permission not in OF_INSTALLATION or self.workspace_id == FIRST_WORKSPACE)

    def may_give(self, role: Role) -> bool:
        """Returns whether they may do everything that a role allows, so that a key of theirs may have this role."""
        return all(self._is_allowed(permission) for permission in Permission if may(role, permission))

    def _is_allowed(self, permission: Permission) -> bool:
        return may(self.role, permission) and (self.limited_to is None or may(self.limited_to, permission))
