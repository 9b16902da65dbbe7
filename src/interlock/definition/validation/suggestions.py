"""Guesses which name a wrong one may have meant."""

import difflib
from collections.abc import Iterable
from typing import Final

LONGEST_NAME: Final = 100
NAMES: Final = 200
GUESSES: Final = 50


class Suggestions:
    """Guesses for one report. Comparing names is slow, so it compares at most 200 of them, with at most 50 wrong ones."""

    def __init__(self) -> None:
        self._left = GUESSES

    def nearest(self, wanted: str, names: Iterable[str], *, count: int = 1, cutoff: float = 0.6) -> list[str]:
        """Returns the names that are most like the wrong one, the best first; none where no name is like it, or enough was guessed."""
        if self._left == 0 or len(wanted) > LONGEST_NAME:
            return []
        self._left -= 1
        # twice the common characters, divided by all, is at least the cutoff
        shortest, longest = len(wanted) * cutoff / (2 - cutoff), len(wanted) * (2 - cutoff) / cutoff
        alike = [name for name in names if shortest <= len(name) <= longest]
        if len(alike) > NAMES:
            alike.sort(key=lambda name: name[:1] != wanted[:1])
        return difflib.get_close_matches(wanted, alike[:NAMES], n=count, cutoff=cutoff)
