"""The limits of a workspace that an API process keeps."""

from dataclasses import dataclass
from typing import Self

from interlock.controlplane.types import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceLimits:
    """What a workspace may do in one API process; None: it has no limit of its own.

    Attributes:
        max_requests: requests a minute.
        max_streams: event streams open at once.
        is_alone: whether there is no other workspace.
    """

    max_requests: int | None = None
    max_streams: int | None = None
    is_alone: bool = True

    @classmethod
    def of(cls, answer: JsonObject) -> Self:
        return cls(max_requests=answer["max_requests"], max_streams=answer["max_streams"], is_alone=answer["is_alone"])
