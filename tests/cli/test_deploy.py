import json
from pathlib import Path

import psycopg

from tests.cli.command import run_here
from tests.cli.conftest import WriteWorkflow, transform


def test_the_same_content_stays_the_same_version(database_url: str, workflow_file: WriteWorkflow) -> None:
    path = workflow_file("greet", transform("hello", text="one"))
    (first,) = run_here("deploy", path, "--json", database=database_url).document
    (again,) = run_here("deploy", path, "--json", database=database_url).document
    workflow_file("greet", transform("hello", text="two"))
    (changed,) = run_here("deploy", path, "--json", database=database_url).document
    assert [deployed["version"] for deployed in (first, again, changed)] == [1, 1, 2]
    assert [deployed["created"] for deployed in (first, again, changed)] == [True, False, True]


def test_a_note_is_shown_with_the_version_and_stays_short(database_url: str, workflow_file: WriteWorkflow) -> None:
    path = workflow_file("greet", transform("hello", text="one"))
    assert run_here("deploy", path, "--note", "it greets", database=database_url).code == 0
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select note from interlock.workflow_versions").fetchall() == [("it greets",)]
    done = run_here("deploy", path, "--note", "x" * 501, database=database_url)
    assert done.code != 0
    assert "at most 500" in done.said


def test_yaml_and_json_give_the_same_version(database_url: str, workflow_file: WriteWorkflow, tmp_path: Path) -> None:
    path = workflow_file("greet", transform("hello", text="one"))
    yaml = tmp_path / "greet.yaml"
    yaml.write_text(
        "name: greet\nnodes:\n- {id: begin, type: TRIGGER_NODE, subtype: MANUAL}\n"
        "- {id: hello, type: ACTION_NODE, subtype: TRANSFORM, parameters: {values: {text: one}}}\nconnections:\n- {from: begin, to: hello}\n"
    )
    first, second = run_here("deploy", path, str(yaml), "--json", database=database_url).document
    assert (first["created"], second["created"]) == (True, False)
    assert [(each["workflow_id"], each["version"]) for each in (first, second)] == [(first["workflow_id"], 1)] * 2


def test_one_file_with_errors_keeps_all_from_being_saved(database_url: str, workflow_file: WriteWorkflow, tmp_path: Path) -> None:
    good = workflow_file("good", transform("hello"))
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps({"name": "bad", "nodes": [], "connections": [{"from": "a", "to": "b"}]}))
    done = run_here("deploy", good, str(bad), database=database_url)
    assert done.code == 1
    assert "bad.json" in done.said
    assert run_here("run", "good", database=database_url).code == 6


def test_a_missing_file_is_reported(database_url: str) -> None:
    done = run_here("deploy", "no/such/file.yaml", database=database_url)
    assert done.code == 2
    assert "no/such/file.yaml" in done.said


def test_errors_of_yaml_have_line_and_column(database_url: str, tmp_path: Path) -> None:
    """Every error of a file, of what it says as of how it is written, in what a person reads and in what a program reads; nothing is saved."""
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        "name: wrong\nnodes:\n  - {id: begin, type: TRIGGER_NODE, subtype: MANUAL}\n  - id: odd\n    type: ACTION_NODE\n    subtype: TRANSFROM\n"
        "connections:\n  - {from: begin, to: nowhere}\n"
    )
    broken = tmp_path / "broken.yaml"
    broken.write_text("name: x\nnodes:\n  - {id: a, id: b}\n")
    done = run_here("deploy", str(wrong), str(broken), database=database_url)
    assert done.code == 1
    for said in ("/nodes/1/subtype (odd) line 6, column 5", "/connections/0 (nowhere) line 8, column 5", "Line 3, column 13"):
        assert said in done.said, done.said
    answered = run_here("deploy", str(wrong), "--json", database=database_url)
    assert answered.code == 1
    (file,) = answered.document["files"]
    assert [(error["line"], error["column"]) for error in file["errors"]] == [(6, 5), (8, 5)]
    assert run_here("run", "wrong", database=database_url).code == 6
