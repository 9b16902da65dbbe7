"""Counts what comes at a rate: a number a minute, of which a part may come at once."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

AT_ONCE_SECONDS: Final = 10
"""As much as comes in this time at the full rate may come at once, and always `AT_ONCE_LEAST`, as far as the limit allows."""
AT_ONCE_LEAST: Final = 10
KEPT: Final = 10_000
"""From this many keys on, those that have used nothing any more are forgotten."""
_ROUNDING: Final = 1e-6


@dataclass(frozen=True, slots=True)
class _Used:
    """How much a key has used at a time, and when it will have used nothing."""

    amount: float
    at: float
    nothing_at: float


class Rates:
    """A leaky bucket for each key: what a key used goes back to nothing at the rate of its limit, also if the limit changes meanwhile.

    Args:
        clock: returns seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._used: dict[Any, _Used] = {}
        self._forget_from = KEPT

    def wait_seconds(self, key: Any, limit: int) -> int:
        """Returns 0 if the key may go on now, else the whole seconds after which it may.

        Args:
            limit: how often the key may go on in a minute, 1 or more.
        """
        return max(0, math.ceil((self._now_used(key, limit) + 1 - _at_once(limit)) * 60 / limit - _ROUNDING))

    def count(self, key: Any, limit: int) -> None:
        """Counts that the key goes on."""
        now, amount = self._clock(), self._now_used(key, limit) + 1
        if len(self._used) >= self._forget_from:
            self._used = {each: used for each, used in self._used.items() if used.nothing_at > now}
            self._forget_from = max(KEPT, 2 * len(self._used))
        self._used[key] = _Used(amount, now, now + amount * 60 / limit)

    def used_part(self, key: Any, limit: int) -> float:
        """Returns which part of what may come at once the key has used, 0 to 1."""
        return self._now_used(key, limit) / _at_once(limit)

    def _now_used(self, key: Any, limit: int) -> float:
        used = self._used.get(key)
        if used is None:
            return 0.0
        amount = min(used.amount, float(_at_once(limit)))  # the limit may have been lowered
        return max(0.0, amount - (self._clock() - used.at) * limit / 60)


def _at_once(limit: int) -> int:
    return min(limit, max(AT_ONCE_LEAST, limit * AT_ONCE_SECONDS // 60))
