"""One assignment that the worker holds."""

import asyncio
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from interlock.clock import Timer
from interlock.controlplane import Assignment
from interlock.worker.answers import AssignmentKey
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
        task: the executor's task, from the moment when it first waits for something until it is cancelled or has ended.
        ending: why it is to end early; None while its result is wanted.
        timeout_seconds: how much time it had when it was begun; None where it has no timeout.
        timer: calls when its time is over.
        has_ended: its executor has ended, or will never be begun.
    """

    assignment: Assignment
    node: PreparedNode
    queue_index: int
    key: AssignmentKey
    task: asyncio.Task[None] | None = None
    ending: Ending | None = None
    is_unwanted: bool = False
    timeout_seconds: float | None = None
    timer: Timer | None = None
    loop: "ExecutorLoop | None" = None
    has_ended: bool = False
    _cancelled: asyncio.Event | None = None

    @property
    def cancelled(self) -> asyncio.Event:
        """The event that is set just before its task is cancelled. It is made when it is first asked for: few executors read it."""
        if self._cancelled is None:
            self._cancelled = asyncio.Event()
        return self._cancelled

    @property
    def ids(self) -> dict[str, Any]:
        """The ids of execution, assignment and node, for the log."""
        return {"execution_id": self.key[0], "assignment_id": self.key[1], "node": self.node.identity.id}

    def describe(self) -> str:
        """Returns the node and its type, for the log."""
        executor = self.node.executor
        return f"{self.node.identity.id} ({executor.type}/{executor.subtype})"
