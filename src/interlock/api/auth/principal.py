"""Who asks."""

from dataclasses import dataclass
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
        via: what proved it.
        session_id: of a sign-in by cookie.
        api_key_id: of an API key.
        must_change_password: nothing but their account is open to them until they did.
    """

    user_id: UUID
    name: str
    role: Role
    via: Literal["session", "api_key", "jwt"]
    session_id: UUID | None = None
    api_key_id: UUID | None = None
    must_change_password: bool = False

    def may(self, permission: Permission) -> bool:
        """Whether they have a permission."""
        return may(self.role, permission)
