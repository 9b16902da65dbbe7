"""What the notifications of the database tell a worker."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from interlock.controlplane.workspaces import FIRST_WORKSPACE

_OFFER: Final = "offer "
_VIRTUAL: Final = "virtual"
"""Tells of something for virtual users, which every worker moves by its ticks."""


def is_offer(notification: str) -> bool:
    """Returns whether a notification tells some worker of an offer."""
    return notification.startswith(_OFFER)


def is_offer_to(notification: str, worker_id: UUID | None) -> bool:
    """Returns whether it tells this worker."""
    return notification == f"{_OFFER}{worker_id}"


def concerns(notification: str, workspaces: Collection[int] | None) -> bool:
    """Returns whether there may be something new for a worker that serves these workspaces; None: all.

    Args:
        notification: the keys of queues, separated by commas: `name` in the first workspace, `#2:name` in the second one.
    """
    return workspaces is None or any(key == _VIRTUAL or _workspace_of(key) in workspaces for key in notification.split(","))


def _workspace_of(key: str) -> int:
    number, has_name, _ = key.removeprefix("#").partition(":")
    return int(number) if key.startswith("#") and has_name and number.isdecimal() else FIRST_WORKSPACE
