"""What the database decides: how executions move, and when time is up."""

from typing import Final

from interlock.assignment_errors.code import AssignmentErrorCode

OF_DATABASE: Final = (
    AssignmentErrorCode(
        code="cancelled",
        meaning="Somebody cancelled this visit, or the execution.",
        cause="A person or a program asked for it; the message is the reason that was given.",
        hint="Retry the execution if the work is wanted after all.",
    ),
    AssignmentErrorCode(
        code="execution_ended",
        meaning="The execution ended while this visit was still open.",
        cause="Another branch reached END or FAIL, or failed, or somebody cancelled the execution.",
        hint="Look at the error of the execution: this visit did nothing wrong.",
    ),
    AssignmentErrorCode(
        code="context_too_large",
        meaning="The context of the execution would become larger than 8 MiB.",
        cause="A loop that adds to the context each time round, or a large output that is kept in it.",
        hint="Keep large values elsewhere (a table, a file store) and put a reference into the context.",
    ),
    AssignmentErrorCode(
        code="failed",
        meaning="The visit failed, and the error has no code of its own.",
        cause="A FAIL without a code, or a worker of your own that reported a failure without one.",
        hint="Read the message. Give the FAIL, or the error that the worker reports, a code that says more.",
        retryable=None,
    ),
    AssignmentErrorCode(
        code="join_unfilled",
        meaning="A join got fewer tokens than it needs, and nothing that is still open can bring another.",
        cause="A branch that leads to the join was not taken, ended elsewhere, or failed.",
        hint="Connect every branch that may be taken to the join, or let it need fewer: `join: first`, or `join: {count: N}`.",
    ),
    AssignmentErrorCode(
        code="late",
        meaning="A join that needs only some of its branches went on without this visit.",
        cause="The node that joins has `late: cancel`, which ends what can no longer matter to it.",
        hint="If the result is needed, let the join wait for it (`join: all`). If only the work is to be finished, use `late: swallow`.",
    ),
    AssignmentErrorCode(
        code="lock_key_missing",
        meaning="The lock of the node has no value of 1 to 500 characters for this input.",
        cause="The field that the lock names is missing in the input, empty, or not text.",
        hint="Give the input the field that the lock names, or fix the lock of the node.",
    ),
    AssignmentErrorCode(
        code="max_visits_exceeded",
        meaning="The node was visited more often than its `max_visits` allows.",
        cause="A loop whose exit is never taken, or a loop with a fork in it, which doubles its visits each time round.",
        hint="Check what ends the loop. If the loop is meant to go on longer, raise `max_visits` of the node.",
    ),
    AssignmentErrorCode(
        code="no_route",
        meaning="No rule of an IF, SWITCH or ROUTER is true for its input, and the node has no default.",
        cause="An input that the author did not think of.",
        hint="Add a rule for this input, or a default.",
    ),
    AssignmentErrorCode(
        code="timed_out",
        meaning="An attempt, a wait, or the whole execution took longer than it may.",
        cause="What the node calls is slow or does not answer; or `timeout_seconds` is shorter than the work needs.",
        hint="Find out what it waited for, or raise `timeout_seconds` of the node (or of the workflow, where the execution timed out).",
        retryable=None,
    ),
    AssignmentErrorCode(
        code="value_too_deep",
        meaning="The context of the execution would be nested deeper than 100 levels.",
        cause="A SET_CONTEXT in a loop that puts the context, or what was read from it, into itself.",
        hint="Store the inner part as text, or make the value flatter.",
    ),
    AssignmentErrorCode(
        code="worker_lost",
        meaning="The worker that held the visit sent no sign of life. After the third lost worker the visit fails for good.",
        cause="The worker was killed, ran out of memory, or lost its connection to the database; or the node itself ends the process.",
        hint="Look at the log of the worker. If the same node is there each time, make it need less memory, or run it in a process of its own.",
        retryable=None,
    ),
)
