"""What `interlock up` keeps running, and what happens when a part of it is killed."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import interlock, start
from tests.cli.conftest import WriteWorkflow, transform

PATIENCE_SECONDS = 60.0


@contextmanager
def up(*arguments: str, environment: Mapping[str, str] | None = None) -> Iterator[tuple["subprocess.Popen[str]", dict[str, Any]]]:
    """Runs `interlock up` on a free port; yields the process and the document that it wrote."""
    running = start("up", "--port", "0", "--json", *arguments, environment=environment)
    assert running.stdout is not None
    try:
        yield running, json.loads(running.stdout.readline())
    finally:
        running.kill()
        running.wait()


def children_of(pid: int) -> dict[str, int]:
    """Returns the children of a process, by the command that they run."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().decode().split("\0")
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if parent == pid and "interlock.cli" in words:
            found[words[words.index("interlock.cli") + 1]] = int(folder.name)
    return found


def until(holds: Callable[[], bool], what: str) -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < give_up_at, what
        time.sleep(0.05)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_each_child_that_is_killed_is_started_again(database_url: str) -> None:
    with up("--database", database_url) as (running, written):
        for name in ("api", "worker"):
            before = children_of(running.pid)
            os.kill(before[name], signal.SIGKILL)
            until(lambda name=name, before=before: children_of(running.pid).get(name, before[name]) != before[name], f"{name} did not come back")  # type: ignore[misc]
        until(lambda: answers(written["address"]), "the API does not answer again")


PLUG_IN = """
import time
from pydantic import BaseModel, ConfigDict
from interlock.nodes import Completed, NodeExecutor

class Parameters(BaseModel):
    model_config = ConfigDict(extra="forbid")

class Hang(NodeExecutor[Parameters]):
    type, subtype, parameters = "ACTION_NODE", "HANG", Parameters

    async def execute(self, context):
        time.sleep(3600)
        return Completed()
"""


@pytest.fixture
def plug_in(tmp_path: Path) -> dict[str, str]:
    """The environment of a process that has a package with an executor that hangs."""
    metadata = tmp_path / "hanging-1.0.dist-info"
    metadata.mkdir()
    (tmp_path / "hanging.py").write_text(PLUG_IN)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: hanging\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[interlock.nodes]\nACTION_NODE/HANG = hanging:Hang\n")
    return {"PYTHONPATH": str(tmp_path)}


def test_a_worker_whose_executors_do_not_end_is_replaced(database_url: str, plug_in: dict[str, str], workflow_file: WriteWorkflow) -> None:
    """The only slot of its queue is lost with the executor that hangs; the worker that comes after it does the next execution."""
    hanging = workflow_file("hanging", {"id": "hang", "type": "ACTION_NODE", "subtype": "HANG", "timeout_seconds": 1})
    with up("--database", database_url, "--queue", "default=1", environment=plug_in) as (running, _):
        until(lambda: "worker" in children_of(running.pid), "no worker was started")
        first = children_of(running.pid)["worker"]
        done = interlock("run", hanging, "--json", database=database_url, environment=plug_in)
        assert done.document["error"]["code"] == "timed_out"
        until(lambda: not Path(f"/proc/{first}").exists(), "the worker that hangs lives on")
        assert interlock("run", workflow_file("greet", transform("hello")), database=database_url).code == 0
        assert children_of(running.pid)["worker"] != first


def test_no_child_outlives_a_supervisor_that_is_killed(database_url: str) -> None:
    with up("--database", database_url, "--workers", "2") as (running, written):
        assert len(written["workers"]) == 2
        pids = list(children_of(running.pid).values())
        assert pids
        running.kill()
        running.wait()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), "a child lives on")


def test_the_first_password_is_shown_once_and_stored_nowhere(data_folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    passwords = []
    for is_first in (True, False):
        with up("--data", str(data_folder)) as (running, written):
            assert (written["admin"] is not None) is is_first
            passwords += [written["admin"]["one_time_password"]] if is_first else []
            for pid in (running.pid, *children_of(running.pid).values()):
                process = Path(f"/proc/{pid}")
                assert "postgresql://" not in (process / "cmdline").read_text()
                assert passwords[0] not in (process / "cmdline").read_text() + (process / "environ").read_text()
            running.send_signal(signal.SIGTERM)
            assert running.wait(60) == 0
    assert passwords[0] not in capfd.readouterr().err
    folder = data_folder.resolve()
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"encryption.key", "password", "PG_VERSION"}
    assert not [path for path in files if passwords[0].encode() in path.read_bytes()]
    for name in ("encryption.key", "password"):
        assert (folder / name).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("command", "address"), [("up", "https://user:pass@flows.example.org"), ("api", "flows.example.org")])
def test_a_malformed_public_address_is_refused(command: str, address: str) -> None:
    done = interlock(command, "--port", "0", "--public-url", address, database="postgresql://127.0.0.1:1/none")
    assert done.code not in {0, 70}
    assert "INTERLOCK_PUBLIC_URL" in done.said


def test_a_port_that_is_taken_is_refused(database_url: str) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = str(listening.getsockname()[1])
        for command in ("up", "api"):
            done = interlock(command, "--port", port, database=database_url)
            assert done.code == 2
            assert port in done.said
            assert "hint:" in done.said


@pytest.mark.parametrize("options", [["--server", "localhost:1"], ["--server", "http://127.0.0.1:1", "--database", "postgresql://x"]])
def test_an_impossible_server_is_a_usage_error(options: list[str]) -> None:
    done = interlock("executions", "list", *options)
    assert done.code == 2
    assert "hint:" in done.said
