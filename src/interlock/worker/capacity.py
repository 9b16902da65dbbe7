"""How many assignments of each queue this worker can take now. Pure."""

from collections.abc import Mapping, Sequence

from interlock.worker.settings import ROWS_PER_EXCHANGE


class Capacity:
    """Places per queue: `taken` by what was claimed and has not ended.

    While an exchange is under way, places become free. So that the worker is not idle when its reply comes, one is
    asked for as many more as ended during the exchange before: quick assignments are claimed ahead, slow ones hardly.
    """

    def __init__(self, queues: Mapping[str, int]) -> None:
        self.queues = tuple(queues)
        self._limits = tuple(queues.values())
        self._index = {queue: index for index, queue in enumerate(self.queues)}
        self._taken = [0] * len(self.queues)
        self._ended = [0] * len(self.queues)
        self._asked = [0] * len(self.queues)
        self._may_have_more = [True] * len(self.queues)

    @property
    def taken(self) -> int:
        return sum(self._taken)

    def take(self, queue: str) -> int:
        """Returns the place that `free` wants back."""
        index = self._index.get(queue, 0)
        self._taken[index] += 1
        return index

    def free(self, place: int) -> None:
        self._taken[place] -= 1
        self._ended[place] += 1

    def ask(self) -> list[int]:
        """The limits of the next exchange, at most 1,000 together; begins a new count of what ends."""
        left = ROWS_PER_EXCHANGE
        for index, limit in enumerate(self._limits):
            ahead = min(limit, self._ended[index])
            free = min(left, max(0, limit + ahead - self._taken[index]))
            self._asked[index] = free
            self._ended[index] = 0
            left -= free
        return list(self._asked)

    def answered(self, claimed: Mapping[int, int]) -> None:
        """What the last `ask` brought, by place: a queue that gave all that was asked may have more."""
        for index, asked in enumerate(self._asked):
            if asked:
                self._may_have_more[index] = claimed.get(index, 0) >= asked

    def woken(self) -> None:
        """Something may be due in any queue."""
        self._may_have_more = [True] * len(self.queues)

    @property
    def worth_asking(self) -> bool:
        """A queue may have more, and this worker has capacity for it."""
        return any(
            more and limit + min(limit, ended) > taken
            for more, limit, ended, taken in zip(self._may_have_more, self._limits, self._ended, self._taken, strict=True)
        )

    @property
    def nothing(self) -> Sequence[int]:
        return [0] * len(self.queues)
