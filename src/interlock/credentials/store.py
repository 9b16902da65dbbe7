"""The SQL functions about credentials, with types."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString, Self
from uuid import UUID

from interlock.controlplane.calling import SqlFunctions
from interlock.credentials.cipher import Bound, Sealed, WrappedKey


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRecord:
    """A credential without its values."""

    id: UUID
    name: str
    kind: str
    description: str
    field_names: Sequence[str]
    allowed_hosts: Sequence[str]
    revision: int
    created_by: str
    created_at: datetime
    updated_by: str
    updated_at: datetime
    last_used_at: datetime | None

    @classmethod
    def of(cls, answer: dict[str, Any]) -> Self:
        times = {
            name: None if answer[name] is None else datetime.fromisoformat(answer[name]) for name in ("created_at", "updated_at", "last_used_at")
        }
        return cls(**{**answer, **times, "id": UUID(answer["id"])})

    @property
    def bound(self) -> Bound:
        return Bound(id=self.id, name=self.name, kind=self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCredential:
    """A credential as a worker receives it: encrypted."""

    bound: Bound
    revision: int
    allowed_hosts: Sequence[str]
    sealed: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedCredential:
    """A credential whose key is wrapped by another master key."""

    bound: Bound
    key: WrappedKey


class CredentialStore(SqlFunctions):
    """Each method is one call of one function of `controlplane/sql/credentials`, and raises what the head of that function says."""

    async def new_id(self) -> UUID:
        """Returns an id for a new credential, to which its values can be bound."""
        return UUID(str(await self._call("select interlock.uuidv7()")))

    async def save(
        self, bound: Bound, *, description: str, field_names: Sequence[str], allowed_hosts: Sequence[str], sealed: Sealed, by: str
    ) -> CredentialRecord:
        return await self._record(
            "select interlock.save_credential(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            bound.id,
            bound.name,
            bound.kind,
            description,
            list(field_names),
            list(allowed_hosts),
            sealed.ciphertext,
            sealed.key.wrapped_key,
            sealed.key.key_id,
            by,
        )

    async def replace(
        self,
        credential_id: UUID,
        *,
        description: str | None,
        field_names: Sequence[str] | None,
        allowed_hosts: Sequence[str] | None = None,
        sealed: Sealed | None,
        by: str,
        hosts_before: Sequence[str] | None = None,
    ) -> CredentialRecord | None:
        """Replaces what is given. Returns None, and changes nothing, if the hosts are others than `hosts_before` by now."""
        answer = await self._call(
            "select interlock.replace_credential(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            credential_id,
            description,
            None if field_names is None else list(field_names),
            None if allowed_hosts is None else list(allowed_hosts),
            *((None, None, None) if sealed is None else (sealed.ciphertext, sealed.key.wrapped_key, sealed.key.key_id)),
            by,
            None if hosts_before is None else list(hosts_before),
        )
        return None if answer is None else CredentialRecord.of(answer)

    async def delete(self, credential_id: UUID, *, by: str) -> None:
        await self._call("select interlock.delete_credential(%s, %s)", credential_id, by)

    async def get(self, credential_id: UUID) -> CredentialRecord:
        return await self._record("select interlock.get_credential(%s)", credential_id)

    async def list(self, *, after: str | None, limit: int) -> Sequence[CredentialRecord]:
        return [CredentialRecord.of(answer) for answer in await self._call("select interlock.list_credentials(%s, %s)", after, limit)]

    async def use(self, name: str, workspace_id: int | None = None) -> StoredCredential | None:
        """Returns the credential with this name for a visit; `workspace_id`: the workspace of its workflow, if calls are not limited to one."""
        answer = await self._call("select interlock.use_credential(%s, %s)", name, workspace_id)
        if answer is None:
            return None
        sealed = Sealed(ciphertext=base64.b64decode(answer["ciphertext"]), key=_wrapped(answer))
        return StoredCredential(bound=_bound(answer), revision=answer["revision"], allowed_hosts=answer["allowed_hosts"], sealed=sealed)

    async def to_rewrap(self, key_id: str, *, after: UUID | None, limit: int) -> Sequence[WrappedCredential]:
        answers = await self._call("select interlock.credentials_to_rewrap(%s, %s, %s)", key_id, after, limit)
        return [WrappedCredential(bound=_bound(answer), key=_wrapped(answer)) for answer in answers]

    async def rewrap(self, credential: WrappedCredential, key: WrappedKey, *, by: str) -> bool:
        """Returns whether this call rewrapped it; False if it changed meanwhile."""
        changed: bool = await self._call(
            "select interlock.rewrap_credential(%s, %s, %s, %s, %s)",
            credential.bound.id,
            credential.key.wrapped_key,
            key.wrapped_key,
            key.key_id,
            by,
        )
        return changed

    async def _record(self, statement: LiteralString, *parameters: Any) -> CredentialRecord:
        return CredentialRecord.of(await self._call(statement, *parameters))


def _bound(answer: dict[str, Any]) -> Bound:
    return Bound(id=UUID(answer["id"]), name=answer["name"], kind=answer["kind"])


def _wrapped(answer: dict[str, Any]) -> WrappedKey:
    return WrappedKey(wrapped_key=base64.b64decode(answer["wrapped_key"]), key_id=answer["key_id"])
