"""What a worker says of an executor, its parameters and its result."""

from typing import Final

from interlock.assignment_errors.code import AssignmentErrorCode

OF_WORKER: Final = (
    AssignmentErrorCode(
        code="address_refused",
        meaning="The host is at an address that this worker does not connect to: a private one, or that of a cloud's metadata.",
        cause="The node calls a service inside the network, or a template or a credential leads to an address there.",
        hint="Set `allow_private_addresses` of the node, and let the operator of the worker permit the host with INTERLOCK_HTTP_ALLOW_PRIVATE.",
    ),
    AssignmentErrorCode(
        code="bad_wait",
        meaning="A WAIT got a time that it cannot read.",
        cause="The template of `seconds` or `until` made text that is no number, or no date with a time zone.",
        hint="Give a number of seconds, or a time such as 2030-01-31T09:00:00Z.",
    ),
    AssignmentErrorCode(
        code="cancelled_itself",
        meaning="An executor was cancelled by something that it called, not by Interlock.",
        cause="The executor cancels one of its own tasks, and lets the cancellation through.",
        hint="Let the executor catch the cancellation of the tasks that it starts itself.",
        retryable=True,
    ),
    AssignmentErrorCode(
        code="executor_died",
        meaning="The process that an executor ran in ended before the executor did.",
        cause="A library crashed, the system killed the process because memory ran out, or the code ended it.",
        hint="Look at `exit_code` in the details and at what the process wrote to the log; give it more memory, or less to do.",
        retryable=True,
    ),
    AssignmentErrorCode(
        code="out_of_memory",
        meaning="There was not enough memory for the node, in the worker or in the process of the executor.",
        cause="The node makes or reads a value that is too large, or the worker executes too many nodes at a time for its memory.",
        hint="Work on less at a time; or give the worker more memory or fewer slots (interlock worker --queue NAME=LIMIT).",
        retryable=True,
    ),
    AssignmentErrorCode(
        code="error_code_reserved",
        meaning="The executor raised an error with a code that only the database can give.",
        cause="An executor of your own that reuses a code such as `cancelled` or `late`.",
        hint="Raise the error with a code of your own, and declare it in `errors` of the executor.",
        retryable=None,
    ),
    AssignmentErrorCode(
        code="executor_missing",
        meaning="The worker that claimed the assignment has no executor for the type of the node, and has handed it back.",
        cause="The package that brings the node type is not installed where this worker runs, or cannot be imported there.",
        hint="Install the package where a worker of this queue runs, and start that worker again: the assignment waits for it.",
        retryable=True,
    ),
    AssignmentErrorCode(
        code="executor_raised",
        meaning="An executor raised an exception that is neither RetryableError nor FinalError.",
        cause="An error in the executor, or in a library that it uses.",
        hint="Read the traceback in the log of the worker. Let the executor raise RetryableError or FinalError for what it expects.",
        retryable=True,
    ),
    AssignmentErrorCode(
        code="parameters_invalid",
        meaning="The executor does not take the parameters of the node.",
        cause="A template made a value of the wrong type, or none; or the executor changed after the definition was saved.",
        hint="Correct the parameters. Where templates make them, look at what they made of this input.",
    ),
    AssignmentErrorCode(
        code="port_unknown",
        meaning="The executor left through a port that the node does not have.",
        cause="An executor of your own whose `ports` or `ports_of` lacks the port.",
        hint="Name the port in `ports_of`, or leave through one that is there.",
    ),
    AssignmentErrorCode(
        code="result_malformed",
        meaning="The executor returned something that is neither Completed nor Waiting.",
        cause="An executor of your own without a return statement, or one that returns its output alone.",
        hint="Return Completed(output=…) or Waiting(…) from `execute`.",
    ),
    AssignmentErrorCode(
        code="result_not_json",
        meaning="The output has no form in JSON.",
        cause="It has a date, a set, a number that is not finite, or half a surrogate pair in a text.",
        hint="Return objects with text keys, lists, text, finite numbers, true, false and null.",
    ),
    AssignmentErrorCode(
        code="result_not_storable",
        meaning="The output has the character NUL (U+0000), which PostgreSQL cannot store.",
        cause="Bytes that were read as text.",
        hint="Remove the character, or return the bytes as base64.",
    ),
    AssignmentErrorCode(
        code="result_refused",
        meaning="The database did not take the result.",
        cause="The output has something that the worker did not notice and PostgreSQL cannot keep.",
        hint="Look at what the node returned, and at the log of the worker; then retry the execution.",
    ),
    AssignmentErrorCode(
        code="result_too_large",
        meaning="The output is larger than a result may be.",
        cause="A file, a whole table, or a long list was returned as it is.",
        hint="Store it elsewhere and return a reference to it, or return less.",
    ),
    AssignmentErrorCode(
        code="semantics_unknown",
        meaning="The version follows rules of movement that this worker does not know.",
        cause="The worker is older than the Interlock that saved the version.",
        hint="Install a newer Interlock where the worker runs.",
    ),
    AssignmentErrorCode(
        code="version_unreadable",
        meaning="The worker cannot read the version of the workflow.",
        cause="The worker is older than the Interlock that saved the version.",
        hint="Start the worker with the Interlock that saved the version, or with a newer one.",
        retryable=True,
    ),
    AssignmentErrorCode(
        code="statement_too_slow",
        meaning="The database took too long to move the execution on after a result of this assignment.",
        cause="The execution grew very large: many thousands of visits at once, or very large outputs.",
        hint="Look for a loop that forks, or for a node that many connections lead to. Make the work of one execution smaller, and start it again.",
    ),
    AssignmentErrorCode(
        code="wait_not_possible",
        meaning="An executor wants to wait for something that nothing can bring.",
        cause="An executor of your own returns Waiting for a person, a signal or a callback, which this version does not have.",
        hint="Wait for time, or leave the question to another node.",
    ),
)
