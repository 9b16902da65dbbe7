"""What an executor returns when it did not fail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias, get_args

from interlock.nodes.errors import FinalError

WaitingFor: TypeAlias = Literal["time"]
"""What an execution can wait for so far. A wait for a person, a signal or a callback is refused, because nothing could end it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """The visit is done.

    Attributes:
        output: a JSON object.
        port: the port it leaves through, or several of them.
        context: keys to set in the execution's context; None sets nothing.
    """

    output: Mapping[str, Any] = field(default_factory=dict)
    port: str | tuple[str, ...] = "main"
    context: Mapping[str, Any] | None = None

    @property
    def ports(self) -> tuple[str, ...]:
        return (self.port,) if isinstance(self.port, str) else self.port


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The visit stays open and holds no worker, for `seconds` from now or `until` an aware datetime.

    Raises:
        FinalError: it waits for something that nothing can bring.
        ValueError: it has both seconds and until, or neither, or `until` has no time zone.
    """

    for_: WaitingFor
    seconds: float | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        if self.for_ not in get_args(WaitingFor):
            message = f"the executor waits for {self.for_!r}, and nothing can end such a wait"
            raise FinalError("wait_not_possible", message, hint=f"wait for {' or '.join(get_args(WaitingFor))}")
        if self.seconds is not None and self.until is not None:
            raise ValueError("a wait has seconds or until, not both")
        if self.seconds is None and self.until is None:
            raise ValueError("a wait for time needs seconds or until")
        if self.until is not None and self.until.tzinfo is None:
            raise ValueError("until needs a time zone")

    def to_json(self) -> dict[str, Any]:
        wait: dict[str, Any] = {"for": self.for_}
        if self.seconds is not None:
            wait["seconds"] = self.seconds
        if self.until is not None:
            wait["until"] = self.until.isoformat()
        return wait

    @classmethod
    def from_json(cls, wait: Mapping[str, Any]) -> "Waiting":
        """What `to_json` returned."""
        until = wait.get("until")
        return cls(for_=wait["for"], seconds=wait.get("seconds"), until=None if until is None else datetime.fromisoformat(until))


NodeExecutionResult: TypeAlias = Completed | Waiting
