"""What README prints is what happens."""

import re
import shlex
from pathlib import Path

from tests.cli.command import ROOT, interlock

README = (ROOT / "README.md").read_text()


def first_workflow() -> str:
    """The first block of YAML in README."""
    found = re.search(r"^```yaml\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert found is not None, "README has no workflow between ```yaml and ```"
    return found[1]


def commands() -> list[list[str]]:
    """Every `interlock run` that README prints, with its options."""
    text = README.replace("\\\n", " ")
    return [shlex.split(line, comments=True)[1:] for line in re.findall(r"^(?:\$ )?(?:\.venv/bin/)?(interlock run .*)$", text, re.MULTILINE)]


def test_the_first_workflow_has_no_faults(tmp_path: Path) -> None:
    path = tmp_path / "workflow.yaml"
    path.write_text(first_workflow())
    done = interlock("validate", str(path))
    assert done.code == 0, done.said


def test_the_first_workflow_runs_as_printed(tmp_path: Path, database_url: str) -> None:
    (command,) = commands()[:1]
    assert command[0] == "run"
    path = tmp_path / Path(command[1]).name
    path.write_text(first_workflow())
    done = interlock("run", str(path), *command[2:], database=database_url)
    assert done.code == 0, done.said
