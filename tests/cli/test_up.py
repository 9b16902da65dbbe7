import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.cli.command import interlock, run_here, start
from tests.cli.conftest import WriteWorkflow, transform, wait


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_up_serves_other_processes_and_ends_cleanly(data_folder: Path, workflow_file: WriteWorkflow, number: signal.Signals) -> None:
    running = start("up", "--port", "0", "--data", str(data_folder), "--json")
    try:
        assert running.stdout is not None
        written = json.loads(running.stdout.readline())
        assert written["database"].startswith("postgresql://")
        done = interlock("run", workflow_file("greet", transform("hello", text="hi")), "--data", str(data_folder), "--json")
        assert done.code == 0, done.stderr
        assert done.document["assignments"][1]["actor"] in written["workers"]
        running.send_signal(number)
        assert running.wait(60) == 0
    finally:
        running.kill()
        running.wait()
    folder = (data_folder / "data").resolve() if (data_folder / "data").is_symlink() else data_folder
    assert not (folder / "postgres" / "postmaster.pid").exists()


def test_running_assignments_end_before_up_does(data_folder: Path, workflow_file: WriteWorkflow) -> None:
    slow = {
        "id": "slow",
        "type": "ACTION_NODE",
        "subtype": "RUN_CODE",
        "parameters": {"code": "n = 0\nwhile n < 20_000_000:\n    n += 1\nn", "timeout_seconds": 20},
    }
    running = start("up", "--port", "0", "--data", str(data_folder), "--json")
    try:
        assert running.stdout is not None
        running.stdout.readline()
        execution = interlock("run", workflow_file("slow", slow), "--no-wait", "--data", str(data_folder), "--json").document["execution_id"]
        until_running(data_folder, execution)
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 0
    finally:
        running.kill()
        running.wait()
    done = interlock("executions", "show", execution, "--data", str(data_folder), "--json")
    assert done.code == 0, done.stdout
    shown = done.document
    assert shown["assignments"][1]["status"] in ("completed", "failed")
    assert shown["assignments"][1]["loss_count"] == 0


def until_running(data_folder: Path, execution: str) -> None:
    give_up_at = time.monotonic() + 60
    while interlock("executions", "show", execution, "--data", str(data_folder), "--json").document["assignments"][-1]["status"] == "pending":
        assert time.monotonic() < give_up_at, "no worker took it"


def test_up_migrates_a_named_database(empty_database_url: str, workflow_file: WriteWorkflow) -> None:
    running = start("up", "--port", "0", "--database", empty_database_url, "--json", "--queue", "default=3", "--queue", "rare=1")
    try:
        assert running.stdout is not None
        assert json.loads(running.stdout.readline())["queues"] == {"default": 3, "rare": 1}
        path = workflow_file("greet", {**transform("hello"), "queue": "rare"})
        assert interlock("run", path, database=empty_database_url).code == 0
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 0
    finally:
        running.kill()
        running.wait()
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute("select status from interlock.workers").fetchall() == [("stopped",)]


def test_without_settings_run_needs_nothing_but_a_file(workflow_file: WriteWorkflow, data_folder: Path) -> None:
    """On an empty machine, one command starts a server, does the work, and ends."""
    done = interlock("run", workflow_file("greet", wait("rest", 0.1), transform("hello", text="hi")), "--data", str(data_folder))
    assert done.code == 0, done.stderr
    assert "✓ hello" in done.stdout


def test_worker_serves_its_queues_and_drains(database_url: str, workflow_file: WriteWorkflow) -> None:
    running = start("worker", "--database", database_url, "--json", "--queue", "default=5", "--queue", "rare=1", "--name", "bob", "--lease", "5")
    try:
        assert running.stdout is not None
        assert json.loads(running.stdout.readline())["worker"] == "bob"
        done = interlock("run", workflow_file("greet", {**transform("hello"), "queue": "rare"}), "--json", database=database_url)
        assert done.document["assignments"][1]["actor"] == "bob"
        os.kill(running.pid, signal.SIGTERM)
        assert running.wait(60) == 0
    finally:
        running.kill()
        running.wait()


