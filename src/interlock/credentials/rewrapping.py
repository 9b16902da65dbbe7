"""Puts every credential under the first master key, so that older ones can be taken away."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from interlock.credentials.cipher import Cipher
from interlock.credentials.store import CredentialStore
from interlock.errors import CredentialUnreadable

_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrapping:
    """What came of it.

    Attributes:
        rewrapped: how many were under another key and are not any more.
        unreadable: why each of the others could not be.
    """

    rewrapped: int
    unreadable: Sequence[CredentialUnreadable]


async def rewrap(store: CredentialStore, cipher: Cipher, *, by: str) -> Rewrapping:
    """Rewrap what is not under the cipher's first key; what is written meanwhile is left to whoever writes it. May be repeated."""
    rewrapped = 0
    unreadable: list[CredentialUnreadable] = []
    after: UUID | None = None
    while found := await store.to_rewrap(cipher.key_id, after=after, limit=_AT_ONCE):
        for credential in found:
            try:
                key = cipher.rewrap(credential.bound, credential.key)
            except CredentialUnreadable as error:
                unreadable.append(error)
            else:
                rewrapped += await store.rewrap(credential, key, by=by)
        after = found[-1].bound.id
    return Rewrapping(rewrapped=rewrapped, unreadable=unreadable)
