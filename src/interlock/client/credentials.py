"""Secrets that nodes use: written, never read back."""

from collections.abc import AsyncIterator, Mapping, Sequence
from uuid import UUID

from interlock.api.models.base import Nothing
from interlock.api.models.credentials import Credential, CredentialList
from interlock.client.calling import Caller
from interlock.client.paging import paginate


class CredentialOperations(Caller):
    async def list_credentials(self, *, limit: int | None = None, cursor: str | None = None) -> CredentialList:
        """One page of them by name, without their values."""
        return await self._ask("list_credentials", CredentialList, limit=limit, cursor=cursor)

    def all_credentials(self) -> AsyncIterator[Credential]:
        """Every credential, page after page."""
        return paginate(self.list_credentials, limit=200)

    async def create_credential(
        self, *, name: str, kind: str, fields: Mapping[str, str], description: str | None = None, allowed_hosts: Sequence[str] | None = None
    ) -> Credential:
        """Keep a secret: `kind="bearer", fields={"token": …}`; docs name the kinds and their fields. `allowed_hosts`: where it may be sent."""
        return await self._ask(
            "create_credential", Credential, name=name, kind=kind, fields=fields, description=description, allowed_hosts=allowed_hosts
        )

    async def get_credential(self, credential_id: UUID | str) -> Credential:
        return await self._ask("get_credential", Credential, credential_id=credential_id)

    async def update_credential(
        self,
        credential_id: UUID | str,
        *,
        fields: Mapping[str, str] | None = None,
        description: str | None = None,
        allowed_hosts: Sequence[str] | None = None,
    ) -> Credential:
        """What is left out stays; `fields` replaces all fields, `allowed_hosts` all hosts."""
        return await self._ask(
            "update_credential", Credential, credential_id=credential_id, fields=fields, description=description, allowed_hosts=allowed_hosts
        )

    async def delete_credential(self, credential_id: UUID | str) -> None:
        await self._ask("delete_credential", Nothing, credential_id=credential_id)
