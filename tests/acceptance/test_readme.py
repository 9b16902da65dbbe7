"""The commands and programs of README do what README says."""

import asyncio
import json
import re
import shlex
import sys
from pathlib import Path

from interlock.cli.serving import worker_settings, working
from tests.api.serving import serving
from tests.cli.command import COMMAND, ROOT, clean_environment, interlock

README = (ROOT / "README.md").read_text()


def first_workflow() -> str:
    """Returns the first block of YAML in README."""
    found = re.search(r"^```yaml\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert found is not None, "README has no workflow between ```yaml and ```"
    return found[1]


def commands() -> list[list[str]]:
    """Returns the arguments of every `interlock run` in README."""
    text = README.replace("\\\n", " ")
    return [shlex.split(line, comments=True)[1:] for line in re.findall(r"^(?:\$ )?(?:\.venv/bin/)?(interlock run .*)$", text, re.MULTILINE)]


def test_the_first_workflow_has_no_errors(tmp_path: Path) -> None:
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


async def test_the_programs_in_it_run_as_printed(tmp_path: Path, database_url: str) -> None:
    """Runs the blocks of curl and of Python against a server that knows the first workflow."""
    workflow = tmp_path / "refund.yaml"
    workflow.write_text(first_workflow())
    assert interlock("deploy", str(workflow), database=database_url).code == 0
    blocks = {language: re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)[0] for language in ("sh", "python")}
    async with serving(database_url) as api, working(worker_settings(database_url, [], name=None, lease_seconds=30)):
        settings = clean_environment({"INTERLOCK_URL": api.url, "INTERLOCK_API_KEY": await api.key()})
        started = await printed(["bash", "-c", blocks["sh"]], settings)
        assert json.loads(started)["created"] is True
        watched = await printed([sys.executable, "-c", blocks["python"]], settings)
        assert "fee completed" in watched
        assert watched.splitlines()[-1] == "{'pay': {'paid': 39.2}}"
        listed = await printed([str(COMMAND), "executions", "list", "--server", api.url, "--json"], settings)
        assert [each["status"] for each in json.loads(listed)] == ["completed", "completed"]


async def printed(command: list[str], environment: dict[str, str]) -> str:
    """Returns what a program writes to stdout; it must succeed."""
    running = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.PIPE)
    stdout, _ = await asyncio.wait_for(running.communicate(), 120)
    assert running.returncode == 0
    return stdout.decode()
