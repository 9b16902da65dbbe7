"""Saves credentials as the API does."""

from interlock.credentials import Bound, Cipher, CredentialRecord, CredentialStore, errors_of
from interlock.nodes.credential import ANY_HOST, NO_HOST


class Vault:
    def __init__(self, store: CredentialStore, cipher: Cipher) -> None:
        self.store = store
        self.cipher = cipher

    async def save(self, name: str, kind: str, **fields: str) -> CredentialRecord:
        assert errors_of(kind, fields) == []
        bound = Bound(id=await self.store.new_id(), name=name, kind=kind)
        sealed = self.cipher.encrypt(bound, fields)
        hosts = NO_HOST if kind == "postgres" else ANY_HOST
        return await self.store.save(bound, description="", field_names=list(fields), allowed_hosts=hosts, sealed=sealed, by="test")

    async def replace(self, record: CredentialRecord, **fields: str) -> CredentialRecord:
        sealed = self.cipher.encrypt(record.bound, fields)
        replaced = await self.store.replace(record.id, description=None, field_names=list(fields), sealed=sealed, by="test")
        assert replaced is not None
        return replaced

    async def fields(self, name: str) -> dict[str, str]:
        stored = await self.store.use(name)
        assert stored is not None
        return self.cipher.decrypt(stored.bound, stored.sealed)
