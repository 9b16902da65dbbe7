"""The views: their names and their contents."""

from typing import LiteralString

from tests.controlplane.plane import Plane, completed, failed, result
from tests.controlplane.workspaces import add_workspace, first_workspace
from tests.model.graphs import flow, step

COLUMNS: dict[str, set[str]] = {
    "workflow_definitions": {
        "id", "type", "name", "version", "steps", "config", "workflow_data", "tags", "is_active", "created_at", "updated_at", "workspace",
    },
    "workflow_executions": {
        "execution_id", "id", "workflow_id", "status", "current_node_id", "run_data", "pause_data", "paused_at", "initial_data", "error",
        "created_at", "start_time", "end_time", "workspace",
    },
    "workflow_instances": {
        "id", "account_id", "workflow_id", "status", "current_step", "total_steps", "account_data", "execution_context", "created_at", "completed_at",
        "workspace",
    },
    "workflow_execution_states": {"execution_id", "node_id", "visit", "status", "input_data", "output_data", "error", "started_at", "ended_at"},
    "scheduled_tasks": {"task_id", "workflow_instance_id", "step_id", "action", "scheduled_for", "status", "payload"},
    "task_assignments": {
        "id", "task_id", "stage_id", "status", "assigned_to", "previous_task_assignment_id", "created_at", "started_at", "completed_at",
    },
    "workflow_stages": {
        "workflow_id", "id", "name", "type", "subtype", "custom_config", "on_success_stage_id", "on_failure_stage_id",
    },
    "workflow_locks": {"lock_key", "locked_by", "expires_at"},
    "tasks": {"id", "workflow_id", "subject", "data", "status", "created_at", "completed_at", "workspace"},
}  # fmt: skip


OUR_OWN = {
    "execution_details", "assignment_details", "claimable_assignments", "claimable_special_assignments", "timers", "assignment_timers",
    "virtual_user_timers", "deadline_timers", "unsettled_timers", "lease_timers",
}  # fmt: skip


async def test_the_views_of_the_seeds_have_their_columns(plane: Plane) -> None:
    for view, columns in COLUMNS.items():
        rows = await plane.rows("select column_name from information_schema.columns where table_schema = 'interlock' and table_name = %s", view)
        assert {row["column_name"] for row in rows} == columns, view


async def test_all_views_are_named_here(plane: Plane) -> None:
    rows = await plane.rows("select viewname from pg_views where schemaname = 'interlock'")
    assert {row["viewname"] for row in rows} == {*COLUMNS, *OUR_OWN}


async def test_each_view_shows_an_execution(plane: Plane) -> None:
    router = flow("R", "ROUTER", {"custom_config": {"rules": [{"condition": "x > 0", "port": "yes"}], "default": "no"}})
    await plane.deploy([step("A", lock="{{ key }}"), router, step("B"), flow("W", "WAIT", {"seconds": 60})],
                       ["S -> A", "A -> R", "R.yes -> B", "R.no -> W", "S -> W"], tags=["demo"])  # fmt: skip
    [started] = await plane.control.start_executions("flow", [{"input": {"key": "7"}, "subject": "account 5"}])
    execution = started.execution_id
    assert execution
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    [lock] = await plane.rows("select * from interlock.workflow_locks")
    assert (lock["lock_key"], lock["locked_by"]) == ("7", f"{execution}/{held.assignment_id}")
    await worker.report(completed(held, {"x": 1}))
    held = (await worker.claim())["B/1"]

    [row] = await plane.rows("select * from interlock.workflow_definitions")
    assert (row["name"], row["version"], row["tags"], len(row["steps"])) == ("flow", 1, ["demo"], 5)
    [row] = await plane.rows("select * from interlock.workflow_executions")
    assert (row["execution_id"], row["status"], row["current_node_id"], row["initial_data"]) == (execution, "RUNNING", "B", {"key": "7"})
    path = [(one["node_id"], one["status"], one["actor"], one["input_data"], one["output_data"]) for one in row["run_data"]["execution_path"]]
    assert path[0] == ("S", "completed", "START", {"key": "7"}, {"key": "7"})
    assert ("A", "completed", await plane.value("select name from interlock.workers"), {"key": "7"}, {"x": 1}) in path
    assert ("R", "completed", "ROUTER", {"x": 1}, {"x": 1}) in path
    assert row["run_data"]["node_results"]["A"] == {"status": "completed", "output_data": {"x": 1}}
    [row] = await plane.rows("select * from interlock.workflow_instances")
    assert (row["account_id"], row["status"], row["current_step"], row["total_steps"]) == ("account 5", "active", 3, 5)
    states = await plane.rows("select * from interlock.workflow_execution_states order by node_id, visit")
    assert [(one["node_id"], one["status"]) for one in states] == [
        ("A", "completed"), ("B", "running"), ("R", "completed"), ("S", "completed"), ("W", "waiting"),
    ]  # fmt: skip
    [task] = await plane.rows("select * from interlock.scheduled_tasks")
    assert (task["step_id"], task["status"], task["payload"]["account_id"]) == ("W", "waiting", "account 5")
    chain = {one["stage_id"]: one for one in await plane.rows("select * from interlock.task_assignments")}
    assert chain["B"]["previous_task_assignment_id"] == chain["R"]["id"]
    assert chain["R"]["previous_task_assignment_id"] == chain["A"]["id"]
    assert chain["A"]["previous_task_assignment_id"] == chain["S"]["id"]
    users = {one["id"]: one["name"] for one in await plane.rows("select id, name from interlock.users")}
    assert (users[chain["S"]["assigned_to"]], users[chain["R"]["assigned_to"]], chain["B"]["assigned_to"]) == ("START", "ROUTER", None)
    stages = {one["id"]: one for one in await plane.rows("select * from interlock.workflow_stages")}
    assert stages["A"]["on_success_stage_id"] == "R"
    assert stages["R"]["custom_config"]["default"] == "no"
    [row] = await plane.rows("select * from interlock.tasks")
    assert (row["subject"], row["data"], row["status"]) == ("account 5", {"key": "7"}, "running")
    assert held is not None


