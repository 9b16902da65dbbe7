"""The commands and programs of README do what README says."""

import asyncio
import json
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path

from interlock.cli.serving import worker_settings, working
from tests.api.serving import serving
from tests.cli.command import COMMAND, ROOT, clean_environment, interlock, start

README = (ROOT / "README.md").read_text()


def first_workflow() -> str:
    """Returns the first block of YAML in README."""
    found = re.search(r"^```yaml\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert found is not None, "README has no workflow between ```yaml and ```"
    return found[1]


def commands() -> list[list[str]]:
    """Returns the words of every `interlock …` in README's blocks, in their order."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    lines = "".join(text for language, text in blocks if language == "").splitlines()
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("interlock ")]


def test_the_first_workflow_has_no_errors(tmp_path: Path) -> None:
    path = tmp_path / "workflow.yaml"
    path.write_text(first_workflow())
    done = interlock("validate", str(path))
    assert done.code == 0, done.said


def test_its_commands_work_in_the_order_printed_beside_the_open_server(tmp_path: Path) -> None:
    """All of them name one folder; the ports are free ones."""
    (tmp_path / "refund.yaml").write_text(first_workflow())
    tmp_path.chmod(0o755)  # the server of root runs as another user
    up, first, second, show = [[str(tmp_path / word) if word in {".demo", "refund.yaml"} else word for word in words] for words in commands()[:4]]
    assert [words[0] for words in (up, first, second, show)] == ["up", "run", "run", "executions"]
    assert {words[words.index("--data") + 1] for words in (up, first, second, show)} == {str(tmp_path / ".demo")}
    running = start(*["0" if word == "8081" else word for word in up], "--port", "0", "--json")
    try:
        assert running.stdout is not None
        started = json.loads(running.stdout.readline())
        assert started["grpc_port"]
        completed = interlock(*first, "--json")
        assert completed.code == 0, completed.said
        assert completed.document["output"] == {"pay": {"paid": 39.2}}
        failed = interlock(*second)
        assert failed.code == 1, failed.said
        assert "more than may be refunded unseen" in interlock(*show).said
    finally:
        running.terminate()
        assert running.wait(60) == 0


def test_a_port_that_is_taken_is_answered_with_a_free_one(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        done = interlock("up", "--data", str(tmp_path / "data"), "--port", str(port))
        assert done.code != 0
        (proposed,) = re.findall(r"use a free port: --port (\d+)", done.said)
        with socket.socket() as trying:
            trying.bind(("127.0.0.1", int(proposed)))


def test_the_demo_prints_nothing_of_the_build() -> None:
    environment = {
        name: value for name, value in clean_environment().items() if not name.startswith(("MAKE", "MFLAGS"))
    }  # the tests may be run by make
    done = subprocess.run(["make", "demo", "DEMO=--help"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=500, check=True)
    assert re.match(r"Preparing; [^\n]*\nusage: python -m examples\.demo", done.stdout), done.stdout
    assert not done.stderr


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
