"""How many assignments of each queue the worker can claim now. Knows nothing of the database."""

from collections.abc import Mapping, Sequence

from interlock.worker.settings import ROWS_PER_EXCHANGE


class Capacity:
    """Counts the slots of each queue. An assignment takes one from its claim until its end.

    What a lane has asked for is reserved until it has begun what it claimed, so the lanes together never claim more than there are slots for. Slots
    whose results wait in a lane are left to that lane, so that it can take what follows those results.

    Slots become free while an exchange is under way. So that the worker is not idle when the reply arrives, it claims as many more as ended during
    the exchange before: quick assignments are claimed ahead, slow ones hardly ever. All that ended counts, whichever lane reports it, and whether it
    is reported now, waits, or has no reply yet. So while assignments are quick, there is room for what follows the results of either lane.
    """

    def __init__(self, queues: Mapping[str, int], lane_count: int = 1) -> None:
        self.queues = tuple(queues)
        self._limits = tuple(queues.values())
        self._index = {queue: index for index, queue in enumerate(self.queues)}
        self._taken = self._nothing()
        self._may_have_more = [True] * len(self.queues)
        self._news = self._nothing()  # how often something told that a queue may have more
        self._lanes = range(lane_count)
        self._others = [[other for other in self._lanes if other != lane] for lane in self._lanes]
        self._none = tuple(self._nothing())
        self.forget_requests()

    @property
    def taken(self) -> int:
        return sum(self._taken)

    def forget_requests(self) -> None:
        """Forgets what the lanes have asked for and what waits in them, because the worker goes on under another id."""
        self._ended = [self._nothing() for _ in self._lanes]  # since the last request of the lane that reports them
        self._asked: list[Sequence[int]] = [self._none for _ in self._lanes]
        self._ahead: list[Sequence[int]] = [self._none for _ in self._lanes]
        self._known_news = [self._nothing() for _ in self._lanes]

    def index_of(self, queue: str) -> int:
        """Returns the index of a queue. An assignment of a queue that is not served counts for the first one."""
        return self._index.get(queue, 0)

    def take(self, queue: str, count: int = 1) -> int:
        """Takes slots. Returns the index of the queue, for `free`."""
        index = self.index_of(queue)
        self._taken[index] += count
        return index

    def is_full(self, queue: str) -> bool:
        """Returns whether every slot of a queue is taken."""
        index = self.index_of(queue)
        return self._taken[index] >= self._limits[index]

    def free(self, queue_index: int, lane: int | None = 0, count: int = 1) -> None:
        """Frees slots whose results wait in this lane; None: there are no results, or nothing can follow them."""
        self._taken[queue_index] -= count
        if lane is not None:
            self._ended[lane][queue_index] += count

    def next_limits(self, lane: int = 0) -> list[int]:
        """Reserves and returns the limit of each queue for the next exchange of a lane, at most 1,000 together. Starts a new count of what ends."""
        left = ROWS_PER_EXCHANGE
        asked = self._nothing()
        self._ahead[lane], self._ended[lane] = self._ended[lane], self._nothing()
        for index, limit in enumerate(self._limits):
            asked[index] = min(left, max(0, limit + self._ahead_of(index, limit, lane) - self._used(index, lane)))
            left -= asked[index]
        self._asked[lane] = asked
        self._known_news[lane] = list(self._news)
        return list(asked)

    def no_limits(self, lane: int = 0) -> list[int]:
        """Returns limits of zero for the next exchange of a lane."""
        self._ended[lane] = self._nothing()
        return self._nothing()

    def note_claimed(self, claimed: Mapping[int, int], lane: int = 0, *, has_reported: bool = False) -> None:
        """Ends the reservation of a lane, and notes how many it claimed, by queue.

        A queue that filled its limit may have more. So may a queue without a limit, if results were reported: what follows them was not claimed. A
        queue that did not fill its limit has no more, unless something else has told of more meanwhile.
        """
        for index, asked in enumerate(self._asked[lane]):
            if claimed.get(index, 0) >= asked if asked else has_reported:
                self._expect_work(index)
            elif asked and self._known_news[lane][index] == self._news[index]:
                self._may_have_more[index] = False
        self.release(lane)

    def release(self, lane: int) -> None:
        """Ends the reservation of a lane."""
        self._asked[lane] = self._ahead[lane] = self._none

    def expect_work(self) -> None:
        """Notes that any queue may have something due."""
        for index in range(len(self.queues)):
            self._expect_work(index)

    def should_ask(self, lane: int = 0) -> bool:
        """Returns whether some queue may have more, the worker has a free slot for it, and no other lane asks for it already."""
        for index, limit in enumerate(self._limits):
            if (
                self._may_have_more[index]
                and not any(self._asked[other][index] for other in self._others[lane])
                and limit + min(limit, self._ended[lane][index]) > self._used(index, lane)
            ):
                return True
        return False

    def _expect_work(self, index: int) -> None:
        self._may_have_more[index] = True
        self._news[index] += 1

    def _ahead_of(self, index: int, limit: int, lane: int) -> int:
        """Returns how many visits of a queue a lane may claim beyond the slots, when what it reports now has been counted."""
        ended = sum([ahead[index] for ahead in self._ahead])
        for other in self._others[lane]:
            ended += self._ended[other][index]
        return min(limit, ended)

    def _used(self, index: int, lane: int) -> int:
        """Returns how many slots of a queue are taken, or kept for the other lanes."""
        used = self._taken[index]
        for other in self._others[lane]:
            used += self._asked[other][index] + self._ended[other][index]
        return used

    def _nothing(self) -> list[int]:
        return [0] * len(self.queues)
