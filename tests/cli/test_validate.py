import json
from pathlib import Path

from tests.cli.command import run_here
from tests.cli.conftest import WriteWorkflow, transform

BAD = {
    "name": "bad",
    "nodes": [
        {"id": "begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"},
        {"id": "odd", "type": "ACTION_NODE", "subtype": "TRANSFROM", "parameters": {}},
        {"id": "choose", "type": "FLOW_NODE", "subtype": "IF", "parameters": {"condition": "amount >"}},
    ],
    "connections": [{"from": "begin", "to": "nowhere"}, {"from": "choose", "port": "maybe", "to": "odd"}],
}


def test_a_good_file_needs_no_database(workflow_file: WriteWorkflow, tmp_path: Path) -> None:
    done = run_here("validate", workflow_file("greet", transform("hello")), environment={"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)})
    assert done.code == 0
    assert "greet" in done.said
    assert not (tmp_path / "interlock").exists()


def test_all_errors_are_shown_at_once_with_place_and_hint(tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(BAD))
    done = run_here("validate", str(path))
    assert done.code == 1
    for text in ("TRANSFROM", "nowhere", "maybe", "amount >"):
        assert text in done.said, text
    document = run_here("validate", str(path), "--json").document
    (file,) = document["files"]
    assert file["valid"] is False
    assert len(file["errors"]) >= 4
    assert all(error["place"] and error["message"] and error["hint"] for error in file["errors"])


def test_text_that_is_not_a_definition_is_an_error_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("name: x\nnodes: [\n")
    done = run_here("validate", str(path))
    assert done.code == 1
    assert "broken.yaml" in done.said


def test_each_of_several_files_is_checked(workflow_file: WriteWorkflow, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(BAD))
    document = run_here("validate", workflow_file("greet", transform("hello")), str(bad), "--json").document
    assert [file["valid"] for file in document["files"]] == [True, False]


def test_a_missing_file_is_a_usage_error() -> None:
    assert run_here("validate", "no/such/file.yaml").code == 2
