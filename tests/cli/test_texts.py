"""A file that was deployed comes back character by character, and `deploy` shows the difference before it changes anything."""

import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import COMMAND, clean_environment, run_here

TEXT = """# what it is for

name: greet     # in capitals nowhere
nodes:
  - {id: begin, subtype: MANUAL, type: TRIGGER_NODE}
  - id: hello
    type: ACTION_NODE
    subtype: TRANSFORM

    parameters:
      values: {text: "one"}   # the greeting
connections:
- from: begin
  to: hello
# the end
"""


@pytest.fixture
def greet(tmp_path: Path) -> Path:
    path = tmp_path / "greet.yaml"
    path.write_text(TEXT)
    return path


def test_an_exported_workflow_has_the_characters_of_its_file(database_url: str, greet: Path, tmp_path: Path) -> None:
    run_here("deploy", str(greet), database=database_url)
    assert run_here("export", "greet", database=database_url).stdout == TEXT
    greet.write_text(TEXT.replace('"one"', '"two"'))
    run_here("deploy", str(greet), database=database_url)
    copy = tmp_path / "copy.yaml"
    assert run_here("export", "greet", "--version", "1", "--output", str(copy), database=database_url).code == 0
    assert copy.read_text() == TEXT
    (document,) = [run_here("export", "greet", "--json", database=database_url).document]
    assert (document["version"], document["source"]) == (2, greet.read_text())


def test_a_change_of_comments_keeps_the_version(database_url: str, greet: Path) -> None:
    run_here("deploy", str(greet), database=database_url)
    greet.write_text(TEXT.replace("# the end", "# really the end"))
    done = run_here("deploy", str(greet), database=database_url)
    assert "gets another text; what it does stays the same" in done.said
    assert run_here("export", "greet", database=database_url).stdout == greet.read_text()
    (again,) = run_here("deploy", str(greet), "--json", database=database_url).document
    assert (again["version"], again["created"]) == (1, False)


def test_deploy_shows_the_difference_and_a_dry_run_changes_nothing(database_url: str, greet: Path) -> None:
    assert "greet: a new workflow" in run_here("deploy", str(greet), "--dry-run", database=database_url).said
    assert run_here("export", "greet", database=database_url).code == 6
    run_here("deploy", str(greet), database=database_url)
    greet.write_text(TEXT.replace('"one"', '"two"'))
    done = run_here("deploy", str(greet), "--dry-run", database=database_url)
    assert '- values: {text: "one"} # the greeting' in done.said
    assert '+ values: {text: "two"} # the greeting' in done.said
    (change,) = run_here("deploy", str(greet), "--dry-run", "--json", database=database_url).document
    assert (change["workflow"], change["version"]) == ("greet", 1)
    assert '+      values: {text: "two"}   # the greeting' in change["difference"]
    assert run_here("export", "greet", database=database_url).stdout == TEXT


@pytest.mark.parametrize(("answer", "expected"), [("n\n", "one"), ("y\n", "two")])
def test_on_a_terminal_deploy_asks_before_it_changes_a_workflow(database_url: str, greet: Path, answer: str, expected: str) -> None:
    run_here("deploy", str(greet), database=database_url)
    greet.write_text(TEXT.replace('"one"', '"two"'))
    said = _on_terminal([str(COMMAND), "deploy", str(greet), "--database", database_url], answer)
    assert "Save these changes?" in said
    assert f'text: "{expected}"' in run_here("export", "greet", database=database_url).stdout


def _on_terminal(command: list[str], answer: str) -> str:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=clean_environment())
    os.close(theirs)
    said = b""
    try:
        while True:
            said += os.read(ours, 4_096)
            if answer and said.endswith(b"[Y/n]: "):
                os.write(ours, answer.encode())
                answer = ""
    except OSError:  # the terminal closes with the process
        pass
    assert process.wait(60) == 0, said.decode()
    os.close(ours)
    return said.decode()


def test_with_yes_nothing_is_asked_on_a_terminal(database_url: str, greet: Path) -> None:
    run_here("deploy", str(greet), database=database_url)
    greet.write_text(TEXT.replace('"one"', '"two"'))
    _on_terminal([str(COMMAND), "deploy", "--yes", str(greet), "--database", database_url], "")
    assert run_here("export", "greet", database=database_url).stdout == greet.read_text()
