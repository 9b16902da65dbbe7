"""Named points at which a worker can be made to die, for tests of crashes. Off unless asked for.

`INTERLOCK_CHAOS=after_claim:3` ends the process with exit code 137, as `kill -9` would, the third time it comes to `after_claim`.
`INTERLOCK_CHAOS=after_claim:3:halt` stops it there instead, until it gets SIGCONT: what is around it can die meanwhile.

| point | the process dies when |
| --- | --- |
| before_register | it has not made itself known to the database |
| after_register | it is known and has claimed nothing |
| before_exchange | an exchange is about to be sent (with or without results) |
| before_report | an exchange that carries results is about to be sent |
| after_exchange_sent | an exchange with results is with the database, its reply is not here: it may be committed or not |
| after_reply | the reply has come and nothing was done with it: the database has committed, the worker knows nothing |
| after_claim | assignments were claimed, none of them was begun |
| before_execute | one assignment is about to be begun |
| after_execute | one assignment has ended and nobody was told |
| in_drain | a drain was asked for |
| in_hand_back | work was cancelled, its release is not yet reported |
| before_stop | all is reported and the worker is about to say goodbye |
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
    "after_reply",
    "after_claim",
    "before_execute",
    "after_execute",
    "in_drain",
    "in_hand_back",
    "before_stop",
]

CHAOS_POINTS: Final[tuple[str, ...]] = get_args(ChaosPoint)
EXIT_CODE: Final = 137
SENT_SECONDS: Final = 0.002  # long enough to be written to the socket, too short to be answered after an fsync


def die() -> None:
    os._exit(EXIT_CODE)


def halt() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


class Chaos:
    """Counts down at one point and dies there."""

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
        """`after_exchange_sent`: dies a moment later, while the reply is awaited."""
        if self._point == "after_exchange_sent" and self._comes_now():
            asyncio.get_running_loop().call_later(SENT_SECONDS, self._end)

    def _comes_now(self) -> bool:
        self._left -= 1
        return self._left == 0
