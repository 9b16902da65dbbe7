"""Lists, counts and finds executions, fast among millions: pages by cursor, counts that stop at a limit."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

from interlock.errors import ExecutionNotFound
from interlock.insight.reading import Scope, in_workspace, read_records, read_rows, short_error
from interlock.insight.records.executions import ALL_STATUSES, ExecutionCount, ExecutionStatus, ExecutionSummary, TestFilter

COUNT_LIMIT: Final = 10_000
"""Maximum number of executions counted of each status."""

OWN_COLUMNS: LiteralString = """
    e.id, e.workflow_id, w.name as workflow, v.version, e.status, e.subject, e.created_at, e.started_at, e.ended_at, e.suspended_at, e.suspended_by,
    e.retried_from, e.test is not null as is_test, e.change_number
"""
SUMMARY_COLUMNS: LiteralString = f"{OWN_COLUMNS}, {short_error('e')}"
OF_WORKFLOW: LiteralString = """
    cross join lateral (select x.version from interlock.workflow_versions x where x.id = e.version_id offset 0) v
    cross join lateral (select x.name from interlock.workflows x where x.id = e.workflow_id offset 0) w
"""
_PAGE: LiteralString = f"""
    select {SUMMARY_COLUMNS}
    from interlock.list_executions(%(statuses)s::text[], %(workflow_id)s::uuid, %(subject)s::text,
        coalesce(%(created_from)s::timestamptz, '-infinity'), coalesce(%(created_to)s::timestamptz, 'infinity'),
        coalesce(%(before_at)s::timestamptz, 'infinity'), coalesce(%(before_id)s::uuid, '00000000-0000-0000-0000-000000000000'),
        %(limit)s::integer, %(tests)s::text) e
    {OF_WORKFLOW}
    order by e.created_at desc, e.id desc
"""
_COUNTS: LiteralString = """
    select c.status, c.count
    from interlock.count_executions(%(statuses)s::text[], %(workflow_id)s::uuid, %(subject)s::text, %(limit)s::integer, %(tests)s::text) c
"""
_BEGINNING: LiteralString = f"""
    select e.id from interlock.executions e where e.id between %(lowest)s and %(highest)s and {in_workspace("e")} order by e.id limit 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFilter:
    """Which executions to list. `created_from` belongs to the range, `created_to` does not. Without `statuses`: all of them."""

    statuses: Sequence[ExecutionStatus] = ()
    workflow_id: UUID | None = None
    subject: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    tests: TestFilter = "exclude"


async def read_page(scope: Scope, chosen: PageFilter, *, before: tuple[datetime, UUID] | None = None, limit: int) -> list[ExecutionSummary]:
    """List at most `limit` executions, newest first; with `before` (`created_at` and `id` of an execution), those older than that one."""
    before_at, before_id = before or (None, None)
    return await read_records(
        scope,
        ExecutionSummary,
        _PAGE,
        statuses=list(dict.fromkeys(chosen.statuses)) or list(ALL_STATUSES),
        workflow_id=chosen.workflow_id,
        subject=chosen.subject,
        created_from=chosen.created_from,
        created_to=chosen.created_to,
        before_at=before_at,
        before_id=before_id,
        limit=limit,
        tests=chosen.tests,
    )


async def count_executions(
    scope: Scope, *, workflow_id: UUID | None = None, subject: str | None = None, tests: TestFilter = "exclude"
) -> list[ExecutionCount]:
    """Count the executions of each status."""
    rows = await read_rows(scope, _COUNTS, statuses=list(ALL_STATUSES), workflow_id=workflow_id, subject=subject, limit=COUNT_LIMIT + 1, tests=tests)
    return [ExecutionCount(status=row["status"], count=min(row["count"], COUNT_LIMIT), at_least=row["count"] > COUNT_LIMIT) for row in rows]


async def find_execution(scope: Scope, reference: str) -> UUID:
    """Find an execution by its id, by the beginning of its id, or by `last` (the newest one); returns its id.

    Raises:
        ExecutionNotFound: no execution, or several, have an id that begins so.
    """
    if reference == "last":
        newest = await read_page(scope, PageFilter(), limit=1)
        if not newest:
            raise ExecutionNotFound("there is no execution yet", hint="start one with `interlock run`")
        return newest[0].id
    digits = reference.replace("-", "").lower()
    if not re.fullmatch("[0-9a-f]{1,32}", digits):
        raise ExecutionNotFound(f"{reference!r} is not the id of an execution", hint="`interlock executions list` shows the ids")
    rows = await read_rows(scope, _BEGINNING, lowest=UUID(digits.ljust(32, "0")), highest=UUID(digits.ljust(32, "f")))
    found: list[UUID] = [row["id"] for row in rows]
    if len(found) == 1:
        return found[0]
    if not found:
        raise ExecutionNotFound(f"no execution has an id that begins with {reference}", hint="`interlock executions list` shows the ids")
    raise ExecutionNotFound(
        f"several executions have an id that begins with {reference}", hint=f"give more of the id, for example {found[0]} or {found[1]}"
    )