async def test_a_paused_execution_names_the_person_it_waits_for(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    worker = await plane.worker()
    await plane.admit_waits()
    await worker.report(result((await worker.claim())["A/1"], "waiting", wait={"for": "person", "seconds": 600}))
    [row] = await plane.rows("select * from interlock.workflow_executions")
    assert (row["status"], row["current_node_id"]) == ("PAUSED", "A")
    assert row["paused_at"]
    pause = row["pause_data"]
    assert (pause["execution_id"], pause["paused_node_id"], pause["pause_reason"]) == (str(execution), "A", "human_interaction")
    assert pause["timeout_at"]
    assert await plane.value("select status from interlock.workflow_instances") == "paused"


async def test_details_of_executions_and_assignments(plane: Plane) -> None:
    await plane.deploy([step("A", retry={"max_attempts": 2, "initial_seconds": 0, "jitter": 0}), flow("E", "END")], ["S -> A", "A -> E"])
    execution = await plane.start(n=1)
    worker = await plane.worker()
    await worker.report(failed((await worker.claim())["A/1"]))
    await worker.report(completed((await worker.claim())["A/1"], {"x": 1}))
    row = await plane.execution(execution)
    assert (row["workflow"], row["version"], row["status"], row["output"], row["end_node_id"]) == ("flow", 1, "completed", {"x": 1}, "E")
    assert row["duration"] == row["ended_at"] - row["started_at"]
    row = await plane.visit(execution, "A/1")
    assert (row["attempt"], row["ports"], row["input"], row["output"], row["actor"]) == (2, ["main"], {"n": 1}, {"x": 1}, row["actor"])
    assert str(row["actor"]).startswith("worker ")


ORPHANS: dict[str, LiteralString] = {
    "assignments without execution": """
        select a.id from interlock.assignments a where not exists (select from interlock.executions e where e.id = a.execution_id)""",
    "assignments without node": """
        select a.id from interlock.assignments a
        where not exists (select from interlock.nodes n where n.version_id = a.version_id and n.node_no = a.node_no)""",
    "tokens without sender": """
        select t.join_node from interlock.tokens t
        where not exists (select from interlock.assignments a where a.execution_id = t.execution_id and a.id = t.from_assignment_id)""",
    "tokens without join": """
        select t.join_node from interlock.tokens t
        where not exists (select from interlock.assignments a
                          where a.execution_id = t.execution_id and a.node_no = t.join_node and a.visit = t.visit)""",
    "attempts without assignment": """
        select t.attempt from interlock.assignment_attempts t
        where not exists (select from interlock.assignments a where a.execution_id = t.execution_id and a.id = t.assignment_id)""",
    "references to outputs that are not there": """
        select a.id from interlock.assignments a
        where a.source_id is not null and not exists (
            select from interlock.assignments s where s.execution_id = coalesce(a.source_execution_id, a.execution_id) and s.id = a.source_id)""",
    "successors of nothing": """
        select a.id from interlock.assignments a
        where a.previous_assignment_id is not null and not exists (
            select from interlock.assignments p where p.execution_id = a.execution_id and p.id = a.previous_assignment_id)""",
    "executions without version": """
        select e.id from interlock.executions e where not exists (select from interlock.workflow_versions v where v.id = e.version_id)""",
    "running under a worker that is not alive": """
        select a.id from interlock.assignments a
        where a.status = 'running' and not exists (select from interlock.workers w where w.id = a.worker_id and w.status = 'alive')""",
    "revocations for a worker that is not alive": """
        select r.worker_id from interlock.revocations r
        where not exists (select from interlock.workers w where w.id = r.worker_id and w.status = 'alive')""",
}


async def test_d50_no_orphans_whatever_happened(plane: Plane) -> None:
    nodes = [
        step("A", retry={"max_attempts": 2, "initial_seconds": 0}),
        step("B", on_error="continue"),
        step("J", join="first", late="cancel"),
        flow("W", "WAIT", {"seconds": 5}),
    ]
    await plane.deploy(nodes, ["S -> A", "S -> B", "A -> J", "B -> J", "J -> W", "A.a -> W"])
    executions = [await plane.start() for _ in range(6)]
    worker = await plane.worker()
    lost = await plane.worker(lease=3)
    _, claimed = await worker.exchange(limit=6)
    await lost.exchange(limit=3)
    await worker.report(*(failed(one) if index % 2 else completed(one) for index, one in enumerate(claimed)))
    await plane.control.cancel(executions[0])
    await plane.control.suspend(executions[1])
    await plane.pass_time(6)
    await plane.control.retry(executions[0])
    await worker.work()
    await plane.pass_time(6)
    await worker.work()
    await plane.control.cancel(executions[1])
    await plane.control.retry(executions[1], "A")
    found = {name: await plane.rows(query) for name, query in ORPHANS.items()}
    assert found == {name: [] for name in ORPHANS}


async def test_the_views_of_workflows_and_executions_name_the_workspace(plane: Plane) -> None:
    other = await add_workspace(plane)
    for workspace in (first_workspace(plane), other):
        await workspace.deploy([step("A")], ["S -> A"])
        await workspace.start()
    for view in ("workflow_definitions", "workflow_executions", "workflow_instances", "tasks"):
        rows = await plane.rows(f"select workspace from interlock.{view} order by 1")
        assert [row["workspace"] for row in rows] == ["default", "other"], view
