"""Credentials for attempts: read when an attempt needs them, decrypted, and forgotten after a few seconds."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

from interlock.credentials.cipher import Cipher
from interlock.credentials.log_masking import mask_logs
from interlock.credentials.store import StoredCredential
from interlock.errors import CredentialUnreadable
from interlock.nodes import Credential, Credentials, FinalError, RetryableError
from interlock.nodes.credential import SecretFields

KEPT_SECONDS: Final = 5.0
_WHERE: Final = "on the page Credentials, or with POST /api/v1/credentials"
_Key = tuple[str, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialUse:
    """A node's parameter that names a credential.

    Attributes:
        kinds: kinds of credentials that the parameter accepts; empty: any kind.
        workspace_id: the workspace of the workflow; None: that of the reader.
    """

    parameter: str
    name: str
    kinds: tuple[str, ...] = ()
    workspace_id: int | None = None


class CredentialReader:
    """Reads credentials, and keeps them for a few seconds: so a thousand attempts ask the database once, and a change still takes effect soon.

    Args:
        use: returns the stored credential of a name and a workspace; never called twice at once for the same ones.
        cipher: None where no key is configured.
        kept_seconds: how long a decrypted credential is kept.
    """

    def __init__(
        self, use: Callable[[str, int | None], Awaitable[StoredCredential | None]], cipher: Cipher | None, *, kept_seconds: float = KEPT_SECONDS
    ) -> None:
        self._use = use
        self._cipher = cipher
        self._kept_seconds = kept_seconds
        self._kept: dict[_Key, Credential] = {}
        self._reading: dict[_Key, asyncio.Task[Credential]] = {}

    async def read(self, uses: Iterable[CredentialUse]) -> Credentials:
        """Returns the credentials of one attempt.

        Raises:
            FinalError: one does not exist, has another kind, or is damaged.
            RetryableError: this worker does not have the key of one; another worker may.
        """
        return Credentials({use.parameter: _check_kind(use, await self._credential((use.name, use.workspace_id))) for use in uses})

    def close(self) -> None:
        """Forget everything."""
        self._kept.clear()
        for task in self._reading.values():
            task.cancel()

    async def _credential(self, key: _Key) -> Credential:
        if kept := self._kept.get(key):
            return kept
        task = self._reading.get(key)
        if task is None:
            task = self._reading[key] = asyncio.create_task(self._fetch(*key))
            task.add_done_callback(lambda ended: self._keep(key, ended))
        return await asyncio.shield(task)  # a caller that is cancelled does not cancel the others that wait

    def _keep(self, key: _Key, task: asyncio.Task[Credential]) -> None:
        del self._reading[key]
        if task.cancelled() or task.exception() is not None:
            return
        self._kept[key] = task.result()
        asyncio.get_running_loop().call_later(self._kept_seconds, self._kept.pop, key, None)

    async def _fetch(self, name: str, workspace_id: int | None) -> Credential:
        stored = await self._use(name, workspace_id)
        if stored is None:
            raise FinalError("credential_not_found", f"there is no credential named {name!r}", hint=f"save one {_WHERE}, and retry")
        credential = self._decrypt(stored)
        mask_logs(credential)
        return credential

    def _decrypt(self, stored: StoredCredential) -> Credential:
        name = stored.bound.name
        if self._cipher is None or not self._cipher.knows(stored.sealed.key):
            raise RetryableError(
                "credential_key_missing",
                f"this worker does not have the encryption key {stored.sealed.key.key_id} of the credential {name!r}",
                hint="start it with the INTERLOCK_ENCRYPTION_KEY (or INTERLOCK_ENCRYPTION_KEY_FILE) that the API has",
            )
        try:
            fields = self._cipher.decrypt(stored.bound, stored.sealed)
        except CredentialUnreadable as error:
            raise FinalError("credential_unreadable", error.message, hint=error.hint) from None
        return Credential(name=name, kind=stored.bound.kind, fields=SecretFields(fields), allowed_hosts=tuple(stored.allowed_hosts))


def _check_kind(use: CredentialUse, credential: Credential) -> Credential:
    if use.kinds and credential.kind not in use.kinds:
        raise FinalError(
            "credential_kind",
            f"the credential {use.name!r} has the kind {credential.kind!r}; {use.parameter} takes {' or '.join(use.kinds)}",
            hint=f"name another credential, or save one of that kind {_WHERE}",
        )
    return credential
