"""What a workspace asks costs the same, however much another one has: the rows that are read are counted, not the time."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, LiteralString
from uuid import UUID, uuid4

import psycopg
import pytest

from interlock.controlplane import ControlPlane
from interlock.insight.changes import Cursor, read_changes_of
from interlock.insight.credentials import read_kinds
from interlock.insight.diagnosis.diagnose import diagnose_within
from interlock.insight.execution_details import read_assignments, read_execution, read_path
from interlock.insight.execution_pages import PageFilter, count_executions, read_page
from interlock.insight.open_assignments import divide_limit, list_open_assignments, list_queues
from interlock.insight.overview import read_overview
from interlock.insight.reading import Scope
from interlock.insight.workers import list_workers
from interlock.insight.workflows import list_workflows
from tests.controlplane.plane import Plane
from tests.controlplane.test_cost import OneConnection, rows_read
from tests.controlplane.workspaces import Workspace, add_workspace
from tests.model.graphs import step

MANY: Final = 5_000
"""Executions that the neighbour has of each status."""
MOST_MORE: Final = 40
"""How many more rows a read may read than without the neighbour: what it has leaves a few entries in catalogs and in tables of workspaces."""
NEIGHBOUR: LiteralString = """
    with made as (
        insert into interlock.executions (id, version_id, workflow_id, workspace_id, status, input, subject, change_number, created_at,
            started_at, ended_at)
        select interlock.uuidv7(), v.id, v.workflow_id, %(workspace)s, k.status, '{}', 'account ' || g %% 10, nextval('interlock.change_numbers'),
               now() - make_interval(secs => g), now(), case when k.status in ('completed', 'cancelled') then now() end
        from generate_series(1, %(many)s) g
        cross join (values ('completed'), ('cancelled'), ('running'), ('waiting')) k (status)
        join interlock.workflow_versions v on v.id = %(version)s
        returning id, version_id, status, created_at
    )
    insert into interlock.assignments (execution_id, id, version_id, node_no, visit, status, is_indexed, queue, due_at, wait_for, change_number,
        created_at, started_at, ended_at)
    select m.id, interlock.uuidv7(), m.version_id, n.node_no, 1,
           case m.status when 'running' then 'pending' when 'waiting' then 'waiting' else 'completed' end, n.is_indexed, n.queue,
           case m.status when 'running' then m.created_at when 'waiting' then now() + interval '1 year' end,
           case m.status when 'waiting' then 'time' end,
           nextval('interlock.change_numbers'), m.created_at, m.created_at, case when m.status in ('completed', 'cancelled') then m.created_at end
    from made m
    join interlock.nodes n on n.version_id = m.version_id and n.node_id = 'a'"""

Read = Callable[[Scope, UUID], Awaitable[Any]]


async def _open(scope: Scope, **chosen: Any) -> Any:
    asked: dict[str, Any] = {"statuses": [], "queue": None, "workflow": None, "assigned_to": None, "after": None, "limit": 50} | chosen
    return await list_open_assignments(scope, **asked)


READS: Final[Mapping[str, Read]] = {
    "executions": lambda scope, _: read_page(scope, PageFilter(), limit=50),
    "executions with a status": lambda scope, _: read_page(scope, PageFilter(statuses=["running"]), limit=50),
    "executions about a subject": lambda scope, _: read_page(scope, PageFilter(subject="account 1"), limit=50),
    "executions of an hour": lambda scope, _: read_page(scope, PageFilter(created_from=datetime.now(UTC) - timedelta(hours=1)), limit=50),
    "counts": lambda scope, _: count_executions(scope),
    "counts about a subject": lambda scope, _: count_executions(scope, subject="account 1"),
    "workflows": lambda scope, _: list_workflows(scope, search=None, tag=None, after=None, limit=50),
    "open assignments": lambda scope, _: _open(scope),
    "open assignments of a queue": lambda scope, _: _open(scope, queue="test"),
    "open assignments of a person": lambda scope, _: _open(scope, assigned_to=uuid4()),
    "queues": lambda scope, _: list_queues(scope),
    "shares of queues": lambda scope, _: divide_limit(scope, ["test", "other"], 10),
    "workers": lambda scope, _: list_workers(scope),
    "overview": lambda scope, _: read_overview(scope, window_minutes=600, workflow_id=None),
    "findings": lambda scope, _: diagnose_within(scope),
    "an execution": read_execution,
    "its path": lambda scope, execution: read_path(scope, execution, after=None, limit=50),
    "its visits": lambda scope, execution: read_assignments(scope, execution, since=0, limit=50),
    "its changes": lambda scope, execution: read_changes_of(scope, {execution: Cursor(since=0, first=True)}, limit=50),
    "why it waits": lambda scope, execution: ControlPlane(scope.pool, scope.workspace_id).explain(execution),
    "kinds of credentials": lambda scope, _: read_kinds(scope, ["shop"]),
}


async def filled(plane: Plane, workspace: Workspace) -> UUID:
    """A few executions; returns one that is open."""
    await workspace.deploy([step("a")], ["S -> a"])
    first, *_, last = await workspace.start_many([{}] * 6)
    await plane.control.cancel(last)
    return first


@pytest.mark.parametrize("workspace_id", [1, 2])
async def test_reads_of_a_workspace_cost_the_same_beside_twenty_thousand_executions_of_another(
    plane: Plane, connection: psycopg.AsyncConnection, workspace_id: int
) -> None:
    for table in ("assignments", "executions"):
        await connection.execute(f"alter table interlock.{table} set (autovacuum_enabled = false)".encode())
    workspaces = {1: Workspace(plane, 1), 2: await add_workspace(plane)}
    assert set(workspaces) == {workspaces[1].id, workspaces[2].id}
    asking, neighbour = workspaces[workspace_id], workspaces[3 - workspace_id]
    execution = await filled(plane, asking)
    version = await neighbour.deploy([step("a")], ["S -> a"])
    scope = Scope(OneConnection(connection), asking.id)  # type: ignore[arg-type]

    async def costs() -> dict[str, int]:
        found = {}
        for name, read in READS.items():
            await read(scope, execution)  # plans are made once

            async def once(read: Read = read) -> None:
                await read(scope, execution)

            found[name] = await rows_read(connection, once)
        return found

    alone = await costs()
    assert alone["executions"] > 0, "rows are counted"
    await connection.execute(NEIGHBOUR, {"workspace": neighbour.id, "version": version, "many": MANY})
    await connection.execute("analyze interlock.executions, interlock.assignments")
    beside = await costs()
    assert {name: (cost, beside[name]) for name, cost in alone.items() if beside[name] > cost + MOST_MORE} == {}
