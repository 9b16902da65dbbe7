"""How many assignments of each queue the worker can claim now. Knows nothing of the database."""

from collections.abc import Mapping, Sequence

from interlock.worker.settings import ROWS_PER_EXCHANGE


class Capacity:
    """Counts the slots of each queue. An assignment takes one from its claim until its end.

    Slots become free while an exchange is under way. So that the worker is not idle when the reply arrives, it claims as many more as ended during
    the exchange before: quick assignments are claimed ahead, slow ones hardly ever.
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
        """Takes a slot. Returns the index of the queue, for `free`."""
        index = self._index.get(queue, 0)
        self._taken[index] += 1
        return index

    def free(self, queue_index: int) -> None:
        self._taken[queue_index] -= 1
        self._ended[queue_index] += 1

    def next_limits(self) -> list[int]:
        """Returns the limit of each queue for the next exchange, at most 1,000 together, and starts a new count of what ends."""
        left = ROWS_PER_EXCHANGE
        for index, limit in enumerate(self._limits):
            ahead = min(limit, self._ended[index])
            free = min(left, max(0, limit + ahead - self._taken[index]))
            self._asked[index] = free
            self._ended[index] = 0
            left -= free
        return list(self._asked)

    def note_claimed(self, claimed: Mapping[int, int]) -> None:
        """Notes how many were claimed, by queue: a queue that filled its limit may have more."""
        for index, asked in enumerate(self._asked):
            if asked:
                self._may_have_more[index] = claimed.get(index, 0) >= asked

    def expect_work(self) -> None:
        """Notes that any queue may have something due."""
        self._may_have_more = [True] * len(self.queues)

    @property
    def should_ask(self) -> bool:
        """Whether some queue may have more and the worker has a free slot for it."""
        return any(
            more and limit + min(limit, ended) > taken
            for more, limit, ended, taken in zip(self._may_have_more, self._limits, self._ended, self._taken, strict=True)
        )

    @property
    def nothing(self) -> Sequence[int]:
        return [0] * len(self.queues)
