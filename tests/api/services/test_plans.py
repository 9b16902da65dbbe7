"""The database finds everything by an index, also in tables that were never analysed, so it stays fast among millions of rows."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psycopg
import pytest

from interlock.api.process import build_services
from interlock.api.settings import ApiSettings
from interlock.controlplane.one_server import OneServer
from interlock.controlplane.pool import DatabasePool
from tests.api.services.asking import Asking
from tests.api.services.definitions import definition

EXECUTIONS: Final = 10_000
OPEN: Final = 1_000
SETTINGS: Final = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_nested_statements": "on",
    "auto_explain.log_level": "notice",
}
LARGE: Final = re.compile(r"Seq Scan on (?:interlock\.)?(executions|assignments|tokens|audit_log)\b")


class Plans:
    """What the server says of each statement that it ran."""

    def __init__(self) -> None:
        self.notices: list[str] = []

    async def listen(self, connection: psycopg.AsyncConnection[Any]) -> None:
        connection.add_notice_handler(lambda notice: self.notices.append(notice.message_primary or ""))


@pytest.fixture
async def plans() -> Plans:
    return Plans()


@pytest.fixture
async def asking(database_url: str, plans: Plans) -> AsyncIterator[Asking]:
    """A caller over connections that log their plans, and many executions that no vacuum has seen."""
    options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
    async with (
        DatabasePool(
            database_url,
            server=OneServer(),
            min_size=1,
            max_size=2,
            configure=plans.listen,
            kwargs={"autocommit": True, "prepare_threshold": None, "options": options},
        ) as pool,
        build_services(ApiSettings(), pool) as services,
    ):
        asking = Asking(services)
        for table in ("executions", "assignments"):
            await asking.plane.execute(f"alter table interlock.{table} set (autovacuum_enabled = off)")
        for name in ("flow", "other"):
            await asking.ask("create_workflow", definition=definition(name))
        await asking.plane.execute(FILL, OPEN, EXECUTIONS)
        yield asking


FILL: Final = (
    """
with made as (
    insert into interlock.executions (id, version_id, workflow_id, status, input, subject, created_at, started_at, ended_at, change_number,
        workspace_id)
    select interlock.uuidv7(), v.id, v.workflow_id, s.status, '{}', 'subject ' || n % 300, a.at, a.at,
           case when s.status not in ('running', 'waiting') then a.at + interval '1 second' end, nextval('interlock.change_numbers'), 1
    from (select n, (array['completed', 'completed', 'failed', 'cancelled'])[1 + n % 4] as ended, %s as open from generate_series(1, %s) n) n
    cross join lateral (select case when n.n <= n.open then case when n.n % 2 = 0 then 'running' else 'waiting' end else n.ended end as status) s
    cross join lateral (select interlock.now() - make_interval(secs => 0.1 * (n.n + 1)) as at) a
    join interlock.workflow_versions v on v.id = (select min(id) + n.n % 2 from interlock.workflow_versions)
    returning *
)
insert into interlock.assignments (execution_id, id, version_id, node_no, visit, status, is_indexed, queue, due_at, wait_for, change_number,
    created_at, started_at, ended_at, error)
select m.id, interlock.uuidv7(), m.version_id, 1, 1, s.status, false, 'default', case s.status when 'pending' then m.created_at end,
       case s.status when 'waiting' then 'signal' end, nextval('interlock.change_numbers'), m.created_at, m.created_at, m.ended_at,
       case s.status when 'failed' then '{"code": "broken", "message": "it broke"}'::jsonb end
from made m
cross join lateral (select case m.status when 'running' then 'pending' else m.status end as status) s
""".replace("% 2", "%% 2")
    .replace("% 4", "%% 4")
    .replace("% 300", "%% 300")
)


async def test_no_question_reads_a_large_table_from_end_to_end(asking: Asking, plans: Plans) -> None:
    first = await asking.ask("list_executions", limit=20)
    one = first.items[10]
    visit = (await asking.ask("list_execution_assignments", execution_id=one.id)).items[0]
    ago = datetime.now(UTC) - timedelta(minutes=20)
    page = await asking.ask("list_assignments", limit=20)
    questions: list[tuple[str, dict[str, Any]]] = [
        ("list_executions", {}),
        ("list_executions", {"cursor": first.next_cursor}),
        ("list_executions", {"status": ["failed"]}),
        ("list_executions", {"status": ["failed", "running"], "workflow": "other"}),
        ("list_executions", {"workflow": "flow", "created_after": ago}),
        ("list_executions", {"subject": "subject 7"}),
        ("list_executions", {"subject": "subject 7", "status": ["completed"], "workflow": "flow"}),
        ("list_executions", {"created_after": ago, "created_before": ago + timedelta(seconds=5)}),
        ("list_workflow_executions", {"workflow": "flow"}),
        ("count_executions", {}),
        ("count_executions", {"workflow": "flow"}),
        ("count_executions", {"subject": "subject 7"}),
        ("get_execution", {"execution_id": one.id}),
        ("list_execution_assignments", {"execution_id": one.id}),
        ("get_assignment", {"execution_id": one.id, "assignment_id": visit.id}),
        ("explain_execution", {"execution_id": one.id}),
        ("list_assignments", {}),
        ("list_assignments", {"cursor": page.next_cursor}),
        ("list_assignments", {"workflow": "other", "status": ["waiting"]}),
        ("list_workflows", {}),
        ("get_workflow", {"workflow": "flow"}),
        ("list_versions", {"workflow": "flow"}),
        ("get_overview", {}),
        ("get_overview", {"window_minutes": 43_200}),
        ("get_overview", {"workflow": "flow"}),
        ("list_queues", {}),
        ("list_workers", {}),
    ]
    read_whole: dict[str, set[str]] = {}
    for operation, request in questions:
        plans.notices.clear()
        await asking.ask(operation, **request)
        assert any("Query Text" in notices for notices in plans.notices), "the server logs no plans"
        found = {table for notices in plans.notices for table in LARGE.findall(notices)}
        if found:
            read_whole[f"{operation} {request}"] = found
    plans.notices.clear()
    await anext(asking.watch(one.id))
    assert not any(LARGE.search(notices) for notices in plans.notices)
    assert read_whole == {}
