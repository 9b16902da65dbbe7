"""Proofs that were valid a moment ago, so that not every request asks the database for its proof."""

import hashlib
from collections.abc import Callable
from time import monotonic
from typing import Final

from interlock.api.auth.principal import Principal

KEPT_SECONDS: Final = 5.0
ENTRIES: Final = 10_000


class Proofs:
    """Remembers a proof for at most 5 s from when the database was asked, so what another process revokes is refused here no later than that.

    What this process revokes is refused at once: the code that revokes calls `forget`. Keys are hashes; no token stays in memory.

    Args:
        clock: returns seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.clock = clock
        self._proofs: dict[bytes, tuple[float, Principal]] = {}
        self._forgotten_at = float("-inf")

    def find(self, proof: str) -> Principal | None:
        """Returns the principal of a proof that is remembered."""
        until, principal = self._proofs.get(_key(proof), (0.0, None))
        return principal if self.clock() < until else None

    def keep(self, proof: str, principal: Principal, *, asked_at: float, seconds_left: float | None) -> None:
        """Remembers a proof, unless the database was asked for it before the last `forget`.

        Args:
            asked_at: time of `clock` before the database was asked.
            seconds_left: for how long the proof is valid; None: for ever.
        """
        if asked_at <= self._forgotten_at:
            return
        if len(self._proofs) >= ENTRIES:
            self._proofs.clear()
        seconds = KEPT_SECONDS if seconds_left is None else min(KEPT_SECONDS, seconds_left)
        self._proofs[_key(proof)] = (asked_at + seconds, principal)

    def forget(self) -> None:
        """Forgets every proof, because this process changed somebody's rights."""
        self._proofs.clear()
        self._forgotten_at = self.clock()


def _key(proof: str) -> bytes:
    return hashlib.sha256(proof.encode("utf-8", "surrogatepass")).digest()
