"""How long to wait before trying again. Pure but for the random source that it is given."""

from collections.abc import Callable


class Backoff:
    """Doubles up to a ceiling, with jitter of half, so that many workers do not come back at one instant."""

    def __init__(self, first_seconds: float, most_seconds: float, random: Callable[[], float]) -> None:
        self._first = first_seconds
        self._most = most_seconds
        self._random = random
        self._failures = 0

    def next_seconds(self) -> float:
        ceiling = min(self._most, self._first * 2.0 ** min(self._failures, 30))
        self._failures += 1
        return ceiling * (0.5 + self._random() / 2)

    def reset(self) -> None:
        self._failures = 0
