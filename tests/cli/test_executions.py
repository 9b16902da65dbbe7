import getpass

import pytest

from tests.cli.command import run_here
from tests.cli.conftest import WriteWorkflow, fail, transform, wait


@pytest.fixture
def waiting(database_url: str, workflow_file: WriteWorkflow) -> str:
    """An execution that waits for an hour."""
    started = run_here("run", workflow_file("slow", wait("long", 3600)), "--no-wait", "--json", database=database_url)
    return str(started.document["execution_id"])


def test_list_filters_by_status_and_workflow(database_url: str, workflow_file: WriteWorkflow, waiting: str) -> None:
    run_here("run", workflow_file("broken", fail("stop", "no")), "--work", database=database_url)

    def listed(*options: str) -> list[str]:
        return [each["workflow"] for each in run_here("executions", "list", "--json", *options, database=database_url).document]

    assert listed() == ["broken", "slow"]
    assert listed("--limit", "1") == ["broken"]
    assert listed("--status", "failed") == ["broken"]
    assert listed("--status", "open") == ["slow"]
    assert listed("--workflow", "slow") == ["slow"]
    assert listed("--workflow", "slow", "--status", "completed") == []


def test_list_for_a_person_shows_whole_ids(database_url: str, waiting: str) -> None:
    assert waiting in run_here("executions", "list", database=database_url).stdout


def test_a_status_that_does_not_exist_is_a_usage_error(database_url: str) -> None:
    done = run_here("executions", "list", "--status", "sleeping", database=database_url)
    assert done.code == 2
    assert "sleeping" in done.said


def test_show_has_inputs_outputs_errors_and_attempts(database_url: str, workflow_file: WriteWorkflow) -> None:
    code = {"id": "flaky", "type": "ACTION_NODE", "subtype": "RUN_CODE", "parameters": {"code": "1 / zero", "retry_on_failure": True}}
    path = workflow_file("sums", transform("first", zero=0), {**code, "retry": {"max_attempts": 2, "initial_seconds": 0.05}})
    run_here("run", path, "--work", "--input", '{"amount": 5}', database=database_url)
    shown = run_here("executions", "show", "last", database=database_url)
    assert shown.code == 0
    for text in ("sums", "failed", "first", "flaky", "attempt 1 failed", "division by zero", '"amount":5', '"zero":0'):
        assert text in shown.said, text
    document = run_here("executions", "show", "last", "--json", database=database_url).document
    flaky = document["assignments"][-1]
    assert flaky["status"] == "failed"
    assert flaky["input"] == {"zero": 0}
    assert [attempt["outcome"] for attempt in flaky["attempts"]][:1] == ["failed"]
    assert document["error"]["code"] == "code_failed"


def test_an_id_may_be_given_by_its_beginning(database_url: str, workflow_file: WriteWorkflow, waiting: str) -> None:
    assert run_here("executions", "show", waiting[:20], "--json", database=database_url).document["execution_id"] == waiting
    run_here("run", workflow_file("other", wait("long", 3600)), "--no-wait", database=database_url)
    ambiguous = run_here("executions", "show", waiting[:2], database=database_url)
    assert ambiguous.code == 6
    assert "several" in ambiguous.said
    assert run_here("executions", "show", "ffff", database=database_url).code == 6
    assert run_here("executions", "show", "not an id", database=database_url).code == 6


def test_suspend_and_continue(database_url: str, waiting: str) -> None:
    assert run_here("executions", "suspend", waiting, database=database_url).code == 0
    assert run_here("executions", "show", waiting, "--json", database=database_url).document["suspended_at"]
    explained = run_here("explain", waiting, "--json", database=database_url).document
    assert explained["reasons"]
    assert run_here("executions", "continue", waiting, database=database_url).code == 0
    assert run_here("executions", "show", waiting, "--json", database=database_url).document["suspended_at"] is None


def test_cancel_ends_an_execution_and_a_second_one_changes_nothing(database_url: str, waiting: str) -> None:
    first = run_here("executions", "cancel", waiting, "--reason", "not needed", "--json", database=database_url)
    assert first.document["status"] == "cancelled"
    assert run_here("executions", "cancel", waiting, database=database_url).code == 0


def test_a_cancel_of_something_that_completed_says_so_and_changes_nothing(database_url: str, workflow_file: WriteWorkflow) -> None:
    run_here("run", workflow_file("quick", transform("first")), "--work", database=database_url)
    said = run_here("executions", "cancel", "last", database=database_url)
    assert said.code == 6
    assert said.said.startswith("– ")
    assert "was not cancelled: it is ✓ completed" in said.said
    document = run_here("executions", "cancel", "last", "--json", database=database_url)
    assert (document.code, document.document["changed"], document.document["status"]) == (6, False, "completed")


def test_each_change_says_whether_it_changed_anything(database_url: str, waiting: str) -> None:
    asked = [("continue", False), ("suspend", True), ("suspend", False), ("continue", True), ("cancel", True), ("cancel", False)]
    for change, is_changed in asked:
        done = run_here("executions", change, waiting, "--json", database=database_url)
        assert (done.code, done.document["changed"]) == (0, is_changed), (change, done.document)
    said = run_here("executions", "cancel", waiting, database=database_url)
    assert (said.code, "was cancelled before, so nothing changed" in said.said) == (0, True)
    assert run_here("executions", "suspend", waiting, database=database_url).code == 6  # IL009


def test_retry_makes_a_new_execution(database_url: str, workflow_file: WriteWorkflow) -> None:
    run_here("run", workflow_file("broken", transform("first"), fail("stop", "no")), "--work", database=database_url)
    old = run_here("executions", "list", "--json", database=database_url).document[0]["execution_id"]
    new = run_here("executions", "retry", old, "--json", database=database_url).document["new_execution_id"]
    assert new != old
    assert run_here("executions", "show", new, "--json", database=database_url).document["retried_from"] == old


def test_retry_on_the_newest_version_does_what_that_version_says(database_url: str, workflow_file: WriteWorkflow) -> None:
    run_here("run", workflow_file("broken", fail("last", "no")), "--work", database=database_url)
    old = run_here("executions", "list", "--json", database=database_url).document[0]["execution_id"]
    assert run_here("deploy", workflow_file("broken", transform("last", fixed=True)), database=database_url).code == 0
    same = run_here("executions", "retry", old, "--json", database=database_url).document["new_execution_id"]
    newest = run_here("executions", "retry", old, "--newest", "--json", database=database_url).document["new_execution_id"]
    versions = [run_here("executions", "show", each, "--json", database=database_url).document["version"] for each in (old, same, newest)]
    assert versions == [1, 1, 2]


def test_explain_names_the_node_that_waits(database_url: str, waiting: str) -> None:
    explained = run_here("explain", waiting, "--json", database=database_url).document
    assert [reason["node_id"] for reason in explained["reasons"]] == ["long"]
    assert "long" in run_here("explain", waiting, database=database_url).stdout


def test_explain_says_that_no_worker_serves_the_queue(database_url: str, workflow_file: WriteWorkflow) -> None:
    run_here("run", workflow_file("rare", {**transform("hello"), "queue": "rare"}), "--no-wait", database=database_url)
    said = run_here("explain", "last", database=database_url).said
    assert "rare" in said
    assert "no worker" in said.lower()


def test_the_audit_names_the_user_of_this_machine(database_url: str, waiting: str) -> None:
    run_here("executions", "suspend", waiting, database=database_url)
    assert f"suspended by {getpass.getuser()}@" in run_here("explain", waiting, database=database_url).said
