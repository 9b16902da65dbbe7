"""Who asks."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from interlock.api.auth.permissions import Permission, may
from interlock.api.models.users import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A user who has proven who they are, and how.

    Attributes:
        name: as audit entries show it, the email.
        role: what counts for this request; an API key may have a smaller one than its user.
        limited_to: a second role that has to allow it too: of the owner of an API key, where neither role contains the other.
        via: what proved it.
        session_id: of a sign-in by cookie.
        api_key_id: of an API key.
        csrf_token: what changes by cookie have to carry; made from the session's token, stored nowhere.
        expires_at: when the session ends unless it is used.
        must_change_password: nothing but their account is open to them until they did.
    """

    user_id: UUID
    name: str
    role: Role
    via: Literal["session", "api_key", "jwt"]
    limited_to: Role | None = None
    session_id: UUID | None = None
    api_key_id: UUID | None = None
    csrf_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    must_change_password: bool = False

    def may(self, permission: Permission) -> bool:
        """Whether they have a permission."""
        return may(self.role, permission) and (self.limited_to is None or may(self.limited_to, permission))

    def may_give(self, role: Role) -> bool:
        """Whether everything that the role allows is allowed to them, so that a key of theirs may have it."""
        return all(self.may(permission) for permission in Permission if may(role, permission))
