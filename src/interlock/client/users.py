"""People who sign in, and API keys."""

from collections.abc import AsyncIterator
from uuid import UUID

from interlock.api.models.base import Nothing
from interlock.api.models.users import ApiKeyList, CreatedApiKey, Role, User, UserList, UserWithPassword
from interlock.client.calling import Caller
from interlock.client.paging import paginate


class UserOperations(Caller):
    async def list_users(self, *, search: str | None = None, limit: int | None = None, cursor: str | None = None) -> UserList:
        """One page of the users."""
        return await self._ask("list_users", UserList, search=search, limit=limit, cursor=cursor)

    def all_users(self, *, search: str | None = None) -> AsyncIterator[User]:
        """Every user, page after page."""
        return paginate(self.list_users, search=search, limit=200)

    async def create_user(self, *, email: str, name: str, role: Role | str, password: str | None = None) -> UserWithPassword:
        """Without a password a one-time password is made, and answered this once."""
        return await self._ask("create_user", UserWithPassword, email=email, name=name, role=role, password=password)

    async def get_user(self, user_id: UUID | str) -> User:
        return await self._ask("get_user", User, user_id=user_id)

    async def update_user(
        self,
        user_id: UUID | str,
        *,
        name: str | None = None,
        role: Role | str | None = None,
        disabled: bool | None = None,
        reset_password: bool | None = None,
    ) -> UserWithPassword:
        """What is left out stays."""
        return await self._ask(
            "update_user", UserWithPassword, user_id=user_id, name=name, role=role, disabled=disabled, reset_password=reset_password
        )

    async def delete_user(self, user_id: UUID | str) -> None:
        """Remove the sign-in; what the user did stays on record."""
        await self._ask("delete_user", Nothing, user_id=user_id)

    async def list_api_keys(self, *, limit: int | None = None, cursor: str | None = None) -> ApiKeyList:
        """One page of one's own keys; an admin sees all."""
        return await self._ask("list_api_keys", ApiKeyList, limit=limit, cursor=cursor)

    async def create_api_key(self, *, name: str, role: Role | str | None = None, expires_in_days: int | None = None) -> CreatedApiKey:
        """The answer shows the key this once."""
        return await self._ask("create_api_key", CreatedApiKey, name=name, role=role, expires_in_days=expires_in_days)

    async def revoke_api_key(self, api_key_id: UUID | str) -> None:
        """Accept a key no longer."""
        await self._ask("revoke_api_key", Nothing, api_key_id=api_key_id)
