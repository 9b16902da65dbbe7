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
        code="column_unreadable",
        meaning="A column has a value that JSON cannot hold as it is. The details name the column, its type and the row.",
        cause="A `numeric` with more digits than a float keeps (as averages and quotients have), NaN, an infinite number, a row inside a column.",
        hint="Select what the hint of the error says: a rounded value, or the value as text.",
    ),
    AssignmentErrorCode(
        code="database_login",
        meaning="The database does not accept the worker's login.",
        cause="The password was changed, or the user does not exist.",
        hint="Save the credential again, or correct the setting of the worker.",
    ),
    AssignmentErrorCode(
        code="database_refused",
        meaning="The user of this connection may do more than a definition may: it is a superuser, reaches files or programs of the server, or owns "
        "the control plane of Interlock.",
        cause="The connection is that of an administrator, or of Interlock itself.",
        hint="Give the node a database user of its own, with the rights on the tables that it needs and no others.",
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
        cause="A typing error in the connection string, or a parameter that the connection string of a credential may not have.",
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
        meaning="A parameter cannot be bound. The message names it.",
        cause="A list without a cast where the statement does not say its type, an object that is cast to an array, or the character NUL in a text.",
        hint="Add a cast: `:name::jsonb` for any JSON, `:name::text[]` (or another type) for an array.",
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
