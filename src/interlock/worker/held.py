"""One assignment that the worker holds."""

import asyncio
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from interlock.clock import Timer
from interlock.controlplane import Assignment
from interlock.worker.prepared_node import PreparedNode

if TYPE_CHECKING:
    from interlock.worker.executor_loop import ExecutorLoop


class Ending(Enum):
    """Why an executor has to end before it is done."""

    VOID = auto()  # revoked, out of time, or the worker was given up: its result does not count
    RELEASED = auto()  # handed back, for another worker


@dataclass(slots=True, eq=False)
class HeldAssignment:
    """Written by the worker's control loop, except `task` and `cancelled`, which belong to the loop that executes it.

    Attributes:
        queue_index: the index of its queue among those that the worker serves.
        cancelled: set just before its task is cancelled.
        task: the executor's task, from the moment when it first waits for something until it is cancelled or has ended.
        ending: why it is to end early; None while its result is wanted.
        timeout_seconds: how much time it had when it was begun; None where it has no timeout.
        timer: calls when its time is over.
        has_ended: its executor has ended, or will never be begun.
    """

    assignment: Assignment
    node: PreparedNode
    queue_index: int
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    ending: Ending | None = None
    is_unwanted: bool = False
    timeout_seconds: float | None = None
    timer: Timer | None = None
    loop: "ExecutorLoop | None" = None
    has_ended: bool = False

    def describe(self) -> str:
        """Returns the node and its type, for the log."""
        executor = self.node.executor
        return f"{self.node.identity.id} ({executor.type}/{executor.subtype})"
