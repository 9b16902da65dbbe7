"""Named points at which a test can make a worker die. Off unless the environment says otherwise.

`INTERLOCK_CHAOS=after_claim:3` ends the process with exit code 137, as `kill -9` would, the third time it comes to `after_claim`.
`INTERLOCK_CHAOS=after_claim:3:halt` stops it there until it gets SIGCONT, so that something else can die meanwhile.

| point | the process dies when |
| --- | --- |
| before_register | it has not registered yet |
| after_register | it has registered and claimed nothing |
| before_exchange | an exchange is about to be sent (with or without results) |
| before_report | an exchange that carries results is about to be sent |
| after_exchange_sent | it has sent an exchange with results and has no reply: the exchange may be committed or not |
| before_second_exchange | an exchange is about to be sent while another one has no reply |
| after_reply | the reply has arrived and was not read: the database has committed, and the worker does not know it |
| after_claim | it has claimed assignments and begun none of them |
| after_offer | it has read a visit that a start began for it, and not begun it |
| before_execute | an assignment is about to begin |
| before_ahead | a node without side effects is about to run ahead: what it follows has ended and is not reported |
| after_execute | an assignment has ended, with what ran ahead of its report, and is not reported |
| in_drain | somebody has asked it to drain |
| in_hand_back | it has cancelled its work and not reported the release |
| before_stop | it has reported everything and is about to report that it stops |
"""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping
from typing import Final, Literal, get_args

ChaosPoint = Literal[
    "before_register",
    "after_register",
    "before_exchange",
    "before_report",
    "after_exchange_sent",
    "before_second_exchange",
    "after_reply",
    "after_claim",
    "after_offer",
    "before_execute",
    "before_ahead",
    "after_execute",
    "in_drain",
    "in_hand_back",
    "before_stop",
]

CHAOS_POINTS: Final[tuple[str, ...]] = get_args(ChaosPoint)
EXIT_CODE: Final = 137
SENT_SECONDS: Final = 0.002  # long enough to write to the socket, too short for an answer after an fsync


def die() -> None:
    os._exit(EXIT_CODE)


def halt() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


class Chaos:
    """Counts how often the worker reaches one point, and ends the process there."""

    def __init__(self, point: str | None = None, at: int = 1, end: Callable[[], None] = die) -> None:
        if point is not None and point not in CHAOS_POINTS:
            raise ValueError(f"unknown chaos point {point!r}; there are {', '.join(CHAOS_POINTS)}")
        self._point = point
        self._left = at
        self._end = end

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Chaos":
        point, _, rest = environment.get("INTERLOCK_CHAOS", "").partition(":")
        at, _, what = rest.partition(":")
        if what not in ("", "halt"):
            raise ValueError(f"unknown chaos {what!r}; a worker can only halt instead of dying")
        return cls(point or None, int(at or 1), halt if what else die)

    def reach(self, point: ChaosPoint) -> None:
        if self._point == point and self._comes_now():
            self._end()

    def sent(self) -> None:
        """Reaches `after_exchange_sent`: dies a moment later, while the worker waits for the reply."""
        if self._point == "after_exchange_sent" and self._comes_now():
            asyncio.get_running_loop().call_later(SENT_SECONDS, self._end)

    def _comes_now(self) -> bool:
        self._left -= 1
        return self._left == 0
