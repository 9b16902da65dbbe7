"""How long to wait before the next try. Every part of Interlock that tries again asks here."""

import random
from collections.abc import Callable


class Backoff:
    """Pauses that grow from `first_seconds` to at most `most_seconds`, with jitter, so that many callers do not come back at the same instant.

    Args:
        growth: each pause is at most this many times as long as the one before.
        jitter: the share of a pause that is left to chance, 0 to 1. With 0.5 a pause of 4 s takes 2 to 4 s.
        random_source: returns a number from 0 to 1.
    """

    def __init__(
        self,
        first_seconds: float,
        most_seconds: float,
        *,
        growth: float = 2.0,
        jitter: float = 0.5,
        random_source: Callable[[], float] = random.random,
    ) -> None:
        self._first_seconds = first_seconds
        self._most_seconds = most_seconds
        self._growth = growth
        self._jitter = jitter
        self._random = random_source
        self._ceiling = first_seconds
        self.failures = 0
        """How many pauses were asked for since the last `reset`."""

    def next_seconds(self) -> float:
        """The next pause."""
        ceiling = min(self._most_seconds, self._ceiling)
        self._ceiling = ceiling * self._growth
        self.failures += 1
        return ceiling * (1 - self._jitter * (1 - self._random()))

    def reset(self) -> None:
        """Starts again with `first_seconds`, because a try succeeded."""
        self._ceiling = self._first_seconds
        self.failures = 0
