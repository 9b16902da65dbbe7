"""What SQL_QUERY fails with."""

from typing import Final

from interlock.assignment_errors import AssignmentErrorCode

ERRORS: Final = (
    AssignmentErrorCode(
        code="column_doubled",
        meaning="Two columns of the result have the same name.",
        cause="A join of tables with equal column names and `select *`.",
        hint="Name them apart with `as`.",
    ),
    AssignmentErrorCode(
        code="database_login",
        meaning="The database does not accept the worker's login.",
        cause="The password was changed, or the user does not exist.",
        hint="Save the credential again, or correct the setting of the worker.",
    ),
    AssignmentErrorCode(
        code="database_refused",
        meaning="The user of this connection owns the control plane of Interlock.",
        cause="The node uses the connection of Interlock itself.",
        hint="Give the node a database user of its own, without the rights of the owner of the schema interlock.",
    ),
    AssignmentErrorCode(
        code="database_unavailable",
        meaning="The database cannot be reached, or the connection was lost.",
        cause="The server restarts, has no free connections, or the network is down.",
        hint="Check that the server runs and that the worker can reach it.",
        retryable=True,
    ),
    AssignmentErrorCode(
        code="database_unknown",
        meaning="This worker knows no database of this name.",
        cause="The setting that names it is missing where the worker runs, or the name is misspelled.",
        hint="Set INTERLOCK_SQL_<NAME>_URL for the worker, or name another database.",
    ),
    AssignmentErrorCode(
        code="database_unusable",
        meaning="The connection string is not valid, or its server has no such database.",
        cause="A typing error in the connection string.",
        hint="Save the credential again, or correct the setting of the worker.",
    ),
    AssignmentErrorCode(
        code="outcome_unknown",
        meaning="The connection was lost while it committed: the statement may have been done.",
        cause="The server or the network broke the connection at that moment.",
        hint="Make the statement safe to repeat, with `:idempotency_key`.",
        retryable=True,
    ),
    AssignmentErrorCode(
        code="parameter_refused",
        meaning="A parameter has the character NUL, which PostgreSQL cannot store.",
        cause="Bytes that were read as text.",
        hint="Remove the character, or pass the bytes as base64.",
    ),
    AssignmentErrorCode(
        code="sql_failed",
        meaning="The database refused the statement.",
        cause="An error in the statement, a constraint, a missing right, or a conflict with another transaction. The details have the SQLSTATE.",
        hint="Read the message of the database. Conflicts, deadlocks and lacking resources are tried again, the rest is final.",
        retryable=None,
    ),
    AssignmentErrorCode(
        code="sql_timeout",
        meaning="The statement was not done within `statement_timeout_seconds` of the node.",
        cause="It waits for a lock, or reads more than expected.",
        hint="Look at its plan, or raise `statement_timeout_seconds`.",
        retryable=True,
    ),
    AssignmentErrorCode(
        code="too_many_rows",
        meaning="The result has more than `max_rows` rows.",
        cause="A condition or a limit is missing in the query.",
        hint="Add a limit to the query, or raise `max_rows`.",
    ),
)
