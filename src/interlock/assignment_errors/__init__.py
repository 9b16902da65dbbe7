"""The closed list of errors that an assignment, or its execution, can end with.

An assignment's error has code, message, hint, details, `retryable` and attempt. The code is one of
 1. this list: what the database, a worker, the credentials and expressions raise,
 2. what an executor declares in its `errors`: the executors that come with Interlock declare all of theirs, and other packages may,
 3. one of the author's own: the `code` of a FAIL, or what an executor of another package raises.
A FAIL cannot have a code of 1 or 2 (but `failed`, its default), and nothing but the database can give a code of `DATABASE_ONLY`.

docs/errors.md is printed from these. A test finds every code that SQL and Python raise, and compares both ways.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from interlock.assignment_errors.code import AssignmentErrorCode
from interlock.assignment_errors.credentials import OF_CREDENTIALS
from interlock.assignment_errors.database import OF_DATABASE
from interlock.assignment_errors.expressions import OF_EXPRESSIONS
from interlock.assignment_errors.worker import OF_WORKER

__all__ = ["CODES", "DATABASE_ONLY", "DEFAULT_CODE", "GROUPS", "AssignmentErrorCode"]

DEFAULT_CODE: Final = "failed"
"""Of an error that was given no code, and of a FAIL whose author chose none."""

GROUPS: Final[Mapping[str, tuple[AssignmentErrorCode, ...]]] = MappingProxyType(
    {"the database": OF_DATABASE, "the worker": OF_WORKER, "credentials": OF_CREDENTIALS, "expressions": OF_EXPRESSIONS}
)
DATABASE_ONLY: Final = frozenset({"cancelled", "execution_ended", "join_unfilled", "late", "lock_key_missing", "max_visits_exceeded", "worker_lost"})
"""How an execution moves is known to the database alone, and a retry goes by these codes: executors and workers cannot report them."""

CODES: Final[Mapping[str, AssignmentErrorCode]] = MappingProxyType({error.code: error for group in GROUPS.values() for error in group})