@pytest.mark.parametrize(("option", "ran_ahead"), [("--run-ahead", ["b", "c"]), ("--no-run-ahead", [])])
def test_a_worker_runs_ahead_unless_it_is_told_not_to(database_url: str, workflow_file: WriteWorkflow, option: str, ran_ahead: list[str]) -> None:
    with working(database_url, option):
        path = workflow_file("three", *(transform(name) for name in "abc"))
        assert interlock("run", path, database=database_url).code == 0
    # what ran ahead begins and ends at the time of the report
    statement = """select n.node_id from interlock.assignments a join interlock.nodes n using (version_id, node_no)
                   where a.started_at = a.ended_at and a.worker_id is not null order by a.change_number"""
    with psycopg.connect(database_url) as connection:
        assert [row[0] for row in connection.execute(statement).fetchall()] == ran_ahead


@pytest.mark.parametrize("lanes", [1, 2])
def test_a_worker_has_a_connection_for_each_exchange_that_may_be_in_flight(database_url: str, workflow_file: WriteWorkflow, lanes: int) -> None:
    path = workflow_file(
        "wide", *(transform(f"n{number}") for number in range(50)), connections=[{"from": "begin", "to": f"n{number}"} for number in range(50)]
    )
    statement = "select count(*) from pg_stat_activity where datname = current_database() and application_name like 'interlock exchange %'"
    seen: set[int] = set()
    with working(database_url, "--exchanges-in-flight", str(lanes)), psycopg.connect(database_url, autocommit=True) as connection:
        for _ in range(20):
            assert run_here("run", path, "--no-wait", database=database_url).code == 0
            seen.update(row[0] for row in connection.execute(statement).fetchall())
            if seen == {1, 2}:
                break
    assert max(seen) == lanes


@contextmanager
def working(database_url: str, *options: str) -> Iterator[None]:
    """A worker of its own process."""
    running = start("worker", "--database", database_url, "--json", *options)
    try:
        assert running.stdout is not None
        running.stdout.readline()
        yield
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 0
    finally:
        running.kill()
        running.wait()


def test_an_impossible_queue_is_a_usage_error(database_url: str) -> None:
    for queue in ("default=many", "default=0", "=3"):
        done = interlock("worker", "--queue", queue, database=database_url)
        assert done.code == 2, queue
        assert "hint:" in done.said


def test_ctrl_c_ends_the_watching_and_not_the_execution(data_folder: Path, workflow_file: WriteWorkflow) -> None:
    running = start("run", workflow_file("slow", wait("long", 3600)), "--data", str(data_folder))
    try:
        assert running.stdout is not None
        while "begin" not in running.stdout.readline():
            pass
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 130
    finally:
        running.kill()
        running.wait()
    assert interlock("executions", "show", "last", "--data", str(data_folder), "--json").document["status"] == "waiting"


def test_up_starts_a_killed_server_again(data_folder: Path, workflow_file: WriteWorkflow) -> None:
    running = start("up", "--port", "0", "--data", str(data_folder), "--json")
    try:
        assert running.stdout is not None
        running.stdout.readline()
        folder = (data_folder / "data").resolve() if (data_folder / "data").is_symlink() else data_folder
        os.kill(int((folder / "postgres" / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
        done = interlock("run", workflow_file("greet", transform("hello", text="hi")), "--data", str(data_folder), "--no-work", "--json")
        assert done.code == 0, done.stderr
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 0
    finally:
        running.kill()
        running.wait()


def test_a_named_folder_is_used_instead_of_the_environment(data_folder: Path) -> None:
    done = interlock("executions", "list", "--data", str(data_folder), environment={"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"})
    assert done.code == 0, done.stderr


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "x" * 40),
        ("INTERLOCK_ENCRYPTION_KEY", "bm90IDMyIGJ5dGVz"),
        ("INTERLOCK_ENCRYPTION_KEY_FILE", "/nowhere/at/all"),
    ],
)
def test_a_weak_key_ends_up_with_the_reason(new_folder: Path, variable: str, value: str) -> None:
    """It does not start processes again and again that cannot work."""
    ended = interlock("up", "--port", "0", "--data", str(new_folder), "--json", environment={variable: value})
    assert ended.code == 6
    assert ended.document["error"]["code"] == "IL043"
    assert variable in ended.document["error"]["message"]
    assert ended.document["error"]["hint"] or "cannot be read" in ended.document["error"]["message"]
    assert value not in ended.document["error"]["message"] or variable.endswith("_FILE")
    assert not new_folder.exists()
