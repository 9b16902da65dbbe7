"""Under `--log json` every line that a service writes to stderr is JSON, also about what is wrong before it has begun."""

import json
import socket
import subprocess
import sys
from typing import Any

import pytest

from tests.cli.command import COMMAND, clean_environment, interlock

NOWHERE = "postgresql://someone@127.0.0.1:1/nothing"


def logged(*arguments: str, database: str, code: int) -> list[dict[str, Any]]:
    done = interlock(*arguments, "--log", "json", database=database)
    assert (done.code, done.stdout) == (code, ""), done.stderr
    return [json.loads(line) for line in done.stderr.splitlines()]


@pytest.mark.parametrize("arguments", [("worker", "--queue", "default=0"), ("up", "--port", "0", "--queue", "=3")])
def test_options_that_cannot_be(arguments: tuple[str, ...]) -> None:
    (line,) = logged(*arguments, database=NOWHERE, code=2)
    assert (line["event"], line["where"], line["exit_code"]) == ("ended_by_problem", "--queue", 2)
    assert line["hint"]


@pytest.mark.parametrize("command", ["up", "api"])
def test_a_port_that_is_taken(command: str) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        *_, line = logged(command, "--port", str(listening.getsockname()[1]), database=NOWHERE, code=2)
    assert (line["event"], line["code"]) == ("ended_by_problem", "port_taken")


def test_a_tick_without_its_database() -> None:
    (line,) = logged("tick", database=NOWHERE, code=5)
    assert (line["event"], line["process_name"]) == ("ended_by_problem", "tick")


def test_what_a_tick_moved(database_url: str) -> None:
    *_, line = logged("tick", database=database_url, code=0)
    assert (line["event"], line["skipped"], line["lost_workers"]) == ("ticked", False, 0)


def test_a_traceback_is_part_of_its_line() -> None:
    done = subprocess.run(
        [str(COMMAND), "worker", "--queue", "default=0", "--log", "json", "--database", NOWHERE],
        capture_output=True,
        text=True,
        env=clean_environment({"INTERLOCK_TRACEBACK": "1"}),
        check=False,
    )
    (line,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert line["traceback"].startswith("Traceback (most recent call last)")


def test_what_python_would_print_by_itself_is_logged() -> None:
    """Errors of threads, errors in finalizers, and warnings."""
    code = """
import threading, warnings
from interlock.cli.logs import LogStyle, log_to_stderr

class Careless:
    def __del__(self):
        raise ValueError("in a finalizer")

log_to_stderr(LogStyle.JSON, process="test")
thread = threading.Thread(target=lambda: 1 / 0, name="careless")
thread.start()
thread.join()
Careless()
warnings.warn("be careful")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    thread, finalizer, warning = [json.loads(line) for line in done.stderr.splitlines()]
    assert (thread["message"], "ZeroDivisionError" in thread["traceback"]) == ("the thread careless ended with an error", True)
    assert "in a finalizer" in finalizer["traceback"]
    assert "be careful" in warning["message"]
