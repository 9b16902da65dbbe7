"""Visits that starts begin for this worker while it is idle, see docs/decisions/0085-idle-hands.md."""

from collections import OrderedDict
from typing import Final

OFFERS_KEPT: Final = 1_000  # the database makes the next offer only after another exchange, so nothing that tells of one is so late


class Offers:
    """Remembers which visits were offered, because a notification and an exchange may both bring one: it is begun once."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, None] = OrderedDict()

    def is_new(self, execution_id: str) -> bool:
        """Returns whether this execution's first visit was not offered before, and remembers it."""
        if execution_id in self._known:
            return False
        self._known[execution_id] = None
        if len(self._known) > OFFERS_KEPT:
            self._known.popitem(last=False)
        return True
