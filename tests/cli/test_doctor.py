import time
from typing import Any

import psycopg

from tests.cli.command import run_here, start
from tests.cli.conftest import WriteWorkflow, transform, wait


def findings(url: str) -> dict[tuple[str, str], str]:
    document = run_here("doctor", "--json", database=url).document
    return {(finding["check"], finding["level"]): finding["message"] for finding in document["findings"]}


def test_a_fresh_database_is_healthy(database_url: str) -> None:
    found = findings(database_url)
    assert ("server", "ok") in found
    assert ("schema", "ok") in found
    assert ("clock", "ok") in found
    assert ("executions", "ok") in found
    assert ("workers", "warning") in found


def test_a_queue_without_a_worker_is_an_error(database_url: str, workflow_file: WriteWorkflow) -> None:
    run_here("run", workflow_file("rare", {**transform("hello"), "queue": "rare"}), "--no-wait", database=database_url)
    done = run_here("doctor", database=database_url)
    assert done.code == 1
    assert "queue rare has 1 due assignment and no worker" in done.said
    assert "interlock worker --queue rare=10" in done.said


def test_a_missing_schema_is_an_error(empty_database_url: str) -> None:
    done = run_here("doctor", database=empty_database_url)
    assert done.code == 1
    assert "interlock migrate" in done.said


def test_an_old_snapshot_is_named(database_url: str) -> None:
    """A snapshot is old after five minutes; this calls the check with a limit below zero."""
    import asyncio

    from interlock.insight.diagnosis.storage import check_snapshots
    from interlock.insight.records.installation import Finding

    async def look() -> list[Finding]:
        async with await psycopg.AsyncConnection.connect(database_url) as holder:
            await holder.execute("set transaction isolation level repeatable read")
            await holder.execute("select 1")
            async with await psycopg.AsyncConnection.connect(database_url, autocommit=True, row_factory=psycopg.rows.dict_row) as connection:
                return await check_snapshots(connection, older_than_seconds=-1)

    found = asyncio.run(look())
    assert any(
        finding.level == "warning" and "idle in transaction" in finding.message and "pg_terminate_backend" in (finding.hint or "")
        for finding in found
    )


def test_a_shifted_clock_is_an_error(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into interlock.test_clock (shift) values ('1 hour')")
    assert ("clock", "error") in findings(database_url)


def test_an_execution_that_runs_away_is_a_warning_until_it_is_cancelled(database_url: str, workflow_file: WriteWorkflow) -> None:
    """Each round doubles: what leaves `a` comes back twice, at once and through `b`."""
    again = {"id": "again", "type": "FLOW_NODE", "subtype": "IF", "parameters": {"condition": "done == true"}, "join": "each"}
    path = workflow_file(
        "doubling",
        {**transform("a", done=False), "join": "each"},
        transform("b", done=False),
        again,
        transform("z"),
        connections=[
            {"from": "begin", "to": "a"},
            {"from": "a", "to": "again"},
            {"from": "a", "to": "b"},
            {"from": "b", "to": "again"},
            {"from": "again", "port": "false", "to": "a"},
            {"from": "again", "port": "true", "to": "z"},
        ],
    )
    execution = run_here("run", path, "--no-wait", "--json", database=database_url).document["execution_id"]
    assert findings(database_url)[("runaways", "ok")]
    running = start("worker", "--database", database_url, "--json")
    try:
        until(database_url, "select coalesce(max(visits_since_wait), 0) >= 1000 from interlock.assignments where ended_at is null")
    finally:
        running.kill()
        running.wait()
    found = findings(database_url)[("runaways", "warning")]
    assert f"execution {execution} of doubling has visited " in found
    assert "times since something in it last waited" in found
    assert f"interlock executions cancel {execution}" in run_here("doctor", database=database_url).said
    explained = run_here("explain", execution, database=database_url).said
    assert "of this node since something in the execution last waited." in explained
    assert f"If this loop should have ended, cancel the execution: interlock executions cancel {execution}" in explained
    assert run_here("executions", "cancel", execution, database=database_url).code == 0
    assert findings(database_url)[("runaways", "ok")]


def test_visits_before_something_last_waited_do_not_count(database_url: str, workflow_file: WriteWorkflow) -> None:
    fork = [{"from": "begin", "to": "look"}, {"from": "begin", "to": "rest"}]
    run_here("run", workflow_file("polling", transform("look"), wait("rest", 3600), connections=fork), "--no-wait", database=database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "update interlock.assignments set visits_since_wait = 5000, created_at = created_at - interval '1 s' where status = 'pending'"
        )
        assert findings(database_url)[("runaways", "ok")]
        connection.execute("update interlock.executions set last_waited_at = created_at - interval '1 s'")
        assert "has visited look 5,000 times" in findings(database_url)[("runaways", "warning")]


def test_a_node_type_that_no_worker_has_is_an_error(database_url: str, workflow_file: WriteWorkflow) -> None:
    run_here("run", workflow_file("exotic", transform("hello")), "--no-wait", database=database_url)
    running = start("worker", "--database", database_url, "--json", "--queue", "default=1", "--lease", "3600")
    try:
        until(database_url, "select exists (select from interlock.workers where status = 'alive')")
        until(database_url, "select not exists (select from interlock.assignments where ended_at is null)")
    finally:
        running.kill()
        running.wait()
    run_here("run", "exotic", "--no-wait", database=database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("update interlock.assignments set requires = 'ACTION_NODE/EXOTIC' where status = 'pending'")
    done = run_here("doctor", database=database_url)
    assert "queue default has 1 due assignment of ACTION_NODE/EXOTIC, which none of its workers has" in done.said
    assert "install the package of this node type" in done.said


def test_thousands_of_open_assignments_are_a_warning(database_url: str, workflow_file: WriteWorkflow) -> None:
    branches = [transform(f"branch_{number}") for number in range(2_000)]
    path = workflow_file("wide", *branches, connections=[{"from": "begin", "to": branch["id"]} for branch in branches])
    execution = run_here("run", path, "--no-wait", "--json", database=database_url).document["execution_id"]
    assert f"execution {execution} of wide has 2,000 open assignments" in findings(database_url)[("runaways", "warning")]


def until(url: str, question: str) -> None:
    give_up_at = time.monotonic() + 60
    with psycopg.connect(url, autocommit=True) as connection:
        while not _answer(connection, question):
            assert time.monotonic() < give_up_at, question
            time.sleep(0.02)


def _answer(connection: psycopg.Connection[Any], question: str) -> bool:
    row = connection.execute(question.encode()).fetchone()
    return bool(row and row[0])
