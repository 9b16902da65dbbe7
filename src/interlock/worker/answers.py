"""What the database's answers and errors mean for a worker."""

from enum import Enum, auto

from interlock.controlplane import Assignment
from interlock.controlplane.database_errors import interlock_error, was_too_slow
from interlock.errors import DatabaseUnavailable, RequestOutOfOrder, WorkerLost, WorkerUnknown

AssignmentKey = tuple[str, str, int]  # execution, assignment, attempt


def key_of(assignment: Assignment) -> AssignmentKey:
    return assignment["execution_id"], assignment["assignment_id"], assignment["attempt"]


class Trouble(Enum):
    """What a failed call asks of the worker."""

    AWAY = auto()  # the database could not answer: the same again, later
    LOST = auto()  # it has given this worker up
    REFUSED = auto()  # it read what was sent and will not have it
    TOO_SLOW = auto()  # it ended the statement, which took too long


def trouble_of(error: Exception) -> Trouble:
    if isinstance(error, (WorkerLost, WorkerUnknown, RequestOutOfOrder)):
        return Trouble.LOST
    if was_too_slow(error):
        return Trouble.TOO_SLOW
    is_away = isinstance(error, (TimeoutError, OSError)) or isinstance(interlock_error(error), DatabaseUnavailable)
    return Trouble.AWAY if is_away else Trouble.REFUSED
