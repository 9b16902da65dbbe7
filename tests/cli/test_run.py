import json
from pathlib import Path

import psycopg

from tests.cli.command import run_here
from tests.cli.conftest import WriteWorkflow, fail, transform, wait


def test_run_of_a_file_deploys_it_works_and_shows_the_output(database_url: str, workflow_file: WriteWorkflow) -> None:
    path = workflow_file("greet", transform("hello", text="hello {{ name }}"))
    done = run_here("run", path, "--work", "--input", '{"name": "Ada"}', database=database_url)
    assert done.code == 0, done.stderr
    assert "✓ hello" in done.stdout
    assert "completed" in done.stdout
    assert "hello Ada" in done.stdout


def test_run_writes_one_document_with_everything_for_a_program(database_url: str, workflow_file: WriteWorkflow) -> None:
    path = workflow_file("greet", transform("hello", text="hello {{ name }}"))
    done = run_here("run", path, "--work", "--json", "--input", '{"name": "Ada"}', database=database_url)
    assert done.code == 0, done.stderr
    document = done.document
    assert document["status"] == "completed"
    assert document["output"] == {"hello": {"text": "hello Ada"}}
    assert [assignment["node_id"] for assignment in document["assignments"]] == ["begin", "hello"]
    assert document["assignments"][1]["input"] == {"name": "Ada"}


def test_input_comes_from_a_file_or_from_stdin(database_url: str, workflow_file: WriteWorkflow, tmp_path: Path) -> None:
    path = workflow_file("greet", transform("hello", text="hello {{ name }}"))
    (tmp_path / "input.json").write_text(json.dumps({"name": "file"}))
    from_file = run_here("run", path, "--work", "--json", "--input", f"@{tmp_path / 'input.json'}", database=database_url)
    assert from_file.document["output"] == {"hello": {"text": "hello file"}}
    from_stdin = run_here("run", path, "--work", "--json", "--input", "-", stdin='{"name": "stdin"}', database=database_url)
    assert from_stdin.document["output"] == {"hello": {"text": "hello stdin"}}


def test_a_failed_execution_ends_with_1_and_says_why(database_url: str, workflow_file: WriteWorkflow) -> None:
    done = run_here(
        "run", workflow_file("broken", fail("stop", "the {{ what }} is off")), "--work", "--input", '{"what": "light"}', database=database_url
    )
    assert done.code == 1
    assert "the light is off" in done.said


def test_an_execution_that_times_out_ends_with_4(database_url: str, workflow_file: WriteWorkflow) -> None:
    path = workflow_file("slow", wait("long", 3600), timeout_seconds=0.3)
    assert run_here("run", path, "--work", database=database_url).code == 4


def test_a_cancelled_execution_ends_with_3(database_url: str, workflow_file: WriteWorkflow) -> None:
    path = workflow_file("slow", wait("long", 3600))
    execution = run_here("run", path, "--no-wait", "--idempotency-key", "once", "--json", database=database_url).document["execution_id"]
    assert run_here("executions", "cancel", execution, database=database_url).code == 0
    done = run_here("run", path, "--no-work", "--idempotency-key", "once", database=database_url)
    assert done.code == 3


def test_a_timeout_of_watching_ends_with_7_and_the_execution_continues(database_url: str, workflow_file: WriteWorkflow) -> None:
    path = workflow_file("slow", wait("long", 3600))
    done = run_here("run", path, "--work", "--timeout", "0.5", "--json", database=database_url)
    assert done.code == 7
    assert done.document["status"] == "waiting"


def test_the_same_idempotency_key_gives_the_same_execution(database_url: str, workflow_file: WriteWorkflow) -> None:
    path = workflow_file("greet", transform("hello"))
    first = run_here("run", path, "--no-wait", "--idempotency-key", "k", "--json", database=database_url).document["execution_id"]
    again = run_here("run", "greet", "--no-wait", "--idempotency-key", "k", "--json", database=database_url).document["execution_id"]
    other = run_here("run", "greet", "--no-wait", "--idempotency-key", "l", "--json", database=database_url).document["execution_id"]
    assert first == again != other


def test_a_subject_is_kept(database_url: str, workflow_file: WriteWorkflow) -> None:
    path = workflow_file("greet", transform("hello"))
    run_here("run", path, "--no-wait", "--subject", "account 7", database=database_url)
    (found,) = run_here("executions", "list", "--subject", "account 7", "--json", database=database_url).document
    assert found["subject"] == "account 7"


def test_an_older_version_can_be_run(database_url: str, workflow_file: WriteWorkflow) -> None:
    run_here("deploy", workflow_file("greet", transform("hello", text="one")), database=database_url)
    run_here("deploy", workflow_file("greet", transform("hello", text="two")), database=database_url)
    old = run_here("run", "greet", "--version", "1", "--work", "--json", database=database_url)
    assert old.document["output"] == {"hello": {"text": "one"}}


def test_a_workflow_that_does_not_exist_is_refused(database_url: str) -> None:
    done = run_here("run", "no such workflow", database=database_url)
    assert done.code == 6
    assert "no such workflow" in done.said
    assert "hint:" in done.said


def test_input_that_is_not_an_object_is_a_usage_error(database_url: str, workflow_file: WriteWorkflow) -> None:
    path = workflow_file("greet", transform("hello"))
    for text in ("[1]", "{", "@/no/such/file", '"text"'):
        done = run_here("run", path, "--input", text, database=database_url)
        assert done.code == 2, text
        assert "hint:" in done.said
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select count(*) from interlock.executions").fetchone() == (0,)


def test_a_file_with_errors_is_not_run(database_url: str, workflow_file: WriteWorkflow) -> None:
    path = workflow_file("odd", {"id": "x", "type": "ACTION_NODE", "subtype": "NO_SUCH_THING", "parameters": {}})
    done = run_here("run", path, database=database_url)
    assert done.code == 1
    assert "NO_SUCH_THING" in done.said


def test_run_does_no_work_on_a_named_database_without_being_asked(database_url: str, workflow_file: WriteWorkflow) -> None:
    """Only `--work` makes `run` do the work of nodes on a database that was named."""
    done = run_here("run", workflow_file("greet", transform("hello")), "--timeout", "0.5", "--json", database=database_url)
    assert done.code == 7
    assert done.document["assignments"][-1]["status"] == "pending"


def test_whole_numbers_of_any_size_stay_exact(database_url: str, workflow_file: WriteWorkflow) -> None:
    number = 12_345_678_901_234_567_890_123
    path = workflow_file("large", transform("text", digits="{{ str(n + 1) }}"))
    for form in ([], ["--json"]):
        done = run_here("run", path, "--work", *form, "--input", json.dumps({"n": number}), database=database_url)
        assert done.code == 0, done.said
        assert str(number + 1) in done.stdout
        shown = run_here("executions", "show", "last", *form, database=database_url)
        assert shown.code == 0, shown.said
        assert str(number) in shown.stdout
