"""Wraps the key of every credential with the first master key, so that older master keys can be removed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from interlock.credentials.cipher import Cipher
from interlock.credentials.store import CredentialStore
from interlock.errors import CredentialUnreadable

BATCH_SIZE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrapping:
    """What a rewrapping did.

    Attributes:
        rewrapped: number of credentials that were wrapped by another key before.
        unreadable: one error for each credential that could not be rewrapped.
    """

    rewrapped: int
    unreadable: Sequence[CredentialUnreadable]


async def rewrap(store: CredentialStore, cipher: Cipher, *, by: str) -> Rewrapping:
    """Rewrap every credential whose key the cipher's first key does not wrap yet. May be repeated.

    A credential that is saved meanwhile is left alone, because it is saved with a new key.
    """
    rewrapped = 0
    unreadable: list[CredentialUnreadable] = []
    after: UUID | None = None
    while found := await store.to_rewrap(cipher.key_id, after=after, limit=BATCH_SIZE):
        for credential in found:
            try:
                key = cipher.rewrap(credential.bound, credential.key)
            except CredentialUnreadable as error:
                unreadable.append(error)
            else:
                rewrapped += await store.rewrap(credential, key, by=by)
        after = found[-1].bound.id
    return Rewrapping(rewrapped=rewrapped, unreadable=unreadable)
