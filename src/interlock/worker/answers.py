"""What the answers and errors of the database mean for a worker."""

from enum import Enum, auto

from interlock.controlplane import Assignment
from interlock.controlplane.database_errors import interlock_error, was_too_slow
from interlock.errors import DatabaseUnavailable, RequestOutOfOrder, SchemaOutdated, WorkerLost, WorkerUnknown

AssignmentKey = tuple[str, str, int]  # execution, assignment, attempt


def key_of(assignment: Assignment) -> AssignmentKey:
    return assignment["execution_id"], assignment["assignment_id"], assignment["attempt"]


class Failure(Enum):
    """What the worker has to do after a call that failed."""

    AWAY = auto()  # the database did not answer, or is just being migrated: make the same call again, later
    LOST = auto()  # the database has given this worker up: go on under another id
    REFUSED = auto()  # the database does not accept what was sent
    TOO_SLOW = auto()  # the database ended the statement because it took too long


def classify_failure(error: Exception) -> Failure:
    if isinstance(error, (WorkerLost, WorkerUnknown, RequestOutOfOrder)):
        return Failure.LOST
    if was_too_slow(error):
        return Failure.TOO_SLOW
    is_away = isinstance(error, (TimeoutError, OSError)) or isinstance(interlock_error(error), (DatabaseUnavailable, SchemaOutdated))
    return Failure.AWAY if is_away else Failure.REFUSED
