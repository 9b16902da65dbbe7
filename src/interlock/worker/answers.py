"""What the database's answers and errors mean for a worker."""

from enum import Enum, auto
from typing import Final

import psycopg

from interlock.controlplane import Assignment
from interlock.errors import DatabaseUnavailable, RequestOutOfOrder, WorkerLost, WorkerUnknown

AssignmentKey = tuple[str, str, int]  # execution, assignment, attempt


def key_of(assignment: Assignment) -> AssignmentKey:
    return assignment["execution_id"], assignment["assignment_id"], assignment["attempt"]


class Trouble(Enum):
    """What a failed call asks of the worker."""

    AWAY = auto()  # the database could not answer: the same again, later
    LOST = auto()  # it has given this worker up
    REFUSED = auto()  # it read what was sent and will not have it


# A standby that takes no writes yet, a statement prepared on another server connection, a table that changed meanwhile.
PASSING: Final = frozenset({"25006", "26000", "0A000"})


def trouble_of(error: Exception) -> Trouble:
    if isinstance(error, (WorkerLost, WorkerUnknown, RequestOutOfOrder)):
        return Trouble.LOST
    if isinstance(error, (DatabaseUnavailable, psycopg.OperationalError, psycopg.InterfaceError, TimeoutError, OSError)):
        return Trouble.AWAY
    return Trouble.AWAY if isinstance(error, psycopg.Error) and error.sqlstate in PASSING else Trouble.REFUSED
