"""What RUN_CODE fails with: final, unless the node says `retry_on_failure`."""

from typing import Final

from interlock.assignment_errors import AssignmentErrorCode

ERRORS: Final = (
    AssignmentErrorCode(
        code="code_crashed",
        meaning="The process that ran the code died.",
        cause="It used up the memory of the machine, or the sandbox itself broke.",
        hint="Make the code need less memory; if it stays so, report it with the code.",
        retryable=None,
    ),
    AssignmentErrorCode(
        code="code_failed",
        meaning="The code raised an exception, or tried to end the process.",
        cause="An error in the code, or an input that it does not expect. The details have the line and the traceback.",
        hint="Correct the code at the line that the details name.",
        retryable=None,
    ),
    AssignmentErrorCode(
        code="code_memory",
        meaning="The code needs more memory than `memory_mb` of the node.",
        cause="A large list, or text that grows in a loop.",
        hint="Work on less at a time, or raise `memory_mb`, up to 1024.",
        retryable=None,
    ),
    AssignmentErrorCode(
        code="code_output",
        meaning="The value of the code is no data: it has no form in JSON.",
        cause="It is or holds a function, a set, an object of a class, a key that is not text, or a list that holds itself.",
        hint="Give text, numbers, lists and dicts with text keys. The details have the place.",
        retryable=None,
    ),
    AssignmentErrorCode(
        code="code_syntax",
        meaning="The code is no Python that the sandbox reads.",
        cause="A typing error, or a part of Python that the sandbox does not have.",
        hint="Correct the code at the line that the details name.",
        retryable=None,
    ),
    AssignmentErrorCode(
        code="code_timeout",
        meaning="The code ran longer than `timeout_seconds` of the node.",
        cause="A loop that does not end, or more data than expected.",
        hint="Check what ends the loop, or raise `timeout_seconds`, up to 300.",
        retryable=None,
    ),
)
