"""One assignment that the worker holds."""

import asyncio
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from interlock.clock import Timer
from interlock.controlplane import Assignment
from interlock.worker.ahead import Ahead
from interlock.worker.answers import AssignmentKey
from interlock.worker.prepared_node import PreparedNode

if TYPE_CHECKING:
    from interlock.worker.executor_loop import ExecutorLoop


class Ending(Enum):
    """Why an executor has to end before it is done."""

    VOID = auto()  # revoked, out of time, or the worker was given up: its result does not count
    RELEASED = auto()  # handed back, for another worker


@dataclass(slots=True, eq=False, repr=False)
class HeldAssignment:
    """Written by the worker's control loop, except `task` and `cancelled`, which belong to the loop that executes it.

    Attributes:
        claimed: the assignment; for one that was handed over, the one of the same execution that was claimed before it.
        node: the node that it visits.
        queue_index: the index of its queue among those that the worker serves.
        key: its execution, its id and its attempt.
        is_handed_over: it follows a result that the worker reported: the first visit of a node that reads nothing but its input.
        task: the executor's task, from the moment when it first waits for something until it is cancelled or has ended.
        ending: why it is to end early; None while its result is wanted.
        timeout_seconds: how much time it had when it was begun; None where it has no timeout.
        timer: calls when its time is over.
        has_ended: its executor has ended, or will never be begun.
        ahead: what ran ahead of its report; written before it ends by the loop that executes it.
    """

    claimed: Assignment
    node: PreparedNode
    queue_index: int
    key: AssignmentKey
    input: Any
    is_handed_over: bool = False
    task: asyncio.Task[None] | None = field(default=None, init=False)
    ending: Ending | None = field(default=None, init=False)
    is_unwanted: bool = field(default=False, init=False)
    timeout_seconds: float | None = field(default=None, init=False)
    timer: Timer | None = field(default=None, init=False)
    loop: "ExecutorLoop | None" = field(default=None, init=False)
    has_ended: bool = field(default=False, init=False)
    ahead: Ahead | None = field(default=None, init=False)
    _cancelled: asyncio.Event | None = field(default=None, init=False)
    _assignment: Assignment | None = field(default=None, init=False)

    @property
    def assignment(self) -> Assignment:
        """The assignment as it would be claimed. One that was handed over is put together when it is first read, which few executors do."""
        if not self.is_handed_over:
            return self.claimed
        if self._assignment is None:
            root = self.claimed["idempotency_key"].partition(":")[0]
            self._assignment = {
                **self.claimed,
                "assignment_id": self.key[1],
                "node_no": self.node.number,
                "visit": 1,
                "attempt": self.key[2],
                "loss_count": 0,
                "input": self.input,
                "nodes": {},
                "context": {},
                "idempotency_key": f"{root}:{self.node.identity.id}:1",
                "deadline_at": None,  # the worker has set its timer
            }
        return self._assignment

    @property
    def cancelled(self) -> asyncio.Event:
        """The event that is set just before its task is cancelled. It is made when it is first asked for."""
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
