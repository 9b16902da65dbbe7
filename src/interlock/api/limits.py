"""How many requests a user and a workspace may send to this process, and how many event streams they may have open in it.

What one of them does counts against nobody else, so a user who floods, or a workspace, does not stop the others. Limits of a workspace come with the
proof of the caller; the others are settings of the process.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from time import monotonic
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, NamedTuple
from uuid import UUID

from interlock.api.rates import Rates
from interlock.errors import LimitReached

if TYPE_CHECKING:
    from interlock.api.auth.principal import Principal
    from interlock.api.settings import ApiSettings

LimitName = Literal["user_requests", "workspace_requests", "user_streams", "workspace_streams", "user_assignments"]
"""In `details` of a refusal, and in metrics."""
STREAM_SECONDS: Final = 5
"""After which a caller may try again to open a stream: nobody knows when another one ends."""
WHO_RAISES: Final[Mapping[LimitName, str]] = MappingProxyType(
    {
        "user_requests": "the setting INTERLOCK_USER_REQUESTS of the server raises the limit",
        "workspace_requests": "an admin of the installation can raise the limit",
        "user_streams": "the setting INTERLOCK_USER_STREAMS of the server raises the limit",
        "workspace_streams": "an admin of the installation can raise the limit",
        "user_assignments": "the setting INTERLOCK_USER_ASSIGNMENTS of the server raises the limit",
    }
)


class Watcher(NamedTuple):
    """Whose a stream is; the user is None if nobody counts their streams."""

    user_id: UUID | None
    workspace_id: int


class UsedLimit(NamedTuple):
    """A limit: its name, whose it is, and which part of it is used (1: all of it)."""

    name: LimitName
    of: str
    limit: int
    part: float


class Limits:
    """The limits of one process.

    Args:
        clock: returns seconds that only grow.
    """

    def __init__(self, settings: "ApiSettings", clock: Callable[[], float] = monotonic) -> None:
        self.refusals: Counter[tuple[int, str]] = Counter()
        """How many requests were refused, by the id of the workspace and the name of the limit."""
        self._settings = settings
        self._rates = Rates(clock)

    def count_request(self, caller: "Principal") -> None:
        """Counts a request of a caller. One that is refused does not count.

        Raises:
            LimitReached: the caller, or the workspace, sent as many as its limit allows.
        """
        asked = list(self._requests_of(caller))
        for name, of, key, limit in asked:
            seconds = self._rates.wait_seconds(key, limit)
            if seconds > 0:
                self.note_refusal(caller, name)
                raise LimitReached(
                    f"{of} reached the limit of {limit:,} requests a minute: try again in {seconds} s",
                    details=name,
                    hint=f"wait, then send fewer at a time; {WHO_RAISES[name]}",
                    retry_after_seconds=seconds,
                )
        for _, _, key, limit in asked:
            self._rates.count(key, limit)

    def check_stream(self, caller: "Principal", watching: Iterable[Watcher]) -> None:
        """Checks that the caller may open a stream beside those that are open.

        Raises:
            LimitReached: the caller, or the workspace, has as many open as its limit allows.
        """
        for name, of, limit, part in self._streams_of(caller, watching):
            if part >= 1:
                self.note_refusal(caller, name)
                raise LimitReached(
                    f"{of} reached the limit of {limit:,} event streams open at once: try again in {STREAM_SECONDS} s",
                    details=name,
                    hint=f"close a stream; {WHO_RAISES[name]}",
                    retry_after_seconds=STREAM_SECONDS,
                )

    def used(self, caller: "Principal", watching: Iterable[Watcher]) -> Iterator[UsedLimit]:
        """Yields the limits of the caller and of the workspace."""
        for name, of, key, limit in self._requests_of(caller):
            yield UsedLimit(name, of, limit, self._rates.used_part(key, limit))
        yield from self._streams_of(caller, watching)

    def note_refusal(self, caller: "Principal", limit: str) -> None:
        """Counts a request that a limit refused, for the metrics."""
        self.refusals[caller.workspace_id, limit] += 1

    def _requests_of(self, caller: "Principal") -> "Iterator[tuple[LimitName, str, UUID | int, int]]":
        yield "user_requests", caller.name, caller.user_id, self._settings.user_requests
        limit = caller.limits.max_requests or (None if caller.limits.is_alone else self._settings.workspace_requests)
        if limit is not None:
            yield "workspace_requests", f"the workspace {caller.workspace}", caller.workspace_id, limit

    def _streams_of(self, caller: "Principal", watching: Iterable[Watcher]) -> Iterator[UsedLimit]:
        of_user = of_workspace = 0
        for watcher in watching:
            of_user += watcher.user_id == caller.user_id
            of_workspace += watcher.workspace_id == caller.workspace_id
        yield UsedLimit("user_streams", caller.name, self._settings.user_streams, of_user / self._settings.user_streams)
        limit = caller.limits.max_streams or (None if caller.limits.is_alone else self._settings.workspace_streams)
        if limit is not None:
            yield UsedLimit("workspace_streams", f"the workspace {caller.workspace}", limit, of_workspace / limit)
