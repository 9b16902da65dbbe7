"""Reads what changed in watched executions since a change number: all of them in one statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from interlock.insight.execution_details import ASSIGNMENT_COLUMNS
from interlock.insight.execution_pages import OF_WORKFLOW, SUMMARY_COLUMNS
from interlock.insight.reading import Row, Scope, in_workspace, read_rows

# An execution's changes are numbered under its lock: a reader that sees number N sees all numbers before it. One statement is one snapshot.
# The execution itself is read when it changed, has ended, or is read for the first time.
_CHANGES: LiteralString = f"""
    with watched as materialized (
        select w.* from unnest(%(executions)s::uuid[], %(since)s::bigint[], %(first)s::boolean[]) w (execution_id, since, is_first)
        where exists (select from interlock.executions e where e.id = w.execution_id and {in_workspace("e")})
    )
    select asked.execution_id, null::bigint as change_number, to_jsonb(x) as execution, null::jsonb as assignment
    from watched asked
    cross join lateral (
        select {SUMMARY_COLUMNS} from interlock.executions e {OF_WORKFLOW}
        where e.id = asked.execution_id and (e.change_number > asked.since or e.ended_at is not null or asked.is_first) offset 0
    ) x
    union all
    select asked.execution_id, x.change_number, null, to_jsonb(x)
    from watched asked
    cross join lateral (
        select {ASSIGNMENT_COLUMNS} from interlock.assignment_details a
        where a.execution_id = asked.execution_id and a.change_number > asked.since
        order by a.change_number limit %(limit)s
    ) x
    order by 1, 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed in one execution: its summary, if it changed, and its visits that changed, in order; `more`: not all of them were read.

    The rows are those of `ExecutionSummary` and `AssignmentSummary`. The caller makes the records of each execution by itself, so that a row that
    cannot become a record stops the watchers of its execution and no others.
    """

    execution: Row | None
    assignments: list[Row]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where reading begins: after the change number `since`. `first`: read the execution in any case, to know that it exists."""

    since: int
    first: bool


async def read_changes_of(scope: Scope, cursors: Mapping[UUID, Cursor], *, limit: int) -> dict[UUID, Changes]:
    """Read what changed after the cursor of each execution, at most `limit` visits of each. Executions without changes,
    and those of other workspaces, are left out.
    """
    since, first = [cursor.since for cursor in cursors.values()], [cursor.first for cursor in cursors.values()]
    rows = await read_rows(scope, _CHANGES, executions=list(cursors), since=since, first=first, limit=limit)
    executions: dict[UUID, Row] = {}
    assignments: dict[UUID, list[Row]] = {}
    for row in rows:
        if row["execution"]:
            executions[row["execution_id"]] = row["execution"]
        else:
            assignments.setdefault(row["execution_id"], []).append(row["assignment"])
    return {
        key: Changes(execution=executions.get(key), assignments=assignments.get(key, []), more=len(assignments.get(key, ())) == limit)
        for key in executions.keys() | assignments.keys()
    }
