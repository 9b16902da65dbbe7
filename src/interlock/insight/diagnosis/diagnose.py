"""Asks every check, one after the other."""

from collections.abc import Mapping
from typing import Final

from psycopg import errors
from psycopg.rows import dict_row

from interlock.controlplane import pending_migrations
from interlock.controlplane.connecting import BoundedConnection
from interlock.controlplane.database_errors import database_errors
from interlock.controlplane.migrating import migrations
from interlock.controlplane.workspaces import FIRST_WORKSPACE
from interlock.errors import SchemaOutdated
from interlock.insight.diagnosis.checks import Check, Connection, error, fine, warning
from interlock.insight.diagnosis.database import check_clock, check_rights, check_server, check_settings
from interlock.insight.diagnosis.disk import check_disk
from interlock.insight.diagnosis.executions import check_executions
from interlock.insight.diagnosis.limits import check_limits
from interlock.insight.diagnosis.runaways import check_runaways
from interlock.insight.diagnosis.storage import check_dead_rows, check_snapshots
from interlock.insight.diagnosis.workers import check_queues, check_workers
from interlock.insight.reading import Scope, limit
from interlock.insight.records.installation import Finding

CHECKS: Final[Mapping[str, Check]] = {
    "server": check_server,
    "settings": check_settings,
    "vacuum": check_snapshots,
    "clock": check_clock,
    "rights": check_rights,
    "storage": check_dead_rows,
    "disk": check_disk,
    "workers": check_workers,
    "queues": check_queues,
    "executions": check_executions,
    "runaways": check_runaways,
    "limits": check_limits,
}
OF_A_WORKSPACE: Final = frozenset({"workers", "queues", "executions", "runaways", "limits"})
"""The checks that look at what a workspace owns. The others look at the installation, which the first workspace administers."""
CHECK_SECONDS: Final = 10
"""How long a check of `interlock doctor` may take."""


async def diagnose(url: str) -> list[Finding]:
    """The findings of every check, those about the schema first.

    A check that cannot be made, because the role may not or it takes longer than 10 seconds, is a warning.

    Raises:
        psycopg.OperationalError: the database does not answer.
    """
    findings = await check_schema(url)
    async with await BoundedConnection.connect(url, session={}, row_factory=dict_row, autocommit=True, connect_timeout=10) as connection:
        for name, check in CHECKS.items():
            try:
                findings += await _check_within(connection, name, check, CHECK_SECONDS)
            except (errors.UndefinedTable, errors.InvalidSchemaName, errors.UndefinedFunction):
                break  # the schema is missing or older, and the first finding says so
    return findings


async def diagnose_within(scope: Scope, *, check_seconds: int = 2) -> list[Finding]:
    """The findings of every check over a pool, but for the schema. In a workspace other than the first one, only those about what it owns.

    Args:
        check_seconds: how long each check may take, 1 or more; one that takes longer is a warning.

    Raises:
        DatabaseUnavailable: no answer came.
    """
    findings: list[Finding] = []
    with database_errors():
        async with scope.pool.connection() as connection:
            before, connection.row_factory = connection.row_factory, dict_row
            try:
                for name, check in CHECKS.items():
                    if name in OF_A_WORKSPACE:
                        findings += await _check_within(connection, name, check, check_seconds, scope.workspace_id)
                    elif scope.workspace_id in (None, FIRST_WORKSPACE):
                        findings += await _check_within(connection, name, check, check_seconds)
            finally:
                connection.row_factory = before
    return findings


async def _check_within(connection: Connection, name: str, check: Check, seconds: int, workspace_id: int | None = None) -> list[Finding]:
    try:
        async with connection.transaction():
            if workspace_id is not None:
                await limit(connection, workspace_id)
            await connection.execute("select set_config('statement_timeout', %s, true)", (f"{seconds}s",))
            return await check(connection)
    except errors.QueryCanceled:
        return [warning(name, f"not checked: the database did not answer within {seconds} s", "run `interlock doctor` when less is going on")]
    except errors.InsufficientPrivilege as problem:
        return [warning(name, f"not checked: {str(problem).splitlines()[0]}", "run `interlock doctor` as the user that owns the schema")]


async def check_schema(url: str) -> list[Finding]:
    try:
        pending = await pending_migrations(url)
    except SchemaOutdated as problem:
        return [error("schema", problem.message, problem.hint)]
    if pending:
        message = f"{len(pending)} {'migration is' if len(pending) == 1 else 'migrations are'} missing: {', '.join(step.name for step in pending)}"
        return [error("schema", message, "run `interlock migrate`")]
    return [fine("schema", f"up to date, {migrations()[-1].name.removesuffix('.sql')}")]
