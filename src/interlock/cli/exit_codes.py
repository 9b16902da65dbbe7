"""What the exit codes of commands mean. `interlock --help` prints this."""

from enum import IntEnum
from typing import Final


class ExitCode(IntEnum):
    COMPLETED = 0
    FAILED = 1
    USAGE = 2
    CANCELLED = 3
    TIMED_OUT = 4
    DATABASE_UNAVAILABLE = 5
    REFUSED = 6
    NOT_ENDED = 7
    WORN_OUT = 8
    INTERNAL = 70
    INTERRUPTED = 130
    TERMINATED = 143


MEANINGS: Final[dict[ExitCode, str]] = {
    ExitCode.COMPLETED: "success; for `run`: the execution completed",
    ExitCode.FAILED: "the execution failed, a file has errors, or a check found something",
    ExitCode.USAGE: "the command line is wrong, or a file cannot be read",
    ExitCode.CANCELLED: "the execution was cancelled",
    ExitCode.TIMED_OUT: "the execution timed out",
    ExitCode.DATABASE_UNAVAILABLE: "no database or server answers, or it cannot be used: its schema is missing or too old, or a right is missing",
    ExitCode.REFUSED: "what the command needs does not exist, or is not allowed now",
    ExitCode.NOT_ENDED: "the execution had not ended after --timeout",
    ExitCode.WORN_OUT: "the worker stopped because executors do not end or took all memory; start another one in its place, as `up` does",
    ExitCode.INTERNAL: "an error in Interlock itself",
    ExitCode.INTERRUPTED: "stopped by Ctrl-C",
    ExitCode.TERMINATED: "stopped by SIGTERM",
}

_OF_STATUS: Final[dict[str, ExitCode]] = {
    "completed": ExitCode.COMPLETED,
    "failed": ExitCode.FAILED,
    "cancelled": ExitCode.CANCELLED,
    "timed_out": ExitCode.TIMED_OUT,
}


def exit_code_of(status: str) -> ExitCode:
    """Returns the exit code for an execution with this status; NOT_ENDED for one that is still open."""
    return _OF_STATUS.get(status, ExitCode.NOT_ENDED)
