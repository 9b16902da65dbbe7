"""Proofs that were found valid a moment ago, so that a request needs no round trip of its own for them."""

import hashlib
from time import monotonic
from typing import Final

from interlock.api.auth.principal import Principal

SECONDS: Final = 5.0
ENTRIES: Final = 10_000


class Proofs:
    """For at most 5 s from when the database was asked: what is revoked in another process is refused here no later than that.

    What is revoked in this process is refused at once: whoever revokes calls `forget`. Keys are hashes; no token stays in memory.
    """

    def __init__(self) -> None:
        self._proofs: dict[bytes, tuple[float, Principal]] = {}
        self._forgotten_at = 0.0

    def find(self, proof: str) -> Principal | None:
        until, principal = self._proofs.get(_key(proof), (0.0, None))
        return principal if monotonic() < until else None

    def keep(self, proof: str, principal: Principal, *, asked_at: float, seconds_left: float | None) -> None:
        """`asked_at`: `monotonic()` before the database was asked; an answer from before the last `forget` is not kept."""
        if asked_at <= self._forgotten_at:
            return
        if len(self._proofs) >= ENTRIES:
            self._proofs.clear()
        seconds = SECONDS if seconds_left is None else min(SECONDS, seconds_left)
        self._proofs[_key(proof)] = (asked_at + seconds, principal)

    def forget(self) -> None:
        """Somebody's rights were changed by this process: everybody is looked up anew."""
        self._proofs.clear()
        self._forgotten_at = monotonic()


def _key(proof: str) -> bytes:
    return hashlib.sha256(proof.encode("utf-8", "surrogatepass")).digest()
